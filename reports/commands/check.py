"""What `broadcast check` does: drive an implementation in any language, and tell how it breaks the guide."""

import json
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from broadcast_orchestrator.properties.checking import CheckReport, check
from broadcast_orchestrator.properties.checking.baseline import (
    BaselineError,
    Compared,
    Known,
    baseline_text,
    compared,
    load_baseline,
)
from broadcast_orchestrator.properties.checking.checking import Progress as Told
from broadcast_orchestrator.properties.checking.replay import replayed
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.telling.evidence_story import told
from broadcast_orchestrator.reports.check.files import write_files
from broadcast_orchestrator.reports.check.words import Started, json_object, lines
from broadcast_orchestrator.reports.output.files import BadInput, write_whole
from broadcast_orchestrator.reports.output.terminal import Screen
from broadcast_orchestrator.sim.subjects.dialect import Dialect, DialectError, load_dialect
from broadcast_orchestrator.sim.subjects.evidence import EvidenceError, load_evidence
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.protocol.codec import parsed
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits, SubjectError
from broadcast_orchestrator.sim.subjects.scenario import Scenario, ScenarioError, scenario_from_json

CLEAN, FOUND, CUT_OFF = 0, 1, 3
REPLAY = "replay"
"""The kind of a line that is there to be copied, and stays whole."""

STYLES = {
    "verdict": "bold red",
    "ok": "green",
    "head": "bold",
    "title": "bold",
    "step": "cyan",
    "fact": "",
    REPLAY: "",
    "quiet": "dim",
}


class CheckOptions(NamedTuple):
    """What was asked for on the command line; see `broadcast check --help`."""

    scenarios: int | None = None
    seconds: float | None = None
    seed: int = 0
    jobs: int = 1
    dialect: Path | None = None
    baseline: Path | None = None
    write_baseline: Path | None = None
    folder: Path | None = None
    as_json: bool = False
    learn: bool = False
    patience_s: float = Limits().seconds


def run(command: tuple[str, ...], options: CheckOptions) -> int:
    """Check the implementation that the command starts; 0 clean, 1 a new finding, 3 cut off before the sweep ended."""
    dialect, known = _dialect(options.dialect), _baseline(options.baseline)
    limits = Limits(seconds=options.patience_s)
    make_subject = partial(ChildSubject, command, limits)
    try:
        with _progress() as progress:
            report = check(
                make_subject,
                scenarios=options.scenarios,
                seconds=options.seconds,
                seed=options.seed,
                jobs=options.jobs,
                dialect=dialect,
                limits=limits,
                progress=progress,
            )
    except SubjectError as mistake:
        raise BadInput(f"check: {' '.join(str(mistake).split())}") from None
    against = compared(report.findings, known)
    _tell(report, against, Started(command, options.dialect), options, dialect)
    if options.write_baseline is not None:
        write_whole(options.write_baseline, baseline_text(report.findings, known))
        if not options.as_json:
            count = f"{len(report.findings)} finding{'' if len(report.findings) == 1 else 's'}"
            Screen().print(f"known from now on: {count}, in {options.write_baseline}", markup=False, soft_wrap=True)
    if against.new and options.write_baseline is None:
        return FOUND
    return CLEAN if report.complete else CUT_OFF


def _tell(report: CheckReport, against: Compared, started: Started, options: CheckOptions, dialect: Dialect) -> None:
    """On the screen or as JSON, and into the folder."""
    written: tuple[Path, ...] = ()
    if options.folder is not None:
        written = tuple(write_files(report, against, started, dialect, options.folder))
    if options.as_json:
        sys.stdout.write(json.dumps(json_object(report, against, started), ensure_ascii=False) + "\n")
        return
    console = Screen()
    for kind, text in lines(report, against, started):
        row = text if kind == REPLAY else fitted(text, console)
        console.print(Text(row, style=STYLES[kind]), soft_wrap=True)
    if written:
        console.print(Text(f"written: {len(written)} files in {options.folder}", style="dim"), soft_wrap=True)
    if options.learn:
        from broadcast_orchestrator.reports.check.learned import show_learned

        show_learned(console, partial(ChildSubject, started.command), dialect, options.folder)


def _dialect(file: Path | None) -> Dialect:
    try:
        return Dialect() if file is None else load_dialect(file)
    except DialectError as mistake:
        raise BadInput(f"--dialect {mistake}") from None


def _baseline(file: Path | None) -> tuple[Known, ...]:
    try:
        return () if file is None else load_baseline(file)
    except BaselineError as mistake:
        raise BadInput(f"--baseline {mistake}") from None


# -- One scenario again ---------------------------------------------------------------------------


def replay(what: str, command: tuple[str, ...], options: CheckOptions) -> int:
    """Play one scenario again, and say what it breaks; 1 where it breaks something."""
    scenario, dialect = _scenario(what), _dialect(options.dialect)
    limits = Limits(seconds=options.patience_s)
    try:
        violations, evidence = replayed(scenario, partial(ChildSubject, command, limits), dialect, limits)
    except SubjectError as mistake:
        raise BadInput(f"check: {' '.join(str(mistake).split())}") from None
    if options.folder is not None:
        write_whole(options.folder / "replay.jsonl", evidence.to_text())
    if options.as_json:
        data = {"format": 1, "scenario": scenario.to_json(), "broken": [_plain(each) for each in violations]}
        sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
        return FOUND if violations else CLEAN
    console = Screen()
    for at_ms, words in told(evidence):
        console.print(Text(fitted(f"{at_ms:>9,.0f} ms  {words}", console)), soft_wrap=True)
    for each in violations:
        console.print(Text(f"✗ {each}", style="bold red"), soft_wrap=True)
    if not violations:
        console.print(Text("✓ nothing is broken, and the reference does the same", style="green"), soft_wrap=True)
    return FOUND if violations else CLEAN


def _plain(violation: Violation) -> dict[str, Any]:
    """The violation as plain data; gaps of the guide are not known from outside."""
    return {name: getattr(violation, name) for name in ("guarantee", "key", "what", "moment")}


def fitted(line: str, console: Console) -> str:
    """The line in rows that a terminal has room for, those after the first indented; in a pipe it stays as it is."""
    if not console.is_terminal:
        return line
    indent = " " * (len(line) - len(line.lstrip()) + 3)
    width = max(console.width, 40)
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _scenario(what: str) -> Scenario:
    """The scenario in a file, of evidence or by itself, or given as JSON."""
    try:
        if what.lstrip().startswith("{"):
            return scenario_from_json(parsed(what))
        text = Path(what).read_bytes().decode()
        first, _, rest = text.partition("\n")
        if rest.strip() and '"format"' in first:
            return load_evidence(what).scenario
        return scenario_from_json(parsed(text))
    except (ScenarioError, EvidenceError, SubjectError, ValueError) as mistake:
        where = "" if what.lstrip().startswith("{") else f"{what}: "
        advice = "" if isinstance(mistake, ScenarioError) else "; try the .jsonl of a finding, or a scenario as JSON"
        raise BadInput(f"--replay {where}{mistake}{advice}") from None
    except OSError as mistake:
        raise BadInput(f"--replay {what}: cannot be read: {mistake.strerror}") from None


# -- Progress -------------------------------------------------------------------------------------


@contextmanager
def _progress() -> Iterator[Told]:
    """Tells a person at a terminal how far it has got and how long it still takes, on standard error."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda what, done, total: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(what: str, done: int, total: int) -> None:
            bar.update(task, description=f"{what}: {done:,}", completed=done, total=total or None)

        yield tell
