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
    """
    if not 0 <= faults <= 3:
        raise BadInput(f"--faults {faults}: expected a number from 0 to 3, try --faults 2")
    from reports import verifying

    folder = _folder(out)
    return EXIT_CODES[verifying.run(faults, seed, folder, as_json=json)]


@app.command
def simulate(*, seed: int = 0, fail: list[str] | None = None, trace: Path | None = None) -> int:
    """Run one broadcast from initialize to stop, and show it as a timeline.

    Parameters
    ----------
    seed
        The seed of everything that is random.
    fail
        A call that fails the first time, SERVICE.OPERATION or SERVICE.OPERATION:FAULT, such as host.start:hang.
    trace
        A file for the trace, which `broadcast replay` takes.
    """
    from reports import simulating

    _writable(trace)
    return simulating.simulate(seed, tuple(fail or ()), trace)


@app.command
def replay(file: Path, /) -> int:
    """Take every step of a trace again, and say whether the same follows.

    Parameters
    ----------
    file
        A trace, as written by `simulate --trace` or beside a report.
    """
    from reports import simulating

    return simulating.replay(file)


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
        return _refused(str(mistake))
    except BrokenPipeError:
        _nobody_reads()
        return NOBODY_READS
    except OSError as mistake:
        return _refused(f"{mistake.filename or 'output'}: {mistake.strerror}")
    except KeyboardInterrupt:
        print("broadcast: interrupted", file=sys.stderr)
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _refused(message: str) -> int:
    print(f"broadcast: {' '.join(message.split())}", file=sys.stderr)
    return BAD_INPUT


def _nobody_reads() -> None:
    """Keep Python from complaining about the closed pipe once more when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
