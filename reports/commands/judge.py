"""`broadcast judge`: recorded runs, judged by the guarantees."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from cyclopts import Parameter
from rich.text import Text

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.recorded.judging import judge_recording
from broadcast_orchestrator.reports.check.words import STYLES, Started
from broadcast_orchestrator.reports.judge.following import follow
from broadcast_orchestrator.reports.judge.words import Judged, json_object, lines
from broadcast_orchestrator.reports.options.dialects import dialect_given
from broadcast_orchestrator.reports.options.judged_rules import rules_for
from broadcast_orchestrator.reports.options.option_types import Flag, JsonFlag
from broadcast_orchestrator.reports.options.places import made_folder
from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.output.formats.json_objects import print_json
from broadcast_orchestrator.reports.output.terminal import Screen
from broadcast_orchestrator.sim.recording.recordings import Recording, RecordingError, load_recording
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.evidence import Evidence


@Parameter(name="*")
@dataclass(frozen=True)
class JudgeOptions:
    """By what is judged, and where the answer goes.

    Parameters
    ----------
    rules
        The core that a trace was made by, module:Class, where that is not the reference.
    dialect
        A TOML file that says where the implementation that was recorded departs from the guide on purpose.
    out
        A folder for judge.json, a page of each recording to step through, and tests of what it breaks.
    subject
        The command that starts the implementation that was recorded, such as "node adapter.mjs": with --out, what
        evidence breaks becomes tests that ask it again.
    as_json
        Print one JSON object and nothing else.
    follow
        Follow the one file while it grows, and tell what is broken as soon as it is; the end of the recording or Ctrl-C
        ends it, and then all is told.
    """

    rules: str | None = None
    dialect: Path | None = None
    out: Path | None = None
    subject: str | None = None
    as_json: JsonFlag = False
    follow: Flag = False


DEFAULTS = JudgeOptions()


def run(*files: Path, options: JudgeOptions = DEFAULTS) -> ExitCode:
    """Judge what was recorded; violated where a guarantee is broken, unknown where a recording leaves something open.

    Parameters
    ----------
    files
        Recorded runs: traces, evidence of a check, what the kit's record has written.
    """
    _check(files, options)
    dialect, started = dialect_given(options.dialect), _started(options)
    with made_folder(options.out) as place:
        if options.follow:
            news = None if options.as_json else Screen()
            follow(files[0], lambda recording: _judgement(recording, options, dialect), news)
        judged = tuple(_judged(file, options, dialect) for file in files)
        if options.as_json:
            print_json(json_object(judged))
        else:
            for each in judged:
                show(Screen(), each)
        if place is not None:
            from broadcast_orchestrator.reports.judge.files import write_files  # Jinja, for the pages

            written = write_files(judged, started, dialect, place)
            if not options.as_json:
                Screen().print(Text(f"written: {len(written)} files in {place}", style="dim"), soft_wrap=True)
    return _code(judged)


def _check(files: tuple[Path, ...], options: JudgeOptions) -> None:
    if not files:
        raise BadInput("judge: there is no file to judge, try broadcast judge evening.jsonl")
    if options.follow and len(files) > 1:
        raise BadInput("--follow: follows one file, leave out the others")


def show(console: Screen, judged: Judged) -> None:
    """Print everything there is to say of one recording."""
    for kind, text in lines(judged):
        console.print(Text(text, style=STYLES[kind]), soft_wrap=True)


def _judged(file: Path, options: JudgeOptions, dialect: Dialect) -> Judged:
    try:
        recording = load_recording(file)
    except RecordingError as mistake:
        raise BadInput(str(mistake)) from None
    return _judgement(recording, options, dialect)


def _judgement(recording: Recording, options: JudgeOptions, dialect: Dialect) -> Judged:
    rules = _rules(recording, options.rules)
    return Judged(recording, judge_recording(recording, rules, dialect), rules)


def _rules(recording: Recording, given: str | None) -> type[Core]:
    if isinstance(recording.run, Evidence):
        return Core
    try:
        return rules_for(given, recording.run.rules)
    except BadInput as mistake:
        raise BadInput(f"{recording.name}: {mistake}") from None


def _started(options: JudgeOptions) -> Started | None:
    if options.subject is None:
        return None
    try:
        return Started(tuple(shlex.split(options.subject)), options.dialect)
    except ValueError as mistake:
        raise BadInput(f"--subject {options.subject}: {mistake}") from None


def _code(judged: tuple[Judged, ...]) -> ExitCode:
    """The gravest of all: violated before unknown."""
    codes = [exit_code(each.verdict) for each in judged]
    return next((code for code in (ExitCode.VIOLATED, ExitCode.UNKNOWN) if code in codes), ExitCode.AS_CLAIMED)
