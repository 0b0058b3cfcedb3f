"""What `broadcast check --out` writes: a page, and for each finding tests, evidence, two pictures and a text."""

import json
import pprint
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from broadcast_orchestrator.properties.checking import CheckReport, Finding
from broadcast_orchestrator.properties.checking.baseline import Compared
from broadcast_orchestrator.reports.check.diagram import learned_graph
from broadcast_orchestrator.reports.check.file_names import FileNames, python_name
from broadcast_orchestrator.reports.check.formats import junit_text, sarif_text
from broadcast_orchestrator.reports.check.markdown import markdown, summary
from broadcast_orchestrator.reports.check.page import html
from broadcast_orchestrator.reports.check.timeline import finding_timeline
from broadcast_orchestrator.reports.check.words import Started, json_object, replay_command
from broadcast_orchestrator.reports.graphs.drawing import render
from broadcast_orchestrator.reports.output.files import write_folder
from broadcast_orchestrator.reports.output.formats.json_objects import json_of
from broadcast_orchestrator.reports.timelines.picture_file import picture_file
from broadcast_orchestrator.reports.viewer.opened import whole
from broadcast_orchestrator.reports.viewer.run_page import html as viewed
from broadcast_orchestrator.sim.realtime.subject_run import PacedSubjectRun
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.protocol.codec import dumped, parsed

_PYTEST = '''\
"""{title}

Written by `broadcast check`. The test fails until the implementation is mended. It has to run in the folder from
which the command below is right.

{story}
"""

from broadcast_orchestrator.properties.checking.replay import violations
{import_dialect}from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
{import_python}from broadcast_orchestrator.sim.subjects.scenario import scenario_from_json

COMMAND = {command}
SCENARIO = {scenario}


def test_{name}() -> None:
    """{sentence}"""
    found = violations(scenario_from_json(SCENARIO), lambda: ChildSubject(COMMAND){dialect})
    wrong = [violation.what for violation in found if violation.guarantee == {guarantee}]
    assert not wrong, wrong
'''

_VITEST = """\
// {title}
//
// Written by `broadcast check`. The test fails until the implementation is mended. The command `broadcast` has to be
// on the PATH, and the command below has to be right from the folder in which the tests run.
//
// {story}
import {{ spawnSync }} from 'node:child_process';
import {{ expect, test }} from 'vitest';

const implementation = {implementation};
const scenario = {scenario};

test({name}, () => {{
  const options = ['--json', '--replay', JSON.stringify(scenario){options}];
  const run = spawnSync('broadcast', ['check', ...options, ...implementation], {{ encoding: 'utf8' }});
  if (run.error || !run.stdout) throw new Error(`broadcast check: ${{run.error?.message ?? run.stderr}}`);
  const {{ broken }} = JSON.parse(run.stdout) as {{ broken: {{ guarantee: string; what: string }}[] }};
  expect(broken.filter(({{ guarantee }}) => guarantee === {guarantee}).map(({{ what }}) => what)).toEqual([]);
}}, 60_000);
"""


def write_files(
    report: CheckReport, compared: Compared, started: Started, dialect: Dialect, folder: Path
) -> tuple[Path, ...]:
    """Write everything into the folder, all or nothing; what was written."""
    return write_folder(folder, _files(report, compared, started, dialect))


def _files(
    report: CheckReport, compared: Compared, started: Started, dialect: Dialect
) -> Iterator[tuple[str, str | bytes]]:
    for finding in (*compared.new, *compared.known):
        names = FileNames.of(finding)
        yield names.pytest, pytest_file(finding, started)
        yield names.vitest, vitest_file(finding, started)
        yield names.evidence, finding.evidence.to_text()
        yield names.text, markdown(finding, started)
        if names.picture:
            yield names.picture, picture_file(finding_timeline(finding, dialect), finding.title)
            yield names.page, run_page(finding, started, dialect)
    yield "index.html", html(report, compared, started, dialect)
    yield "check.json", json_of(json_object(report, compared, started), indent=1)
    yield "check.md", summary(report, compared, started)
    yield "junit.xml", junit_text(report, compared, started)
    yield "check.sarif", sarif_text(report, compared, started)
    for suffix in ("svg", "dot"):
        yield f"transitions.{suffix}", render(learned_graph(report.transitions), suffix)


def run_page(finding: Finding, started: Started, dialect: Dialect) -> str:
    """The evidence as a page to step through."""
    facts = whole(PacedSubjectRun(evidence=finding.evidence), dialect)
    again = (replay_command(finding, started),)
    return viewed(facts, finding.id, finding.evidence.about.name, again, f"{finding.guarantee}: {finding.title}")


def pytest_file(finding: Finding, started: Started) -> str:
    """A test for a suite in Python."""
    return _PYTEST.format(
        title=_plain(f"{finding.guarantee}: {finding.title}."),
        import_dialect=""
        if started.dialect is None
        else "from broadcast_orchestrator.sim.subjects.dialect import load_dialect\n",
        import_python="" if started.python is None else _IMPORT_PYTHON,
        command=_command(started),
        scenario=_literal(finding.scenario.to_json()),
        story="\n".join(_steps(finding)),
        name=python_name(finding),
        sentence=_plain(finding.expected),
        guarantee=json.dumps(finding.guarantee),
        dialect="" if started.dialect is None else f", load_dialect({json.dumps(str(started.dialect))})",
    )


_IMPORT_PYTHON = "from broadcast_orchestrator.sim.subjects.python.class_by_name import python_command\n"


def _command(started: Started) -> str:
    if started.python is not None:
        return f"python_command({json.dumps(started.python, ensure_ascii=False)})"
    return json.dumps(list(started.command), ensure_ascii=False)


def _literal(data: Any) -> str:
    """Plain data as Python writes it, in lines of a usual length; members of enumerations are plain words there."""
    return pprint.pformat(parsed(dumped(data)), width=100, sort_dicts=False)


def _steps(finding: Finding) -> Iterator[str]:
    return (f"{number}. {_plain(step)}" for number, step in enumerate(finding.steps, 1))


def vitest_file(finding: Finding, started: Started) -> str:
    """A test for a suite in TypeScript."""
    return _VITEST.format(
        title=_plain(f"{finding.guarantee}: {finding.title}"),
        implementation=json.dumps(list(started.implementation), ensure_ascii=False),
        scenario=json.dumps(finding.scenario.to_json(), ensure_ascii=False, indent=2),
        story="\n// ".join(_steps(finding)),
        name=json.dumps(_plain(f"{finding.guarantee}: {finding.expected}"), ensure_ascii=False),
        options="".join(f", {json.dumps(each, ensure_ascii=False)}" for each in started.options),
        guarantee=json.dumps(finding.guarantee),
    )


def _plain(text: str) -> str:
    """Text for a comment or a docstring, which nothing in it can end: an implementation may say anything."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return printable.replace("\\", "/").replace('"', "'")
