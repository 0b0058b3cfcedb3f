"""What `broadcast verify` does: gather the evidence, show it, and write the reports."""

import json
import sys
from pathlib import Path

from model.config import OrchestratorConfig
from model.core import Core
from model.table import BroadcastState
from properties.campaign import thoroughly, verify
from properties.guarantees import GUARANTEES
from properties.proof import CONFIG
from properties.story import in_full
from properties.verdicts import Cell
from properties.verification import Asked, Verification
from reports.files import write_whole
from reports.json_report import json_object, json_text
from reports.junit import junit_xml
from reports.markdown import markdown
from reports.report import Report, Told, gather
from reports.simulating import broadcast, fault_of
from reports.terminal import Screen, progress_bar, show_verification
from sim.subject import path_of
from sim.trace import Line, Trace, take, walk

EXAMPLE = ("producer.start:lost_reply", "host.stop:late")
"""What goes wrong in the rolled-back start that the report shows: one fault on the way, one while undoing."""


def run(faults: int, seed: int, folder: Path | None, asked: Asked, *, as_json: bool, thorough: bool = False) -> str:
    """Verify, print the answer, and write the reports if there is a folder for them; returns the verdict.

    A `thorough` one also measures how the search grows, and has each broken variant of the reference caught.
    """
    with progress_bar() as progress:
        verification = verify(faults, seed, progress, asked)
        if thorough:
            verification = thoroughly(verification, progress)
    report = the_report(verification)
    if as_json:
        sys.stdout.write(json.dumps(json_object(report), ensure_ascii=False) + "\n")
    else:
        names = {guarantee.id: guarantee.name for guarantee in GUARANTEES}
        show_verification(Screen(), verification, names)
    if folder is not None:
        write_reports(report, folder)
        if not as_json:
            print(f"report: {folder / 'report.html'}")
    return verification.verdict


def the_report(verification: Verification) -> Report:
    """The report of a verification, with its witnesses told and a rolled-back start to look at."""
    broken = [cell for cell in reversed(verification.cells) if cell.witness is not None]
    cells = [*{(cell.guarantee, cell.witness): cell for cell in broken}.values()]  # one story for cells that share it
    rules, config = verification.asked.rules, verification.config
    studio = broadcast(verification.seed, tuple(fault_of(text) for text in EXAMPLE))
    return gather(verification, tuple(told(cell, rules, config) for cell in reversed(cells)), tuple(walk(studio.trace)))


def told(cell: Cell, rules: type[Core] = Core, config: OrchestratorConfig = CONFIG) -> Told:
    """The witness of a cell, told for people."""
    assert cell.witness is not None
    name = f"{cell.guarantee}-{cell.fault_class}-{cell.place}"
    run = tuple(take((moment.step for moment in cell.witness.moments), config, rules))
    story = tuple(map(in_full, run))
    judging = "" if rules is Core else f" --rules {path_of(rules)}"
    file = f"witnesses/{name}.jsonl{judging}"
    return Told(
        name, cell, cell.witness.breach.what, run, story, f"broadcast replay {file}", f"broadcast explain {file}"
    )


def witness_trace(cell: Cell, verification: Verification) -> Trace:
    """The witness as a trace, to be taken again."""
    assert cell.witness is not None
    about = {"guarantee": cell.guarantee, "breach": cell.witness.breach.what}
    trace = Trace(verification.config, "explorer", setup=about, rules=path_of(verification.asked.rules))
    trace.lines = [
        Line(None, moment.step, moment.effects, BroadcastState(moment.state)) for moment in cell.witness.moments
    ]
    return trace


def write_reports(report: Report, folder: Path) -> None:
    """The four reports, and a trace for each witness."""
    from reports.html import html

    write_whole(folder / "report.html", html(report))
    write_whole(folder / "report.json", json_text(report))
    write_whole(folder / "junit.xml", junit_xml(report))
    write_whole(folder / "summary.md", markdown(report))
    for each in report.witnesses:
        write_whole(folder / "witnesses" / f"{each.id}.jsonl", witness_trace(each.cell, report.verification).to_text())
