"""The command `broadcast`: what can be asked, and what is answered when that makes no sense.

Each command lives in a file of `reports.commands`, whose `run` has its options, its checks and what is done with them.
It is imported when it is asked for, so that help comes at once.
"""

import os
import re
import sys
from concurrent.futures import BrokenExecutor

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code_of
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.output.interrupts import Interrupts, say, signals_interrupt
from broadcast_orchestrator.reports.output.standard_streams import ensure_streams

app = App(
    name="broadcast",
    help="Simulate and verify the Broadcast Orchestrator.",
    help_epilogue="Exit codes: 0 all as claimed, 1 violated, 2 bad usage or input, 3 unknown.",
    version_flags=["--version"],
    suppress_keyboard_interrupt=False,  # it is answered below
    default_parameter=Parameter(
        json_list=False, json_dict=False
    ),  # what is given is a text, also where it has brackets
)
NARROWEST = 40
"""How wide the help is at least, in characters: in a column of one, its frames never end."""

COMMANDS = {
    "verify": "Prove the guarantees, ask the graphs, try random runs; print the matrix.",
    "simulate": "Run one broadcast from initialize to stop, and show it as a timeline.",
    "replay": "Take every step of a trace again, and say whether the same follows.",
    "view": "Make a page of a saved run, to step through: a trace, a witness, evidence, what a monitor has saved.",
    "judge": "Judge recorded runs by the guarantees: traces, evidence, a real evening; also one that goes on.",
    "explain": "Shrink a run that breaks a guarantee, and tell what it takes and why.",
    "graph": (
        "Draw the table, the procedures, what was covered, one run, or the explored space; or hand them to other tools."
    ),
    "audit": "Compare the guide with itself, with its table and with the reference: what differs, and what settles it.",
    "experiment": (
        "Answer a question with many simulated runs: estimates with intervals, verdicts on claims, what went wrong."
    ),
    "compare": "Compare two results of the same experiment: what changed, and whether chance explains it.",
    "diff": (
        "Compare two reports: cells, claims, coverage, bounds, mutants and estimates that changed; 1 if any got worse."
    ),
    "measures": (
        "Tell what a team can add to the guide's orchestrator: which cells each measure turns green, and its price."
    ),
    "mutants": "Break the reference on purpose, one rule at a time, and tell which guarantee notices.",
    "monitor": "Serve the state monitor, a page on this machine: watch a run, drive it, disturb it, look back.",
    "watch": "The state monitor in a terminal. Where nobody is at the keyboard, one broadcast is played.",
    "demo": "Run an evening of real processes on this machine: five services, the orchestrator, a store of sessions.",
    "check": (
        "Find what is wrong with any implementation that speaks the subject protocol: check [options] -- COMMAND."
    ),
    "lint": "Read the components of an application, TypeScript and TSX, and tell how they pass the orchestrator by.",
    "serve-reference": "Serve the reference as a subject over standard input and output, as `check` drives one.",
    "kit": "Pack the kit that serves TypeScript to `check` into a file that npm can install, or print its folder.",
}
"""Every command with what its help begins with; the rest of the help is told where the options are."""

ROOMS = {
    **dict.fromkeys(("demo", "monitor", "watch"), "live."),
    **dict.fromkeys(("check", "kit", "lint", "serve-reference"), "own_code."),
}
"""The room of a command that is not directly in `reports.commands`."""

for name, sentence in COMMANDS.items():
    module = ROOMS.get(name, "") + name.replace("-", "_")
    app.command(f"broadcast_orchestrator.reports.commands.{module}:run", name=name, help=sentence)


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit with its code; see CONTRIBUTING for the codes."""
    if not ensure_streams():
        sys.exit(_refused("standard output is closed, try > /dev/null if nobody is to read it"))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    with signals_interrupt() as interrupts:
        code = _answered(sys.argv[1:] if arguments is None else arguments, interrupts)
    sys.exit(code)


def _answered(arguments: list[str], interrupts: Interrupts) -> int:
    """The exit code; every mistake of the caller, and of the machine, becomes one line."""
    try:
        code = app(
            arguments, exit_on_error=False, print_error=False, result_action="return_value", console=_wide_enough()
        )
        sys.stdout.flush()
    except CycloptsError as mistake:
        return _refused(f"{_in_words(str(mistake))} See broadcast --help.")
    except BadInput as mistake:
        return _refused(*str(mistake).splitlines())
    except BrokenPipeError:
        _nobody_reads()
        return ExitCode.NOBODY_READS
    except OSError as mistake:
        return _refused(f"{mistake.filename or 'output'}: {mistake.strerror}")
    except MemoryError:
        return _refused("there is not enough memory for this; try it with less, or where there is more")
    except BrokenExecutor:
        return _refused("a worker was killed, perhaps because memory ran out; try again, or with fewer --jobs")
    except KeyboardInterrupt:
        return _ended(interrupts)
    except Exception:  # a library that an interrupt has broken off while it was beginning something
        if interrupts.came is None:
            raise
        return _ended(interrupts)
    return code if isinstance(code, int) else 0


def _ended(interrupts: Interrupts) -> ExitCode:
    from broadcast_orchestrator.sim.processes.workers import end_workers  # help needs none

    end_workers()
    code = exit_code_of(interrupts.came)
    say("interrupted" if code == ExitCode.INTERRUPTED else code.name.replace("_", " ").lower())
    return code


def _wide_enough() -> Console:
    console = Console()
    return console if console.width >= NARROWEST else Console(width=NARROWEST)


def _refused(*messages: str) -> ExitCode:
    for message in messages:
        say(message)
    return ExitCode.BAD_INPUT


def _in_words(message: str) -> str:
    """What Cyclopts says of a value that does not fit, without the names that Python has for types."""
    for name, words in KINDS.items():
        message = re.sub(rf"into {name}(?=\W*$)", f"into {words}", message)
    return message


KINDS = {"int": "a whole number", "float": "a number"}


def _nobody_reads() -> None:
    """Keep Python from complaining about the closed pipe once more when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
