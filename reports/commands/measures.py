"""`broadcast measures`: which cells each measure turns green, and at what price."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, assert_never

from cyclopts import Parameter

from broadcast_orchestrator.properties.measures.table import sets
from broadcast_orchestrator.reports.measures.facts import JUDGING, MeasuresReport, as_json, gathered
from broadcast_orchestrator.reports.measures.page import html
from broadcast_orchestrator.reports.measures.text import markdown, text
from broadcast_orchestrator.reports.options.option_types import Jobs
from broadcast_orchestrator.reports.options.places import writable
from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code
from broadcast_orchestrator.reports.output.files import BadInput, write_whole
from broadcast_orchestrator.reports.output.formats.json_objects import json_of
from broadcast_orchestrator.reports.output.progress import progress_bar

Form = Literal["text", "markdown", "html", "json"]


def run(
    *,
    form: Annotated[Form, Parameter(name="--format")] = "text",
    out: Path | None = None,
    faults: int = 1,
    pairs: bool = False,
    price: bool = True,
    jobs: Jobs = 2,
) -> ExitCode:
    """Judge the core without a measure, with each and with all, and show what each is worth; violated where one does
    not keep what it claims, unknown where a search was cut off.

    Parameters
    ----------
    form
        As plain text, as Markdown, as a page, or as JSON.
    out
        The file to write, instead of the screen.
    faults
        How many faults may happen in one run, 0 to 2; two take long.
    pairs
        Also with every two measures; takes four times as long.
    price
        Also what each set costs, by simulated evenings.
    jobs
        How many processes share the work.
    """
    writable(out)
    if not 0 <= faults <= 2:
        raise BadInput(f"--faults {faults}: expected a number from 0 to 2, try --faults 1")
    if jobs < 1:
        raise BadInput(f"--jobs {jobs}: expected a number from 1, try --jobs 1")
    wanted = sets(pairs=pairs)
    with progress_bar() as progress:
        report = gathered(wanted, faults, jobs, price=price, progress=partial(progress, JUDGING))
    content = told(report, form)
    if out is None:
        sys.stdout.write(content)
    else:
        write_whole(out, content)
    return exit_code(report.verdict)


def told(report: MeasuresReport, form: Form) -> str:
    """The table in one of its forms."""
    match form:
        case "html":
            return html(report)
        case "json":
            return json_of(as_json(report), indent=2)
        case "text":
            lines = text(report)
        case "markdown":
            lines = markdown(report)
        case _:
            assert_never(form)
    return "".join(f"{line}\n" for line in lines)
