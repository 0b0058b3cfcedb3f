"""The report of a verification as files in a folder."""

from pathlib import Path

from broadcast_orchestrator.reports.output.files import write_whole
from broadcast_orchestrator.reports.verify.formats.json_report import json_text
from broadcast_orchestrator.reports.verify.formats.junit import junit_xml
from broadcast_orchestrator.reports.verify.formats.markdown import markdown
from broadcast_orchestrator.reports.verify.formats.page import html
from broadcast_orchestrator.reports.verify.report import VerificationReport
from broadcast_orchestrator.reports.verify.witnesses import witness_trace


def write_reports(report: VerificationReport, folder: Path) -> None:
    """The four reports, and a trace for each witness that is told."""
    write_whole(folder / "report.html", html(report))
    write_whole(folder / "report.json", json_text(report))
    write_whole(folder / "junit.xml", junit_xml(report))
    write_whole(folder / "summary.md", markdown(report))
    runs = {told.id: told.cell.witness for told in report.witnesses}
    runs |= {told.id: told.cause.witness for told in report.causes if told.replay}
    for name, witness in runs.items():
        assert witness is not None
        trace = witness_trace(witness, report.verification.asked.rules)
        write_whole(folder / "witnesses" / f"{name}.jsonl", trace.to_text())
