"""What `broadcast judge --out` writes: a page of each recording to step through, and tests of what it breaks.

What a trace breaks becomes a test as `broadcast explain` writes it. What evidence breaks is played again as a scenario,
by the tests that `broadcast check` writes, where an implementation is named that can be asked.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from broadcast_orchestrator.properties.checking.findings import Finding
from broadcast_orchestrator.properties.checking.judge.catalogue import ROWS
from broadcast_orchestrator.properties.checking.judge.ranks import rank_of
from broadcast_orchestrator.properties.recorded.judging import JudgedBreach
from broadcast_orchestrator.properties.telling import scenario_story
from broadcast_orchestrator.properties.witness.explain import explain
from broadcast_orchestrator.reports.check.file_names import FileNames
from broadcast_orchestrator.reports.check.files import pytest_file, vitest_file
from broadcast_orchestrator.reports.check.words import Started
from broadcast_orchestrator.reports.judge.words import Judged, json_object
from broadcast_orchestrator.reports.output.files import write_folder
from broadcast_orchestrator.reports.output.formats.json_objects import json_of
from broadcast_orchestrator.reports.viewer.opened import made_by, whole
from broadcast_orchestrator.reports.viewer.run_page import html
from broadcast_orchestrator.reports.witness.regression import pytest_file as explained_file
from broadcast_orchestrator.reports.witness.regression import test_name
from broadcast_orchestrator.sim.realtime.playback import Playback
from broadcast_orchestrator.sim.realtime.subject_run import PacedSubjectRun
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.evidence import Evidence
from broadcast_orchestrator.sim.world.trace import Trace


def write_files(
    judged: tuple[Judged, ...], started: Started | None, dialect: Dialect, folder: Path
) -> tuple[Path, ...]:
    """Write everything into the folder, all or nothing; `started` is how the implementation is started that the tests
    are to ask. What was written."""
    return write_folder(folder, _files(judged, started, dialect))


def _files(judged: tuple[Judged, ...], started: Started | None, dialect: Dialect) -> Iterator[tuple[str, str]]:
    for each, stem in zip(judged, _stems(judged), strict=True):
        if each.judgement.steps:
            yield f"{stem}.html", _page(each, dialect)
        run = each.recording.run
        if isinstance(run, Trace):
            yield from _explained(each, run, stem)
        elif started is not None:
            yield from _played_again(each, run, stem, started)
    yield "judge.json", json_of(json_object(judged), indent=1)


def _stems(judged: tuple[Judged, ...]) -> Iterator[str]:
    """A name for the files of each recording, no two alike."""
    taken = set[str]()
    for each in judged:
        stem, number = Path(each.recording.name).stem, 1
        while (name := stem if number == 1 else f"{stem}-{number}") in taken:
            number += 1
        taken.add(name)
        yield name


def _page(judged: Judged, dialect: Dialect) -> str:
    """The run as a page to step through, as far as it was judged."""
    run, name = judged.recording.run, judged.recording.name
    if isinstance(run, Evidence):
        facts = whole(PacedSubjectRun(evidence=run), dialect)
    else:
        facts = whole(Playback(replace(run, lines=run.lines[: judged.judgement.steps]), judged.rules))
    return html(facts, Path(name).name, made_by(facts.run), (f"broadcast judge {name}",))


def _explained(judged: Judged, trace: Trace, stem: str) -> Iterator[tuple[str, str]]:
    """A test for each guarantee that the trace breaks, with the smallest run that shows it."""
    for guarantee in dict.fromkeys(each.violation.guarantee for each in judged.judgement.broken):
        wanted = replace(trace, setup={**trace.setup, "guarantee": guarantee})
        explanation = explain(wanted, judged.rules)
        if explanation is not None and explanation.guarantee.id == guarantee:
            name = f"{test_name(stem)}_{guarantee.lower()}"
            yield f"test_{name}.py", explained_file(explanation, name)


def _played_again(judged: Judged, evidence: Evidence, stem: str, started: Started) -> Iterator[tuple[str, str]]:
    """Tests that ask the implementation the same again."""
    for breach in judged.judgement.broken:
        finding = _finding(breach, evidence)
        names = FileNames.of(finding)
        yield f"test_{test_name(stem)}_{names.pytest.removeprefix('test_')}", pytest_file(finding, started)
        yield f"{stem}-{names.vitest}", vitest_file(finding, started)


def _finding(breach: JudgedBreach, evidence: Evidence) -> Finding:
    """What is broken as a finding of a check: the scenario is what was recorded, as it is."""
    violation, row = breach.violation, ROWS[breach.violation.guarantee]
    kind = (violation.guarantee, violation.key)
    return Finding(
        id=breach.id,
        kind=kind,
        title=violation.what,
        moment=violation.at,
        rank=rank_of(kind),
        place=breach.place,
        steps=scenario_story.story(evidence.scenario),
        expected=row.sentence,
        observed=violation.what,
        harm="",
        also=(),
        serves=(),
        why=(),
        seen=breach.times,
        where=(),
        followers=(),
        scenario=evidence.scenario,
        evidence=evidence,
    )
