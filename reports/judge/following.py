"""Judging a recording while it goes on: what is broken is told as soon as it stands in the file."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from rich.text import Text

from broadcast_orchestrator.reports.check.words import STYLES
from broadcast_orchestrator.reports.judge.words import Judged, breach_lines
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.output.interrupts import signals_interrupt
from broadcast_orchestrator.reports.output.terminal import Screen
from broadcast_orchestrator.sim.recording.following import FollowedFile
from broadcast_orchestrator.sim.recording.recordings import Recording, RecordingError

PAUSE_S = 0.1
"""How long nobody looks at the file, in seconds of real time."""

SHARE = 3
"""How many times as long as the judging took, where it takes long: an evening is judged anew whenever it has grown."""


def follow(file: Path, judge: Callable[[Recording], Judged], console: Screen | None = None) -> None:
    """Tell on the console what is broken, each thing once, until the recording is over or somebody ends it.

    Raises BadInput, one line, where the file is no recording, or becomes another.
    """
    if console is not None:
        console.print(f"following {file} (Ctrl-C ends it)", markup=False, soft_wrap=True)
        sys.stdout.flush()
    told = set[tuple[str, str]]()
    with signals_interrupt(), suppress(KeyboardInterrupt):
        for judged in _growing(file, judge):
            if console is not None:
                _tell_news(judged, told, console)


def _growing(file: Path, judge: Callable[[Recording], Judged]) -> Iterator[Judged]:
    """The judgement of what there is, whenever there is more."""
    followed = FollowedFile(file)
    while True:
        began = time.perf_counter()
        try:
            recording = followed.news()
        except RecordingError as mistake:
            raise BadInput(str(mistake)) from None
        if recording is not None:
            yield judge(recording)
            if recording.is_over:
                return
        time.sleep(max(PAUSE_S, SHARE * (time.perf_counter() - began)))


def _tell_news(judged: Judged, told: set[tuple[str, str]], console: Screen) -> None:
    for breach in judged.judgement.broken:
        sentence = (breach.violation.guarantee, breach.violation.what)
        if sentence not in told:
            told.add(sentence)
            for kind, text in breach_lines(judged, breach, len(told)):
                console.print(Text(text, style=STYLES[kind]), soft_wrap=True)
    sys.stdout.flush()
