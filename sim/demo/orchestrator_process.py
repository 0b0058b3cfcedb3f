"""The orchestrator as a process: it drives the services at the ports that it is given, and is told commands.

It reads and says one JSON object a line: `{"number": 1, "command": "start_broadcast", "session": "s1"}` in; out every
change of state, how every command ended, and what is known when it is asked (`{"ask": "known"}`). What it does is
recorded, if asked for: the services tell what they are before they answer, so the recording knows it.
"""

import argparse
import asyncio
import contextlib
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from broadcast_orchestrator.model.api.outcome import BroadcastError
from broadcast_orchestrator.model.events import COMMANDS, Transition
from broadcast_orchestrator.model.operations import CONVEX, HOST, SERVICES
from broadcast_orchestrator.model.runtime import AsyncOrchestrator, StepTaken
from broadcast_orchestrator.model.runtime.observing import News, Observer
from broadcast_orchestrator.model.state import on_air
from broadcast_orchestrator.sim.demo.remote_services import LOST, RemoteBackend, RemoteService, as_services, new_life
from broadcast_orchestrator.sim.demo.wire import Message, messages, say, standard_input
from broadcast_orchestrator.sim.recording.recorder import Recorder


class SaidWarnings(logging.Handler):
    """What is logged on the evening, to be said."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it, in one line."""
        say({"warning": record.getMessage()})


class Dashboard:
    """The orchestrator, and whoever sits before it."""

    def __init__(self, ports: dict[str, int], options: Mapping[str, Any], life: int, recorder: Recorder | None) -> None:
        remotes = {name: RemoteService(name, ports[name], self._hear, self._lose) for name in SERVICES}
        self._remotes = remotes
        self._backend = RemoteBackend(remotes[CONVEX], life)
        observers: list[Observer] = [self._tell] if recorder is None else [recorder, self._tell]
        self._orchestrator = AsyncOrchestrator(as_services(remotes), self._backend, observers=observers, **options)
        self._giving = set[asyncio.Task[None]]()

    async def run(self) -> None:
        """Take commands until whoever gives them has gone."""
        for remote in self._remotes.values():
            with contextlib.suppress(OSError):
                await remote.connect()
        say({"state": self._orchestrator.state})
        async for message in messages(await standard_input()):
            if message.get("ask") == "known":
                say({"number": message["number"], **self._known()})
            else:
                self._giving.add(asyncio.create_task(self._give(message)))
        self._orchestrator.close()

    async def _give(self, message: Message) -> None:
        command, session, number = message["command"], message.get("session"), message["number"]
        assert command in COMMANDS
        try:
            if session is not None:
                await self._backend.create(session)
            given = getattr(self._orchestrator, command)
            await (given() if session is None else given(session))
        except (BroadcastError, OSError) as problem:
            say({"number": number, "ended": command, "ok": False, "message": str(problem)})
        else:
            say({"number": number, "ended": command, "ok": True})

    def _known(self) -> Message:
        """What the orchestrator takes to be on air, and what it names; `open` are the calls without an answer."""
        core, computed = self._orchestrator.core, self._orchestrator.get_snapshot().computed
        left_live = self._orchestrator.get_snapshot().convex.left_live
        return {
            "known": list(on_air(core)),
            "residue": list(computed.residue),
            "left_live": list(left_live),
            "state": self._orchestrator.state,
            "error": self._orchestrator.error,
            "busy": computed.is_transitioning,
            "open": sum(len(view.calls) for view in core.views),
            "session": core.session,
        }

    def _tell(self, news: News) -> None:
        if not isinstance(news, StepTaken):
            return
        for effect in news.effects:
            if isinstance(effect, Transition):
                say({"from": effect.source, "to": effect.target, "reason": effect.reason})

    # -- What services say ----------------------------------------------------------------------------

    def _hear(self, service: str, said: Message) -> None:
        if service != CONVEX:
            self._orchestrator.saw(service, said["active"], said.get("initialized"))
        elif "session" in said:
            self._orchestrator.saw(service, said["active"], session=said["session"])

    def _lose(self, service: str) -> None:
        """A process that has gone is off; the backend keeps its sessions in a file."""
        if service != CONVEX:
            self._orchestrator.report(service, LOST)
            self._orchestrator.saw(service, active=False, initialized=False if service == HOST else None)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read what is given, and run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("ports", type=json.loads)
    parser.add_argument("--options", type=json.loads, default={})
    parser.add_argument("--record", type=Path)
    given: Any = parser.parse_args(arguments)

    async def run() -> None:
        with contextlib.ExitStack() as recording:
            recorder = recording.enter_context(Recorder(given.record, told=True)) if given.record else None
            is_numbered = "fencing" in given.options.get("measures", ())
            life = await new_life(given.ports[CONVEX]) if is_numbered else 0
            await Dashboard(given.ports, given.options, life, recorder).run()

    logging.getLogger("broadcast_orchestrator").handlers = [SaidWarnings(logging.WARNING)]
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(run())


if __name__ == "__main__":
    main()
