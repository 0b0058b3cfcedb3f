"""The report of a pytest session as HTML, JSON and JUnit XML, with the traces of the tests that failed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES
from broadcast_orchestrator.properties.guarantees.verdicts import VIOLATED
from broadcast_orchestrator.properties.search.watched import WatchedViolation, seen_in
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS, answer
from broadcast_orchestrator.reports.output.files import write_folder
from broadcast_orchestrator.reports.output.formats.json_objects import json_of
from broadcast_orchestrator.reports.output.formats.junit import add_case, add_failure, add_suite, document
from broadcast_orchestrator.reports.output.page_shell import environment, shell
from broadcast_orchestrator.reports.session.session import SessionReport, WatchedTest
from broadcast_orchestrator.reports.verify.formats.page import picture
from broadcast_orchestrator.reports.verify.report import tally
from broadcast_orchestrator.sim.world.faults import BY_ID

FORMAT = 1
"""The version of the JSON's shape; it grows when a reader would have to change."""


def write(report: SessionReport, folder: Path) -> None:
    """Write report.html, report.json, junit.xml and a trace for each run of a test that failed; all of them or none."""
    folder.mkdir(parents=True, exist_ok=True)
    write_folder(folder, _files(report))


def _files(report: SessionReport) -> Iterator[tuple[str, str]]:
    yield "report.html", page(report)
    yield "report.json", json_of(json_object(report), indent=1)
    yield "junit.xml", junit_xml(report)
    yield from ((run.file, run.trace) for test in report.tests for run in test.runs)


def page(report: SessionReport) -> str:
    """The whole page, under the same policy as that of a verification."""
    return (
        environment()
        .get_template("session.html.jinja")
        .render(
            report=report,
            **shell(),
            guarantees={guarantee.id: guarantee for guarantee in GUARANTEES},
            faults=BY_ID,
            tally=tally(report.cells),
            symbols=SYMBOLS,
            answer=answer,
            picture=picture,
            engines=("tests",),
            seal={"held": "proved"}.get(report.verdict, report.verdict),
        )
    )


def json_object(report: SessionReport) -> dict[str, Any]:
    """The facts as plain data, in the shape that `reports/schema/session.schema.json` publishes."""
    watched = report.watched
    return {
        "format": FORMAT,
        "verdict": report.verdict,
        "sentence": report.sentence,
        "runs": watched.total,
        "steps": watched.steps,
        "seeds": watched.seeds,
        "judged": [_cell(report, cell.guarantee, cell.fault_class) for cell in report.cells],
        "transitions_covered": [
            {"source": row.source, "target": row.target, "forced": row.forced, "taken": row.total}
            for row in report.coverage
        ],
        "sights": dict(watched.coverage.sights),
        "tests": [_test(test) for test in report.tests],
        "environment": dict(report.environment),
        "reproduce": report.reproduce,
    }


def _cell(report: SessionReport, guarantee: str, fault: str) -> dict[str, Any]:
    (cell,) = (each for each in report.cells if (each.guarantee, each.fault_class) == (guarantee, fault))
    seen = [{"what": each.violation.what, "test": each.test} for each in seen_in(report.watched, guarantee, fault)]
    fields = {"guarantee": guarantee, "fault_class": fault, "verdict": cell.verdict, "runs": cell.happened}
    return {**fields, "by_design": cell.by_design, "seen": seen}


def _test(test: WatchedTest) -> dict[str, Any]:
    runs = [{"told": run.told, "trace": run.file, "replay": run.replay} for run in test.runs]
    return {
        "test": test.name,
        "outcome": test.outcome,
        "message": test.message,
        "reruns": test.reruns,
        "replay": test.again,
        "runs": runs,
    }


def junit_xml(report: SessionReport) -> str:
    """A case for each guarantee and class of fault, and for each test that was watched."""
    root = ElementTree.Element("testsuites", name="broadcast session")
    judged = add_suite(root, "guarantees", ["" if cell.by_design else cell.verdict for cell in report.cells])
    for cell in report.cells:
        case = add_case(judged, f"guarantees.{cell.guarantee}", f"{cell.guarantee} under {cell.fault_class}")
        if cell.verdict == VIOLATED and not cell.by_design:
            seen = seen_in(report.watched, cell.guarantee, cell.fault_class)
            add_failure(case, seen[0].violation.what, "\n".join(_broke(report, seen)))
    tests = add_suite(root, "tests", [VIOLATED if test.outcome == "failed" else "" for test in report.tests])
    for test in report.tests:
        case = add_case(tests, test.name.partition("::")[0], test.name.partition("::")[2] or test.name)
        if test.outcome == "failed":
            replays = [f"replay: {command}" for command in (test.again, *(run.replay for run in test.runs))]
            add_failure(case, test.message, "\n".join((test.message, *(run.told for run in test.runs), *replays)))
    return document(root)


def _broke(report: SessionReport, seen: tuple[WatchedViolation, ...]) -> Iterator[str]:
    """What was wrong in which test, and how each of them is run again."""
    yield from (f"{each.violation.what} ({each.test})" for each in seen)
    tests = [each.test for each in seen]
    yield from (f"replay: {test.again}" for test in report.tests if test.name in tests)
    yield f"seeds: {', '.join(map(str, report.watched.seeds)) or 'those of searches'}"
