"""`broadcast check`: drive an implementation in any language, and tell how it breaks the guide."""

import textwrap
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.text import Text

from broadcast_orchestrator.model.config import near_match
from broadcast_orchestrator.properties.checking import CheckReport, check
from broadcast_orchestrator.properties.checking.baseline import (
    BaselineError,
    Compared,
    Known,
    baseline_text,
    compared,
    load_baseline,
)
from broadcast_orchestrator.properties.checking.replay import replayed
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.telling.evidence_story import told
from broadcast_orchestrator.reports.check.learned import show_learned
from broadcast_orchestrator.reports.check.markdown import summary
from broadcast_orchestrator.reports.check.words import REPLAY, STYLES, Started, json_object, lines
from broadcast_orchestrator.reports.options.clusters import usable_cluster
from broadcast_orchestrator.reports.options.dialects import dialect_given
from broadcast_orchestrator.reports.options.everyday import everyday_named
from broadcast_orchestrator.reports.options.option_types import Count, Flag, Jobs, JsonFlag, Seed
from broadcast_orchestrator.reports.options.places import made_folder, writable
from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code_if
from broadcast_orchestrator.reports.output.files import BadInput, write_whole
from broadcast_orchestrator.reports.output.formats.json_objects import print_json
from broadcast_orchestrator.reports.output.interrupts import signals_interrupt
from broadcast_orchestrator.reports.output.progress import progress_bar
from broadcast_orchestrator.reports.output.step_summary import add_step_summary
from broadcast_orchestrator.reports.output.terminal import Screen
from broadcast_orchestrator.sim.input.plain_data import NoPlainData, json_value
from broadcast_orchestrator.sim.input.text_files import text_of
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.evidence import EvidenceError, evidence_from_text
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits, SubjectError
from broadcast_orchestrator.sim.subjects.python.class_by_name import python_command, refusal
from broadcast_orchestrator.sim.subjects.scenario import Scenario, ScenarioError, scenario_from_json

LONGEST = {"scenarios": 1_000_000_000, "seconds": 1_000_000, "jobs": 1_024, "patience": 1_000_000}
"""The largest number that can be meant for each option; a million seconds are eleven days."""


@Parameter(name="*")
@dataclass(frozen=True)
class CheckOptions:
    """How long is tried, what is known of the implementation, and where the answer goes.

    Parameters
    ----------
    python
        A Python class in place of a command, package.module:Class, or a function that makes an orchestrator.
    scenarios
        How many scenarios to try; without this and --seconds the whole systematic sweep and a random search after it.
    seconds
        How long to try, in seconds of real time.
    seed
        The seed of everything that is random.
    jobs
        How many processes share the work; with a budget in scenarios the result does not depend on it.
    cluster
        The address of a Dask scheduler whose workers try the scenarios, such as tcp://127.0.0.1:8786; each of them
        starts the command in its own folder.
    dialect
        A TOML file that says where the implementation departs from the guide on purpose, and which measures it claims.
    faults
        Also tell of a reloaded page (F12 or reload) and of another dashboard (F13 or second_dashboard), a list with
        commas; where the dialect claims measures, both are told anyway.
    baseline
        A TOML file of known findings, which do not fail the run.
    write_baseline
        Write the findings into such a file; then they do not fail this run either.
    out
        A folder for index.html, which tells the findings, and for each of them tests, evidence, a picture and a text
        for a bug tracker.
    as_json
        Print one JSON object and nothing else.
    replay
        Play one scenario again: a file of a scenario or of evidence, or the scenario itself as JSON.
    learn
        Also learn a machine from the implementation by asking, and compare it with the guide's; needs the extra learn.
    patience
        How many seconds of real time the implementation may take for one answer.
    """

    python: str | None = None
    scenarios: Count | None = None
    seconds: float | None = None
    seed: Seed = 0
    jobs: Jobs = 1
    cluster: str | None = None
    dialect: Path | None = None
    faults: str | None = None
    baseline: Path | None = None
    write_baseline: Path | None = None
    out: Path | None = None
    as_json: JsonFlag = False
    replay: str | None = None
    learn: Flag = False
    patience: float = 10.0


DEFAULTS = CheckOptions()


def run(*command: Annotated[str, Parameter(allow_leading_hyphen=True)], options: CheckOptions = DEFAULTS) -> ExitCode:
    """Check the implementation that the command starts, or play one scenario again.

    Parameters
    ----------
    command
        What starts the implementation, after --, such as: -- node adapter.mjs
    """
    _check(command, options)
    everyday_named("--faults", options.faults)
    served = command or _served(options.python)
    started = Started(served, options.dialect, options.python, _budget(options))
    writable(options.write_baseline)
    with made_folder(options.out):
        return _checked(started, options) if options.replay is None else _replay(options.replay, started, options)


def _served(python: str | None) -> tuple[str, ...]:
    """The command that serves the class; bad input where there is none, or it cannot be driven."""
    if python is None:
        raise BadInput("check: there is no command to start, try broadcast check -- node adapter.mjs")
    if why := refusal(python):
        raise BadInput(f"--python {why}")
    return python_command(python)


def _check(command: tuple[str, ...], options: CheckOptions) -> None:
    if command and options.python is not None:
        raise BadInput("check: --python and a command both name an implementation, leave one out")
    if command and command[0].startswith("-"):
        raise BadInput(f"check: {command[0]} is unknown{near_match(command[0], _option_names())}")
    if options.scenarios is not None and options.seconds is not None:
        raise BadInput("check: --scenarios and --seconds are both a budget, leave one out")
    for name in LONGEST:
        value = getattr(options, name)
        if value is not None and not 0 < value <= LONGEST[name]:
            raise BadInput(f"--{name} {value}: expected a number above 0, up to {LONGEST[name]:,}")


def _option_names() -> list[str]:
    """The options as they are written: what is none of them would be taken for the command of the implementation."""
    app = App()
    app.default(run)
    return [each.name for each in app.assemble_argument_collection() if each.name.startswith("--")]


def _checked(started: Started, options: CheckOptions) -> ExitCode:
    """As claimed where nothing new is found, violated for a new finding, unknown where the sweep was cut off."""
    dialect, known = dialect_given(options.dialect), _baseline(options.baseline)
    limits = Limits(seconds=options.patience)
    make_subject = partial(ChildSubject, started.command, limits)
    try:
        with signals_interrupt() as interrupts, usable_cluster(options.cluster), progress_bar() as progress:
            report = check(
                make_subject,
                scenarios=options.scenarios,
                seconds=options.seconds,
                seed=options.seed,
                jobs=options.jobs,
                cluster=options.cluster,
                dialect=dialect,
                limits=limits,
                baseline=known,
                everyday=everyday_named("--faults", options.faults),
                progress=progress,
                interrupted=lambda: interrupts.came is not None,
            )
    except SubjectError as mistake:
        raise BadInput(f"check: {' '.join(str(mistake).split())}") from None
    against = compared(report.findings, known, report.vanished)
    _tell(report, against, started, options, dialect)
    if options.write_baseline is not None:
        _write_baseline(options.write_baseline, report, known, options)
    elif against.new:
        return ExitCode.VIOLATED
    return ExitCode.AS_CLAIMED if report.complete else ExitCode.UNKNOWN


def _budget(options: CheckOptions) -> tuple[str, ...]:
    """How much to do, as it is written on a command line."""
    named = (("--scenarios", options.scenarios), ("--seconds", options.seconds), ("--seed", options.seed or None))
    asked = ("--faults", options.faults) if options.faults is not None else ()
    return (*(word for name, value in named if value is not None for word in (name, f"{value:g}")), *asked)


def _write_baseline(file: Path, report: CheckReport, known: tuple[Known, ...], options: CheckOptions) -> None:
    write_whole(file, baseline_text(report.findings, known))
    if not options.as_json:
        count = f"{len(report.findings)} finding{'' if len(report.findings) == 1 else 's'}"
        Screen().print(f"known from now on: {count}, in {file}", markup=False, soft_wrap=True)


def _tell(report: CheckReport, against: Compared, started: Started, options: CheckOptions, dialect: Dialect) -> None:
    """On the screen or as JSON, and into the folder."""
    written: tuple[Path, ...] = ()
    if options.out is not None:
        from broadcast_orchestrator.reports.check.files import write_files  # Jinja, for the page

        written = write_files(report, against, started, dialect, options.out)
    add_step_summary(lambda: summary(report, against, started))
    if options.as_json:
        print_json(json_object(report, against, started))
        return
    console = Screen()
    for kind, text in lines(report, against, started):
        row = text if kind == REPLAY else fitted(text, console)
        console.print(Text(row, style=STYLES[kind]), soft_wrap=True)
    if written:
        console.print(Text(f"written: {len(written)} files in {options.out}", style="dim"), soft_wrap=True)
    if options.learn:
        show_learned(console, partial(ChildSubject, started.command), dialect, options.out)


def _baseline(file: Path | None) -> tuple[Known, ...]:
    try:
        return () if file is None else load_baseline(file)
    except BaselineError as mistake:
        raise BadInput(f"--baseline {mistake}") from None


# -- One scenario again ---------------------------------------------------------------------------


def _replay(what: str, started: Started, options: CheckOptions) -> ExitCode:
    """Play one scenario again, and say what it breaks; violated where it breaks something."""
    scenario, dialect = _scenario(what), dialect_given(options.dialect)
    limits = Limits(seconds=options.patience)
    try:
        violations, evidence = replayed(scenario, partial(ChildSubject, started.command, limits), dialect, limits)
    except SubjectError as mistake:
        raise BadInput(f"check: {' '.join(str(mistake).split())}") from None
    if options.out is not None:
        write_whole(options.out / "replay.jsonl", evidence.to_text())
    if options.as_json:
        data = {"format": 1, "scenario": scenario.to_json(), "broken": [_plain(each) for each in violations]}
        print_json(data)
        return exit_code_if(violations)
    console = Screen()
    for at_ms, words in told(evidence):
        console.print(Text(fitted(f"{at_ms:>9,.0f} ms  {words}", console)), soft_wrap=True)
    for each in violations:
        console.print(Text(f"✗ {each}", style="bold red"), soft_wrap=True)
    if not violations:
        console.print(Text("✓ nothing is broken, and the reference does the same", style="green"), soft_wrap=True)
    return exit_code_if(violations)


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
            return scenario_from_json(json_value(what))
        text = text_of(what, EvidenceError, "scenario")
        first, _, rest = text.partition("\n")
        if rest.strip() and '"format"' in first:
            return evidence_from_text(text, what).scenario
        return scenario_from_json(json_value(text))
    except (ScenarioError, EvidenceError, NoPlainData) as mistake:
        where = "" if what.lstrip().startswith("{") or str(mistake).startswith(what) else f"{what}: "
        advice = "" if isinstance(mistake, ScenarioError) else "; try the .jsonl of a finding, or a scenario as JSON"
        raise BadInput(f"--replay {where}{mistake}{advice}") from None
