"""`broadcast view`: a saved run as a page to step through."""

import shlex
from pathlib import Path

from broadcast_orchestrator.reports.options.places import writable
from broadcast_orchestrator.reports.output.exit_codes import ExitCode
from broadcast_orchestrator.reports.output.files import write_whole
from broadcast_orchestrator.reports.viewer.opened import made_by, opened
from broadcast_orchestrator.reports.viewer.run_page import html


def run(file: Path, /, *, out: Path | None = None, rules: str | None = None) -> ExitCode:
    """Write a page of the run, to be opened in a browser; nothing is judged anew, whatever it breaks is shown.

    Parameters
    ----------
    file
        A trace, a witness, evidence of a check, a recording of a real evening, or what a monitor has saved.
    out
        The page, beside the file by default.
    rules
        The core that a trace was made by, module:Class, where that is not the reference.
    """
    place = out or file.with_suffix(".html")
    writable(place)
    facts = opened(file, rules)
    again = shlex.join(["broadcast", "view", str(file), *(["--rules", rules] if rules else [])])
    write_whole(place, html(facts, file.name, made_by(facts.run), (again,)))
    print(f"page: {place}")
    return ExitCode.AS_CLAIMED
