"""The command `broadcast`: what can be asked, and what is answered when that makes no sense.

Whatever is heavy is imported inside the command that needs it, so that help comes at once.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter

from broadcast_orchestrator.model.config import near_match
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, UNKNOWN, VIOLATED
from broadcast_orchestrator.reports.output.files import BadInput

EXIT_CODES = {PROVED: 0, VIOLATED: 1, UNKNOWN: 3}
BAD_INPUT, INTERRUPTED, NOBODY_READS = 2, 130, 141
"""What the command says to whoever started it; the last two are the customary ones of Unix."""

app = App(
    name="broadcast",
    help="Simulate and verify the Broadcast Orchestrator.",
    help_epilogue="Exit codes: 0 all as claimed, 1 violated, 2 bad usage or input, 3 unknown.",
    version_flags=["--version"],
    suppress_keyboard_interrupt=False,  # it is answered below
)
Flag = Parameter(negative="")


@app.command
def verify(
    *,
    faults: int = 2,
    seed: int = 0,
    out: Path | None = None,
    json: Annotated[bool, Flag] = False,
    only: str | None = None,
    faults_only: str | None = None,
    places: str | None = None,
    rules: str | None = None,
    thorough: Annotated[bool, Flag] = False,
    runs: int | None = None,
    events: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    annotations: bool | None = None,
    since: Path | None = None,
    experiment: list[Path] | None = None,
) -> int:
    """Prove the guarantees, ask the graphs, try random runs; print the matrix.

    Parameters
    ----------
    faults
        How many faults may happen in one run, 0 to 3.
    seed
        The seed of everything that is random.
    out
        A folder for report.html, report.json, junit.xml, summary.md and a trace of each witness.
    json
        Print one JSON object and nothing else.
    only
        Only these guarantees, such as G2,G4. With this or one of the next three, the explorer alone is asked.
    faults_only
        Only these classes of fault, such as F2,F3; F0 is no fault.
    places
        Only faults at these places, such as rollback,cleanup.
    rules
        Another core to be judged, module:Class.
    thorough
        Also measure how the search grows with the faults, and have every broken variant of the reference caught;
        takes minutes more.
    runs
        How many random runs are simulated and judged, a thousand if nothing is said; a million take some minutes.
    events
        A file for what happens while it happens, a JSON object a line; - for standard output, and nothing else there.
    annotations
        Print what is violated as GitHub annotations. By default where GITHUB_ACTIONS is true.
    since
        An earlier report, to tell what changed since; by default the one that is replaced in --out, if there is one.
    experiment
        A folder of `broadcast experiment --out`, whose claims and pictures the report shows; may be given more than
        once.
    """
    if not 0 <= faults <= 3:
        raise BadInput(f"--faults {faults}: expected a number from 0 to 3, try --faults 2")
    from broadcast_orchestrator.properties.verification import campaign
    from broadcast_orchestrator.reports.commands import verify
    from broadcast_orchestrator.reports.options import verified_scope

    asked = verified_scope.asked(only, faults_only, places, rules)
    if thorough and (only or faults_only or places or rules):
        raise BadInput("--thorough: is about everything, leave out --only, --faults-only, --places and --rules")
    if events is not None and events != "-" and events.startswith("-"):
        raise BadInput(f"--events {events}: expected a file or -, try --events events.ndjson")
    if runs is not None and runs < 0:
        raise BadInput(f"--runs {runs}: expected 0 or more")
    if runs is not None and (only or faults_only or places or rules):
        raise BadInput("--runs: the explorer alone is asked, leave out --only, --faults-only, --places and --rules")
    if json and events == "-":
        raise BadInput("--events -: leaves no room for --json, try --events FILE")
    outlets = verify.Outlets(_folder(out), json, events, annotations, since, tuple(experiment or ()))
    count = campaign.RUNS if runs is None else runs
    return EXIT_CODES[verify.run(faults, seed, asked, outlets, thorough=thorough, runs=count)]


@app.command
def simulate(
    *, seed: int = 0, fail: list[str] | None = None, trace: Path | None = None, rules: str | None = None
) -> int:
    """Run one broadcast from initialize to stop, and show it as a timeline.

    Parameters
    ----------
    seed
        The seed of everything that is random.
    fail
        A call that fails the first time, SERVICE.OPERATION or SERVICE.OPERATION:FAULT, such as host.start:hang.
    trace
        A file for the trace, which `broadcast replay` takes.
    rules
        Another core to run, module:Class.
    """
    from broadcast_orchestrator.reports.commands import simulate
    from broadcast_orchestrator.reports.options import judged_rules

    _writable(trace)
    return simulate.simulate(seed, tuple(fail or ()), trace, judged_rules.rules_given(rules))


@app.command
def replay(file: Path, /, *, rules: str | None = None) -> int:
    """Take every step of a trace again, and say whether the same follows.

    Parameters
    ----------
    file
        A trace, as written by `simulate --trace` or beside a report.
    rules
        The core that it was made by, module:Class, where that is not the reference.
    """
    from broadcast_orchestrator.reports.commands import simulate

    return simulate.replay(file, rules)


@app.command
def explain(
    witness: Path,
    /,
    *,
    out: Path | None = None,
    json: Annotated[bool, Flag] = False,
    rules: str | None = None,
) -> int:
    """Shrink a run that breaks a guarantee, and tell what it takes and why.

    Parameters
    ----------
    witness
        A trace, as written by `simulate --trace` or beside a report.
    out
        A folder for the timeline, the smaller trace, and a pytest file that fails until the bug is gone.
    json
        Print one JSON object and nothing else.
    rules
        The core to be judged, module:Class, where that is not the reference.
    """
    from broadcast_orchestrator.reports.commands import explain

    return explain.run(witness, rules, _folder(out), as_json=json)


@app.command
def graph(
    *,
    what: Literal["table", "procedures", "coverage", "witness", "space"] = "table",
    format: Literal["svg", "png", "dot", "mermaid", "plantuml", "scxml", "xstate", "tla", "itf"] | None = None,
    out: Path | None = None,
    filter: str | None = None,
    trace: Path | None = None,
    faults: int | None = None,
    seed: int = 0,
    rules: str | None = None,
) -> int:
    """Draw the table, the procedures, what was covered, one run, or the explored space; or hand them to other tools.

    Parameters
    ----------
    what
        Which graph: the transition table; the procedures step by step; how often each engine took each row; the run
        in --trace as a path; or the explored space in summary.
    format
        How: as a picture or as text; scxml, xstate and tla take the machine to other tools, itf a run. Without it the
        suffix of --out decides (.svg .png .dot .mmd .puml .scxml .xstate.json .tla .itf.json), or else it is dot.
    out
        The file to write, instead of the screen. A picture's DOT is written beside it, a .tla file's .cfg as well.
    filter
        Only what belongs to this state, command, phase, operation or service, and what leads in and out of it.
    trace
        The run to be drawn, as written by `simulate --trace` or beside a report.
    faults
        How many faults the search may have, 1 by default: up to 2 for procedures and coverage, up to 1 for space.
    seed
        The seed of the random runs that coverage counts.
    rules
        The core that the run was made by, module:Class, where that is not the reference.
    """
    from broadcast_orchestrator.reports.commands import graph

    _writable(out)
    return graph.draw(graph.GraphOptions(what, format, out, filter, trace, faults, seed, rules))


@app.command
def audit(*, format: Literal["text", "markdown", "sarif"] = "text", out: Path | None = None) -> int:
    """Compare the guide with itself, with its table and with the reference: what differs, and what settles it.

    Parameters
    ----------
    format
        As plain text, as Markdown, or as SARIF 2.1.0 for code scanning.
    out
        The file to write, instead of the screen.
    """
    from broadcast_orchestrator.reports.commands import audit

    _writable(out)
    return audit.run(format, out)


@app.command
def experiment(
    what: str | None = None,
    /,
    *,
    list: Annotated[bool, Flag] = False,
    schema: Annotated[bool, Flag] = False,
    runs: int | None = None,
    seed: int | None = None,
    jobs: int = 1,
    out: Path | None = None,
    json: Annotated[bool, Flag] = False,
    set: list[str] | None = None,
    until: str | None = None,
    exact: Annotated[bool, Flag] = False,
    cluster: str | None = None,
    parquet: Annotated[bool, Flag] = False,
    replay: int | None = None,
    trace: Path | None = None,
) -> int:
    """Answer a question with many simulated runs: estimates with intervals, verdicts on claims, what went wrong.

    Parameters
    ----------
    what
        An experiment file, or the name of one that ships with the package.
    list
        List those that ship with the package.
    schema
        Print the JSON schema of experiment files; with --json that of the answer.
    runs
        How many runs each point has at most, in place of what the file says.
    seed
        The seed of everything that is random, in place of what the file says.
    jobs
        How many processes share the work; -1 for as many as there are cores. Results do not depend on it.
    out
        A folder for results.sqlite, answer.json, report.html, junit.xml, the pictures and the traces. The same
        command goes on from what is there.
    json
        Print one JSON object and nothing else.
    set
        A setting, KEY=VALUE, such as config.max_retries=5 or faults.1.probability=0.1.
    until
        Stop early: precision=SHARE when the interval is that narrow to either side, decided when a sequential test
        has decided every claim about a share.
    exact
        Show the exact value beside an estimate, where there is one.
    cluster
        The address of a Dask scheduler that shares the work, such as tcp://127.0.0.1:8786.
    parquet
        Write the runs to runs.parquet in the folder, too.
    replay
        Make one run again by its seed, and show it.
    trace
        A file for the trace of that run.
    """
    from broadcast_orchestrator.reports.commands import experiment

    if list:
        return experiment.list_all()
    if schema:
        return experiment.print_schema(of_answer=json)
    if what is None:
        raise BadInput("experiment: name a file or an experiment, try broadcast experiment --list")
    if jobs < -1 or jobs == 0:
        raise BadInput(f"--jobs {jobs}: expected a number from 1, or -1 for all cores")
    if trace is not None and replay is None:
        raise BadInput(f"--trace {trace}: goes with --replay SEED")
    if parquet and out is None:
        raise BadInput("--parquet: needs a folder, add --out DIR")
    settings = tuple(set or ())
    if replay is not None:
        _writable(trace)
        return experiment.replay(experiment.changed(what, settings, runs, seed), replay, trace)
    study = experiment.changed(what, settings, runs, seed)
    options = experiment.ExperimentOptions(_folder(out), jobs, until, cluster, json, exact, parquet)
    return experiment.run(study, options, what, settings)


@app.command
def compare(before: Path, after: Path, /, *, json: Annotated[bool, Flag] = False) -> int:
    """Compare two results of the same experiment: what changed, and whether chance explains it.

    Parameters
    ----------
    before
        A results.sqlite, or the folder that it is in.
    after
        Another one.
    json
        Print one JSON object and nothing else.
    """
    from broadcast_orchestrator.reports.commands import compare

    return compare.compare(before, after, as_json=json)


@app.command
def diff(before: Path, after: Path, /, *, json: Annotated[bool, Flag] = False) -> int:
    """Compare two reports: cells, claims, coverage, bounds, mutants and estimates that changed; 1 if any got worse.

    Parameters
    ----------
    before
        A report.json of `verify`, an answer.json of `experiment`, or the folder that one is in.
    after
        Another one.
    json
        Print one JSON object and nothing else.
    """
    from broadcast_orchestrator.reports.commands import diff

    return diff.diff(before, after, as_json=json)


@app.command
def mutants(
    *,
    engine: list[Literal["explorer", "simulator", "hypothesis"]] | None = None,
    only: list[str] | None = None,
    jobs: int = 1,
    json: Annotated[bool, Flag] = False,
) -> int:
    """Break the reference on purpose, one rule at a time, and tell which guarantee notices.

    Parameters
    ----------
    engine
        Who looks for them, the explorer by default; may be given more than once.
    only
        A mutant by name; may be given more than once.
    jobs
        How many processes share the work.
    json
        Print one JSON object and nothing else.
    """
    if jobs < 1:
        raise BadInput(f"--jobs {jobs}: expected a number from 1, try --jobs 1")
    from broadcast_orchestrator.reports.commands import mutants

    engines = tuple(dict.fromkeys(engine or ("explorer",)))
    return EXIT_CODES[mutants.run(engines, tuple(only or ()), jobs, as_json=json)]


@app.command
def monitor(
    *,
    port: int = 8765,
    seed: int = 0,
    speed: float = 1.0,
    fail: list[str] | None = None,
    paused: Annotated[bool, Flag] = False,
    trace: Path | None = None,
    subject: str | None = None,
    rules: str | None = None,
) -> int:
    """Serve the state monitor, a page on this machine: watch a run, drive it, disturb it, look back.

    Parameters
    ----------
    port
        Where; 0 takes a port that is free.
    seed
        The seed of everything that is random.
    speed
        Simulated seconds a second.
    fail
        A call that fails the first time, as for simulate.
    paused
        Begin with the time standing still.
    trace
        Show this trace, or this evidence of a subject, which is only looked at.
    subject
        Attach to another implementation: the command that starts it, such as "node adapter.mjs".
    rules
        Another core to run, module:Class.
    """
    if not 0 <= port <= 65_535:
        raise BadInput(f"--port {port}: expected a number from 0 to 65535, try --port 0")
    from broadcast_orchestrator.reports.commands import monitor

    options = monitor.MonitorOptions(seed, speed, tuple(fail or ()), trace, rules, subject, paused)
    return monitor.monitor(port, options)


@app.command
def watch(
    *,
    seed: int = 0,
    speed: float = 1.0,
    fail: list[str] | None = None,
    demo: Annotated[bool, Flag] = False,
    rules: str | None = None,
) -> int:
    """The state monitor in a terminal. Where nobody is at the keyboard, one broadcast is played.

    Parameters
    ----------
    seed
        The seed of everything that is random.
    speed
        Simulated seconds a second.
    fail
        A call that fails the first time, as for simulate.
    demo
        Play one broadcast and end.
    rules
        Another core to run, module:Class.
    """
    from broadcast_orchestrator.reports.commands import watch
    from broadcast_orchestrator.reports.options import judged_rules

    return watch.watch(seed, speed, tuple(fail or ()), judged_rules.rules_given(rules), demo=demo)


@app.command
def check(
    *command: Annotated[str, Parameter(allow_leading_hyphen=True)],
    scenarios: int | None = None,
    seconds: float | None = None,
    seed: int = 0,
    jobs: int = 1,
    dialect: Path | None = None,
    baseline: Path | None = None,
    write_baseline: Path | None = None,
    out: Path | None = None,
    json: Annotated[bool, Flag] = False,
    replay: str | None = None,
    learn: Annotated[bool, Flag] = False,
    patience: float = 10.0,
) -> int:
    """Find what is wrong with any implementation that speaks the subject protocol: check [options] -- COMMAND.

    Parameters
    ----------
    command
        What starts the implementation, after --, such as: -- node adapter.mjs
    scenarios
        How many scenarios to try; without this and --seconds the whole systematic sweep and a random search after it.
    seconds
        How long to try, in seconds of real time.
    seed
        The seed of everything that is random.
    jobs
        How many processes share the work; with a budget in scenarios the result does not depend on it.
    dialect
        A TOML file that says where the implementation departs from the guide on purpose.
    baseline
        A TOML file of known findings, which do not fail the run.
    write_baseline
        Write the findings into such a file; then they do not fail this run either.
    out
        A folder for tests, evidence, pictures and texts for a bug tracker, for each finding.
    json
        Print one JSON object and nothing else.
    replay
        Play one scenario again: a file of a scenario or of evidence, or the scenario itself as JSON.
    learn
        Also learn a machine from the implementation by asking, and compare it with the guide's; needs the extra learn.
    patience
        How many seconds of real time the implementation may take for one answer.
    """
    if not command:
        raise BadInput("check: there is no command to start, try broadcast check -- node adapter.mjs")
    if command[0].startswith("-"):
        known = ["--" + name.replace("_", "-") for name in check.__kwdefaults__ or ()]
        raise BadInput(f"check: {command[0]} is unknown{near_match(command[0], known)}")
    if scenarios is not None and seconds is not None:
        raise BadInput("check: --scenarios and --seconds are both a budget, leave one out")
    for name, value in (("--scenarios", scenarios), ("--seconds", seconds), ("--jobs", jobs), ("--patience", patience)):
        if value is not None and value <= 0:
            raise BadInput(f"{name} {value}: expected a number above 0")
    from broadcast_orchestrator.reports.commands import check as check_command

    _writable(write_baseline)
    options = check_command.CheckOptions(
        scenarios, seconds, seed, jobs, dialect, baseline, write_baseline, _folder(out), json, learn, patience
    )
    return check_command.run(command, options) if replay is None else check_command.replay(replay, command, options)


@app.command
def serve_reference(*, dialect: Path | None = None, rules: str | None = None) -> int:
    """Serve the reference as a subject over standard input and output, as `check` drives one.

    Parameters
    ----------
    dialect
        A TOML file that says how it departs from the guide.
    rules
        Another core to serve, module:Class.
    """
    from broadcast_orchestrator.reports.commands import serve_reference

    return serve_reference.serve_reference(dialect, rules)


@app.command
def kit() -> int:
    """Print the folder of the kit that serves TypeScript to `check`; npm can install it."""
    from broadcast_orchestrator import sim

    print(Path(sim.__file__).parent / "node")
    return 0


def _folder(out: Path | None) -> Path | None:
    """The folder, made now: a run of minutes must not end with a message about a name."""
    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as mistake:
            raise BadInput(f"--out {out}: {mistake.strerror}, try another folder") from None
        if not os.access(out, os.W_OK):
            raise BadInput(f"--out {out}: may not be written to, try another folder")
    return out


def _writable(file: Path | None) -> None:
    if file is not None and file.is_dir():
        raise BadInput(f"{file}: is a folder, try {file / 'NAME'}")


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit with its code; see CONTRIBUTING for the codes."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(_answered(sys.argv[1:] if arguments is None else arguments))


def _answered(arguments: list[str]) -> int:
    """The exit code; every mistake of the caller becomes one line."""
    try:
        code = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except CycloptsError as mistake:
        return _refused(f"{mistake} See broadcast --help.")
    except BadInput as mistake:
        return _refused(*str(mistake).splitlines())
    except BrokenPipeError:
        _nobody_reads()
        return NOBODY_READS
    except OSError as mistake:
        return _refused(f"{mistake.filename or 'output'}: {mistake.strerror}")
    except KeyboardInterrupt:
        print("broadcast: interrupted", file=sys.stderr)
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _refused(*messages: str) -> int:
    for message in messages:
        print(f"broadcast: {' '.join(message.split())}", file=sys.stderr)
    return BAD_INPUT


def _nobody_reads() -> None:
    """Keep Python from complaining about the closed pipe once more when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
