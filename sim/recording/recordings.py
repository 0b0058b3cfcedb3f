"""Recorded runs, read from files: traces, evidence of a subject, recordings of a real store.

A file that is still written, or whose writer was killed, may end within a line: what is whole counts, and what is not
is named.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from broadcast_orchestrator.model.config import shown
from broadcast_orchestrator.sim.input.plain_data import NoPlainData, json_value
from broadcast_orchestrator.sim.input.text_files import bytes_of, decoded
from broadcast_orchestrator.sim.recording import store_recording
from broadcast_orchestrator.sim.recording.store_recording import NothingSeen
from broadcast_orchestrator.sim.subjects import evidence as subject_evidence
from broadcast_orchestrator.sim.subjects.evidence import CUT_OFF, Evidence, evidence_from_text
from broadcast_orchestrator.sim.world import trace as world_trace
from broadcast_orchestrator.sim.world.trace import Trace

WHAT = "recorded run"
"""What such a file is, in messages."""

RecordedRun = Trace | Evidence
"""A run of the core, step by step, or one that was seen from outside."""


class RecordingError(ValueError):
    """A file that is no recorded run; the message is one line with the file and what is wrong there."""


class NothingRecorded(RecordingError):
    """A file in which there is nothing to judge yet."""


class Recording(NamedTuple):
    """What is whole of a file: its `name`, the run, in words what of it is no whole line ("" where all is), and whether
    its last line says that nothing comes after it."""

    name: str
    run: RecordedRun
    torn: str = ""
    is_over: bool = False


def load_recording(file: Path) -> Recording:
    """The run in the file. Raises `RecordingError` where there is none."""
    return recording_of(bytes_of(file, RecordingError, WHAT), str(file))


def recording_of(data: bytes, name: str) -> Recording:
    """The run that these bytes hold, as far as their lines are whole. Raises `RecordingError` where there is none."""
    whole, _, torn = data.rpartition(b"\n")
    if not whole:
        raise _refusal(name, torn.decode(errors="replace"))
    text = f"{decoded(whole, name, RecordingError, WHAT)}\n"
    form = _format_of(text.split("\n", 1)[0])
    if form not in _READERS:
        raise _refusal(name, text)
    try:
        is_begun = torn and form == subject_evidence.FORMAT
        run = evidence_from_text(text, name, is_whole=False) if is_begun else read_run(text, name)
    except NothingSeen as mistake:
        raise NothingRecorded(str(mistake)) from None
    except ValueError as mistake:
        raise RecordingError(str(mistake)) from None
    if torn and isinstance(run, Evidence):
        run = replace(run, ended=CUT_OFF)
    cut = f"line {whole.count(10) + 2} is cut off, and was left out" if torn else ""
    ends = whole.rpartition(b"\n")[2].startswith(b'{"ended"')
    return Recording(name, run, cut, ends or form == subject_evidence.FORMAT)


def read_run(text: str, name: str) -> RecordedRun:
    """The run that is this text; what names no format is taken for a trace. Raises `ValueError`, one line that begins
    with the name, where it is none."""
    return _READERS.get(_format_of(text.split("\n", 1)[0]), Trace.from_text)(text, name)


_READERS: dict[str | None, Callable[[str, str], RecordedRun]] = {
    world_trace.FORMAT: Trace.from_text,
    subject_evidence.FORMAT: evidence_from_text,
    store_recording.FORMAT: store_recording.evidence_of_text,
}


def _format_of(line: str) -> str | None:
    form = _says_of_its_format(line)
    return form if isinstance(form, str) else None


def _says_of_its_format(text: str) -> object:
    try:
        header = json_value(text)
    except NoPlainData:
        return None
    return header.get("format") if isinstance(header, dict) else None


def _refusal(name: str, text: str) -> RecordingError:
    """Why this text is no recorded run."""
    first = text.split("\n", 1)[0]
    if not text.strip():
        return NothingRecorded(f"{name}: is empty; a recorded run begins with a line that names its format")
    if isinstance(_says_of_its_format(text), int):
        return RecordingError(f"{name}: is a report, which is judged already; try the .jsonl files beside it")
    if "\n" not in text and (first.startswith(_BEGINNING) or _BEGINNING.startswith(first)):
        return NothingRecorded(f"{name}: line 1 is cut off; there is nothing to judge yet")
    said = _says_of_its_format(first)
    found = f", got {shown(said)}" if said is not None else ""
    known = ", ".join(map(str, _READERS))
    return RecordingError(f"{name}: line 1 begins no recorded run; expected the format {known}{found}")


_BEGINNING = '{"format":"broadcast-'
"""How the first line of every recorded run begins."""
