"""The recorder: writes what a running orchestrator does into a trace, as it happens.

    with Recorder("evening.jsonl") as recorder:
        orchestrator = AsyncOrchestrator(services, backend, observers=[recorder])
        ...

Each line is handed to the system as a whole, so that what was written before a kill is a trace.
"""

import asyncio
import os
from pathlib import Path
from types import TracebackType

from broadcast_orchestrator.model.events import Report
from broadcast_orchestrator.model.runtime.observing import News, ServiceSeen, StepTaken
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.sim.recording.redaction import Redact, redacted
from broadcast_orchestrator.sim.recording.trace_setup import recorded_setup
from broadcast_orchestrator.sim.recording.translation import Translation
from broadcast_orchestrator.sim.world.rules_by_name import path_of
from broadcast_orchestrator.sim.world.steps import Fill
from broadcast_orchestrator.sim.world.trace import END, Line, Trace, line_to_text

MADE_BY = "recorder"


class Recorder:
    """An observer of one orchestrator, from its first step on, that writes a trace to `path`, which must not exist yet:
    an evening that is recorded is never overwritten.

    `told` says that services tell by `saw` what they are, before they answer; otherwise whoever answers with success is
    believed. `redact` is asked for each message of a service and each id of a session. Raises `FileExistsError`, and
    any other `OSError` where the file cannot be written; nothing more is written after one.
    """

    def __init__(self, path: str | Path, *, redact: Redact | None = None, told: bool = False) -> None:
        self._redact = redact
        self._setup = recorded_setup(told=told)
        self._translation = Translation(told=told)
        self._early: list[ServiceSeen] = []
        self._held: ServiceSeen | None = None
        self._has_begun = False
        self._file: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o666)

    def __call__(self, news: News) -> None:
        """Write what has happened; nothing once it is closed. Raises `ValueError` where it was not there from the
        orchestrator's first step on."""
        if self._file is None:
            return
        if isinstance(news, StepTaken):
            if not self._has_begun:
                self._write(self._file, self._beginning(news))
                self._has_begun = True
            self._let_go(unless=news)
            self._tell(news)
        elif not self._has_begun:
            self._early.append(news)  # the first line tells of the configuration, which only a step does
        else:
            self._let_go()
            self._hold(news)

    def close(self) -> None:
        """Say that nothing comes any more, to whoever follows the file."""
        self._let_go()
        if self._file is not None and self._has_begun:
            self._write(self._file, f"{END}\n")
        self._leave()

    def _leave(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def _beginning(self, news: StepTaken) -> str:
        """The first line, and what was so before the first step."""
        core = news.before
        if core != CoreState(config=core.config, content=core.content):
            self._leave()
            raise ValueError("a recorder has to observe from the first step on: hand it over by `observers`")
        header = Trace(config=core.config, made_by=MADE_BY, setup=self._setup, rules=path_of(news.rules))
        empty = [] if core.content else [Line(news.at_ms, Fill(False), (), core.state)]
        early = [line for seen in self._early for line in self._translation.lines(seen)]
        return header.to_text() + "".join(map(self._text, (*empty, *early)))

    def _hold(self, seen: ServiceSeen) -> None:
        """What a service says may be the half of it, if it goes off: a report may follow before the loop goes on."""
        try:
            loop = asyncio.get_running_loop() if seen.active is False else None
        except RuntimeError:
            loop = None
        self._held = seen
        if loop is None:
            self._let_go()
        else:
            loop.call_soon(self._let_go)

    def _let_go(self, unless: StepTaken | None = None) -> None:
        """Tell what is held, if it is not said better by the report of the same loss."""
        held, self._held = self._held, None
        reports = unless.event.service if unless is not None and isinstance(unless.event, Report) else ""
        if held is not None and held.service != reports:
            self._tell(held)

    def _tell(self, news: News) -> None:
        if self._file is not None:
            self._write(self._file, "".join(map(self._text, self._translation.lines(news))))

    def _text(self, line: Line) -> str:
        return line_to_text(line if self._redact is None else redacted(line, self._redact))

    def _write(self, file: int, text: str) -> None:
        data = text.encode(errors="replace")
        try:
            while data:
                data = data[os.write(file, data) :]
        except OSError:
            self._leave()
            raise
