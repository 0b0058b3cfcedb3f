"""The report of a verification as files in a folder."""

from pathlib import Path

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.reports.output.files import write_whole
from broadcast_orchestrator.reports.verify.causes import ToldCause
from broadcast_orchestrator.reports.verify.formats.json_report import json_text
from broadcast_orchestrator.reports.verify.formats.junit import junit_xml
from broadcast_orchestrator.reports.verify.formats.markdown import markdown
from broadcast_orchestrator.reports.verify.formats.page import html
from broadcast_orchestrator.reports.verify.report import Told, VerificationReport
from broadcast_orchestrator.reports.verify.witnesses import witness_trace
from broadcast_orchestrator.reports.viewer.opened import foresee, whole
from broadcast_orchestrator.reports.viewer.run_page import html as viewed
from broadcast_orchestrator.sim.realtime.playback import Playback
from broadcast_orchestrator.sim.world.rules_by_name import path_of
from broadcast_orchestrator.sim.world.trace import Trace


def write_reports(report: VerificationReport, folder: Path) -> None:
    """The four reports, and for each witness that is told a trace and a page to step through."""
    write_whole(folder / "report.html", html(report))
    write_whole(folder / "report.json", json_text(report))
    write_whole(folder / "junit.xml", junit_xml(report))
    write_whole(folder / "summary.md", markdown(report))
    rules = report.verification.asked.rules
    for told in report.witnesses:
        assert told.cell.witness is not None
        _write_run(folder / "witnesses", told, witness_trace(told.cell.witness, rules), rules, told.what)
    for cause in report.causes:
        if cause.replay:
            trace = witness_trace(cause.cause.witness, rules)
            _write_run(folder / "witnesses", cause, trace, rules, cause.sentence)


def _write_run(folder: Path, told: Told | ToldCause, trace: Trace, rules: type[Core], heading: str) -> None:
    write_whole(folder / f"{told.id}.jsonl", trace.to_text())
    facts = whole(Playback(trace, rules))
    if isinstance(told, Told) and told.cell.by_design:
        foresee(facts, told.cell.guarantee, told.cell.by_design)
    page = viewed(facts, told.id, path_of(rules), (told.replay, told.explain), heading)
    write_whole(folder / f"{told.id}.html", page)
