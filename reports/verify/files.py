"""The report of a verification as files in a folder."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.by_design import foreseen
from broadcast_orchestrator.properties.guarantees.verdicts import Cell, Violation
from broadcast_orchestrator.reports.measures.facts import as_json
from broadcast_orchestrator.reports.measures.page import html as table_of_measures
from broadcast_orchestrator.reports.options.asked_broadcast import broadcast, fault_of
from broadcast_orchestrator.reports.output.files import write_folder
from broadcast_orchestrator.reports.output.formats.json_objects import json_of
from broadcast_orchestrator.reports.verify.causes import ToldCause
from broadcast_orchestrator.reports.verify.formats.json_report import json_text
from broadcast_orchestrator.reports.verify.formats.junit import junit_xml
from broadcast_orchestrator.reports.verify.formats.markdown import markdown
from broadcast_orchestrator.reports.verify.formats.page import html
from broadcast_orchestrator.reports.verify.report import Told, VerificationReport
from broadcast_orchestrator.reports.verify.witnesses import witness_trace
from broadcast_orchestrator.reports.viewer.facts.page_facts import BreachFact
from broadcast_orchestrator.reports.viewer.opened import foresee, whole
from broadcast_orchestrator.reports.viewer.run_page import html as viewed
from broadcast_orchestrator.sim.realtime.playback import Playback
from broadcast_orchestrator.sim.world.rules_by_name import path_of
from broadcast_orchestrator.sim.world.trace import Trace, walk

EXAMPLE = ("producer.start:lost_reply", "host.stop:late")
"""What goes wrong in the rolled-back start that the page shows: one fault on the way, one while undoing."""


def with_example(report: VerificationReport) -> VerificationReport:
    """The report with a rolled-back start to look at."""
    studio = broadcast(report.verification.seed, tuple(fault_of(text) for text in EXAMPLE))
    return replace(report, example=tuple(walk(studio.trace)))


def write_reports(report: VerificationReport, folder: Path) -> None:
    """The four reports, the table of measures if there is one, and for each witness that is told a trace and a page to
    step through; all of them or none."""
    write_folder(folder, _files(report))


def _files(report: VerificationReport) -> Iterator[tuple[str, str]]:
    yield "report.html", html(report)
    yield "report.json", json_text(report)
    yield "junit.xml", junit_xml(report)
    yield "summary.md", markdown(report)
    if report.measures is not None:
        yield "measures.html", table_of_measures(report.measures, beside="report.html")
        yield "measures.json", json_of(as_json(report.measures), indent=2)
    rules = report.verification.asked.rules
    for told in report.witnesses:
        assert told.cell.witness is not None
        yield from _run(told, witness_trace(told.cell.witness, rules), rules, told.what)
    for cause in report.causes:
        if cause.replay:
            yield from _run(cause, witness_trace(cause.cause.witness, rules), rules, cause.sentence)


def _run(told: Told | ToldCause, trace: Trace, rules: type[Core], heading: str) -> Iterator[tuple[str, str]]:
    yield f"witnesses/{told.id}.jsonl", trace.to_text()
    facts = whole(Playback(trace, rules))
    if isinstance(told, Told) and told.cell.by_design:
        foresee(facts, partial(_by_design, told.cell, rules.measures))
    yield f"witnesses/{told.id}.html", viewed(facts, told.id, path_of(rules), (told.replay, told.explain), heading)


def _by_design(cell: Cell, measures: tuple[str, ...], breach: BreachFact) -> str:
    """What the design says of something that the witness of a cell breaks, which may be more than the cell is about."""
    if breach.guarantee == cell.guarantee:
        return cell.by_design
    return foreseen(Violation(breach.guarantee, breach.what, breach.gap), cell.fault_class, measures)
