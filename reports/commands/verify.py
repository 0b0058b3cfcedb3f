"""What `broadcast verify` does: gather the evidence, show it, and write the reports."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES
from broadcast_orchestrator.properties.guarantees.verdicts import Cell
from broadcast_orchestrator.properties.telling.story import in_full
from broadcast_orchestrator.properties.verification.campaign import RUNS, thoroughly, verify
from broadcast_orchestrator.properties.verification.verification import Verification, VerificationScope
from broadcast_orchestrator.reports.commands.simulate import broadcast, fault_of
from broadcast_orchestrator.reports.output.files import BadInput, write_whole
from broadcast_orchestrator.reports.output.terminal import Screen, progress_bar
from broadcast_orchestrator.reports.verify.annotations import annotations
from broadcast_orchestrator.reports.verify.events import Events, written_to
from broadcast_orchestrator.reports.verify.json_report import json_object, json_text
from broadcast_orchestrator.reports.verify.junit import junit_xml
from broadcast_orchestrator.reports.verify.markdown import markdown
from broadcast_orchestrator.reports.verify.report import Told, VerificationReport, gather
from broadcast_orchestrator.reports.verify.screen import show_verification
from broadcast_orchestrator.sim.world.rules_by_name import path_of
from broadcast_orchestrator.sim.world.trace import Trace, walk

if TYPE_CHECKING:
    from broadcast_orchestrator.reports.changes.saved import SavedReport
    from broadcast_orchestrator.reports.verify.embedded import Shown

EXAMPLE = ("producer.start:lost_reply", "host.stop:late")
"""What goes wrong in the rolled-back start that the report shows: one fault on the way, one while undoing."""


class Outlets(NamedTuple):
    """Where the answer goes: a folder for the reports, JSON in place of words, a file for events ("-" for standard
    output), GitHub annotations (None: where its runner is), the earlier report that this one is compared with, and
    folders of experiments to be shown in it."""

    folder: Path | None = None
    as_json: bool = False
    events: str | None = None
    annotations: bool | None = None
    since: Path | None = None
    experiments: tuple[Path, ...] = ()

    @property
    def for_machines(self) -> bool:
        """Whether standard output is read by a program, and words would be in its way."""
        return self.as_json or self.events == "-"


def run(
    faults: int, seed: int, asked: VerificationScope, outlets: Outlets, *, thorough: bool = False, runs: int = RUNS
) -> str:
    """Verify, print the answer, and write the reports if there is a folder for them; returns the verdict.

    There are `runs` simulated runs. A `thorough` one also measures how the search grows, and has each broken variant of
    the reference caught.
    """
    before, beside = previous(outlets), shown_beside(outlets.experiments)
    with written_to(outlets.events) as events:
        report = since(_verified(faults, seed, asked, events, thorough=thorough, runs=runs), before)
        report = replace(report, experiments=beside)
        _tell(report, outlets)
        if outlets.folder is not None:
            write_reports(report, outlets.folder)
            if not outlets.for_machines:
                print(f"report: {outlets.folder / 'report.html'}")
        events.finish(report)
    return report.verification.verdict


def _verified(
    faults: int, seed: int, asked: VerificationScope, events: Events, *, thorough: bool, runs: int
) -> VerificationReport:
    events.start(faults, seed)
    with progress_bar() as bar:

        def progress(what: str, done: int, total: int) -> None:
            bar(what, done, total)
            events.progress(what, done, total)

        verification = verify(faults, seed, progress, asked, events.found, runs)
        if thorough:
            verification = thoroughly(verification, progress, events.found)
    return the_report(verification)


def _tell(report: VerificationReport, outlets: Outlets) -> None:
    """Say it to whoever listens: a person, a program, a runner of GitHub."""
    if outlets.as_json:
        sys.stdout.write(json.dumps(json_object(report), ensure_ascii=False) + "\n")
    elif not outlets.for_machines:
        names = {guarantee.id: guarantee.name for guarantee in GUARANTEES}
        show_verification(Screen(), report.verification, names)
        if report.changes is not None:
            print(f"since the last report: {report.changes.sentence}")
    wanted = outlets.annotations
    if os.environ.get("GITHUB_ACTIONS") == "true" if wanted is None else wanted:
        stream = sys.stderr if outlets.for_machines else sys.stdout  # the runner reads both
        stream.writelines(f"{line}\n" for line in annotations(report))


def previous(outlets: Outlets) -> "SavedReport | None":
    """The earlier report; None where there is none to be read. Raises BadInput for one that was asked for."""
    from broadcast_orchestrator.reports.changes.saved import SavedReport, load

    place = outlets.since or outlets.folder
    try:
        found = load(place) if place is not None else None
    except BadInput as mistake:
        if outlets.since is None:
            return None
        raise BadInput(f"--since {mistake}") from None
    if outlets.since is not None and not isinstance(found, SavedReport):
        raise BadInput(f"--since {outlets.since}: is about an experiment, try a report of broadcast verify")
    return found if isinstance(found, SavedReport) else None


def shown_beside(folders: tuple[Path, ...]) -> "tuple[Shown, ...]":
    """The experiments to be shown. Raises BadInput for a folder without results."""
    if not folders:
        return ()
    from broadcast_orchestrator.reports.verify.embedded import experiments

    return experiments(folders)


def since(report: VerificationReport, before: "SavedReport | None") -> VerificationReport:
    """The same report, with what changed since an earlier one."""
    if before is None:
        return report
    from broadcast_orchestrator.reports.changes.differences import differences
    from broadcast_orchestrator.reports.changes.saved import parse

    return replace(report, changes=differences(before, parse(json_object(report), "this report")))


def the_report(verification: Verification) -> VerificationReport:
    """The report of a verification, with its witnesses told and a rolled-back start to look at."""
    broken = [cell for cell in reversed(verification.cells) if cell.witness is not None]
    cells = [*{(cell.guarantee, cell.witness): cell for cell in broken}.values()]  # one story for cells that share it
    rules = verification.asked.rules
    studio = broadcast(verification.seed, tuple(fault_of(text) for text in EXAMPLE))
    return gather(verification, tuple(told(cell, rules) for cell in reversed(cells)), tuple(walk(studio.trace)))


def told(cell: Cell, rules: type[Core] = Core) -> Told:
    """The witness of a cell, told for people."""
    assert cell.witness is not None
    name = f"{cell.guarantee}-{cell.fault_class}-{cell.place}"
    run = cell.witness.passages
    story = tuple(map(in_full, run))
    judging = "" if rules is Core else f" --rules {path_of(rules)}"
    file = f"witnesses/{name}.jsonl{judging}"
    return Told(
        name, cell, cell.witness.violation.what, run, story, f"broadcast replay {file}", f"broadcast explain {file}"
    )


def witness_trace(cell: Cell, verification: Verification) -> Trace:
    """The witness as a trace, to be taken again."""
    assert cell.witness is not None
    about = {"guarantee": cell.guarantee, "breach": cell.witness.violation.what}
    trace = Trace(verification.config, "explorer", setup=about, rules=path_of(verification.asked.rules))
    trace.lines = [passage.line for passage in cell.witness.passages]
    return trace


def write_reports(report: VerificationReport, folder: Path) -> None:
    """The four reports, and a trace for each witness."""
    from broadcast_orchestrator.reports.verify.page import html

    write_whole(folder / "report.html", html(report))
    write_whole(folder / "report.json", json_text(report))
    write_whole(folder / "junit.xml", junit_xml(report))
    write_whole(folder / "summary.md", markdown(report))
    for each in report.witnesses:
        write_whole(folder / "witnesses" / f"{each.id}.jsonl", witness_trace(each.cell, report.verification).to_text())
