"""One service as a process: it listens on this machine alone, does what it is asked, and prints its lamp.

    python -m broadcast_orchestrator.sim.demo.service_process host --latency 300

It says its port on the first line. Whoever is connected hears, after every change and at first, what it is. It ends
with whoever started it, or when it is killed; what it was is lost then, but for the sessions, which are in a file.
"""

import argparse
import asyncio
import contextlib
from pathlib import Path
from typing import Any

from broadcast_orchestrator.model.api.backend import arguments_for
from broadcast_orchestrator.model.operations import CONVEX, HOST, SERVICES
from broadcast_orchestrator.model.sessions import SqliteSessions
from broadcast_orchestrator.sim.demo.wire import Message, messages, packed, say, standard_input


class SmallService:
    """A service that can be on or off; the host has to be initialized first. `latency_ms` is how long it takes."""

    def __init__(self, name: str, latency_ms: float) -> None:
        self.name, self.latency_s = name, latency_ms / 1000
        self.active = self.initialized = False
        self._listeners: list[asyncio.StreamWriter] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hear one caller until it has gone; each request is answered when it is done, the quick before the slow."""
        self._listeners.append(writer)
        self._send(writer, self.shown())
        working = set[asyncio.Task[None]]()
        async for request in messages(reader):
            working.add(asyncio.create_task(self._answer(request, writer)))
        self._listeners.remove(writer)
        writer.close()
        await asyncio.gather(*working)

    async def _answer(self, request: Message, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.latency_s / 2)
        try:
            said = self.do(request)
        except (ValueError, OSError) as problem:
            said = {"ok": False, "message": str(problem)}
        await asyncio.sleep(self.latency_s / 2)
        self._send(writer, {"id": request["id"], "ok": True, **said})

    def do(self, request: Message) -> Message:
        """Take effect. Raises `ValueError` for what it refuses."""
        match request["ask"]:
            case "initialize" if self.name == HOST:
                self.initialized = True
                self.show(self.shown())
            case "start" if self.name == HOST and not self.initialized:
                raise ValueError("the host is not initialized")
            case "start":
                self._switch(True)
            case "stop" | "end":
                self._switch(False)
            case "reset":
                self.initialized = False
                self._switch(False)
            case other:
                raise ValueError(f"{other} is nothing that the {self.name} does")
        return {}

    def shown(self) -> Message:
        """What it is."""
        return {"active": self.active, **({"initialized": self.initialized} if self.name == HOST else {})}

    def _switch(self, active: bool) -> None:
        if active is not self.active:
            say({"lamp": active})
        self.active = active
        self.show(self.shown())

    def show(self, what: Message) -> None:
        """Tell everyone who is connected."""
        for listener in self._listeners:
            self._send(listener, what)

    def _send(self, writer: asyncio.StreamWriter, message: Message) -> None:
        if not writer.is_closing():
            writer.write(packed(message))


class SessionService(SmallService):
    """The backend: it keeps sessions in a file, and its lamp is on while any of them is live."""

    def __init__(self, name: str, latency_ms: float, file: Path) -> None:
        super().__init__(name, latency_ms)
        self._sessions = SqliteSessions(file)

    def do(self, request: Message) -> Message:
        """Create a session, take the mutation, or forget every session that is live."""
        if request["ask"] == "create":
            self._sessions.create(request["session"])
            return {}
        if request["ask"] == "reset":
            for session in self._sessions.by_broadcast_state("live"):
                self._sessions.mutate(arguments_for(session.id, live=False))
            self.active = False
            return {}
        arguments: dict[str, Any] = request["arguments"]
        self._sessions.mutate(arguments)
        was, self.active = self.active, bool(self._sessions.by_broadcast_state("live"))
        if was is not self.active:
            say({"lamp": self.active})
        self.show({"active": arguments["broadcastState"] == "live", "session": arguments["id"]})
        return {}

    def shown(self) -> Message:
        """Which sessions are live, to begin with."""
        return {"live": [session.id for session in self._sessions.by_broadcast_state("live")]}


async def main(name: str, port: int, latency_ms: float, file: Path) -> None:
    """Serve until whoever started this has gone."""
    service = SessionService(name, latency_ms, file) if name == CONVEX else SmallService(name, latency_ms)
    server = await asyncio.start_server(service.talk, "127.0.0.1", port)
    say({"port": server.sockets[0].getsockname()[1]})
    async for _ in messages(await standard_input()):
        pass


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=SERVICES)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=50)
    parser.add_argument("--file", type=Path, default=Path("sessions.sqlite"))
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(main(given.name, given.port, given.latency, given.file))
