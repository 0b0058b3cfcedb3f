"""The command `broadcast`: what can be asked, and what is answered when that makes no sense.

Whatever is heavy is imported inside the command that needs it, so that help comes at once.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter

from properties.verdicts import PROVED, UNKNOWN, VIOLATED
from reports.files import BadInput

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
    """
    if not 0 <= faults <= 3:
        raise BadInput(f"--faults {faults}: expected a number from 0 to 3, try --faults 2")
    from reports import narrowing, verifying

    asked = narrowing.asked(only, faults_only, places, rules)
    if thorough and (only or faults_only or places or rules):
        raise BadInput("--thorough: is about everything, leave out --only, --faults-only, --places and --rules")
    folder = _folder(out)
    return EXIT_CODES[verifying.run(faults, seed, folder, asked, as_json=json, thorough=thorough)]


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
    from reports import judged_rules, simulating

    _writable(trace)
    return simulating.simulate(seed, tuple(fail or ()), trace, judged_rules.rules_given(rules))


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
    from reports import simulating

    return simulating.replay(file, rules)


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
    from reports import explaining

    return explaining.run(witness, rules, _folder(out), as_json=json)


@app.command
def graph(
    *,
    what: Literal["table", "procedures"] = "table",
    format: Literal["svg", "png", "dot", "mermaid"] | None = None,
    out: Path | None = None,
) -> int:
    """Draw the transition table, or the procedures step by step.

    Parameters
    ----------
    what
        Which graph.
    format
        How: as a picture or as text. Without it the suffix of --out decides, or else it is dot.
    out
        The file to write, instead of the screen.
    """
    from reports import drawing_command

    _writable(out)
    return drawing_command.draw(what, format, out)


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
        Print the JSON schema of experiment files.
    runs
        How many runs each point has at most, in place of what the file says.
    seed
        The seed of everything that is random, in place of what the file says.
    jobs
        How many processes share the work; -1 for as many as there are cores. Results do not depend on it.
    out
        A folder for results.sqlite, answer.json, report.html, the pictures and the traces. The same command goes
        on from what is there.
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
    from reports import experimenting

    if list:
        return experimenting.list_all()
    if schema:
        return experimenting.print_schema()
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
        return experimenting.replay(experimenting.changed(what, settings, runs, seed), replay, trace)
    study = experimenting.changed(what, settings, runs, seed)
    options = experimenting.Options(_folder(out), jobs, until, cluster, json, exact, parquet)
    return experimenting.run(study, options, what, settings)


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
    from reports import comparing

    return comparing.compare(before, after, as_json=json)


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
    from reports import mutant_table

    engines = tuple(dict.fromkeys(engine or ("explorer",)))
    return EXIT_CODES[mutant_table.run(engines, tuple(only or ()), jobs, as_json=json)]


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
