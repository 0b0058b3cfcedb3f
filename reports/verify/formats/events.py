"""What happens in a verification while it happens: a stream of events, one JSON object a line.

The shape is published as `reports/schema/events.schema.json`.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

from broadcast_orchestrator.properties.guarantees.verdicts import Cell, Claim
from broadcast_orchestrator.reports.output.formats.json_objects import json_of
from broadcast_orchestrator.reports.verify.report import VerificationReport

FORMAT = 1
"""The version of the shape; it grows when a reader would have to change."""

PAUSE_S = 0.2
"""How long after one event of progress the next about the same thing comes at the earliest, in seconds."""


class Events:
    """Writes each event at once to `out` (None: to nobody), with the seconds since the beginning by `clock`."""

    def __init__(self, out: TextIO | None, clock: Callable[[], float] = time.perf_counter) -> None:
        self._out, self._clock = out, clock
        self._began = clock()
        self._last: tuple[str, float] = ("", 0.0)

    def start(self, faults: int, seed: int) -> None:
        """The verification begins, with so many faults and this seed."""
        self._write("start", format=FORMAT, version=version("broadcast-orchestrator"), faults=faults, seed=seed)

    def progress(self, what: str, done: int, total: int) -> None:
        """So much of something is done, of `total` (0: not known); told when it begins, ends, and now and then."""
        now, (last, at) = self._clock(), self._last
        if what != last or done == total or now - at >= PAUSE_S:
            self._last = what, now
            self._write("progress", what=what, done=done, total=total)

    def found(self, item: Cell | Claim) -> None:
        """A cell or a further claim is decided."""
        if isinstance(item, Cell):
            fields = item._asdict()
            witness = fields.pop("witness")
            self._write("cell", **fields, what=witness.violation.what if witness else None)
        else:
            self._write("claim", **item.to_json())

    def finish(self, report: VerificationReport) -> None:
        """The causes and the verdict; a stream without it was cut off."""
        for told in report.causes:
            self._write("cause", **told.to_json())
        self._write(
            "finish",
            verdict=report.verification.verdict,
            sentence=report.sentence,
            causes=len(report.causes),
            left_out=list(report.left_out),
            seconds=report.verification.seconds,
        )

    def _write(self, event: str, **fields: Any) -> None:
        if self._out is not None:
            line = {"event": event, "at_s": round(self._clock() - self._began, 3), **fields}
            self._out.write(json_of(line))
            self._out.flush()


@contextmanager
def written_to(place: str | None) -> Iterator[Events]:
    """The events go to a file, "-" for standard output, None for nowhere. Raises OSError where they cannot."""
    if place is None or place == "-":
        yield Events(sys.stdout if place else None)
        return
    with Path(place).open("w", encoding="utf-8", newline="\n") as file:
        yield Events(file)
