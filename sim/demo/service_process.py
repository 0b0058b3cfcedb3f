"""One service as a process: it listens on this machine alone, does what it is asked, and prints its lamp.

    python -m broadcast_orchestrator.sim.demo.service_process host --latency 300

It says its port on the first line. Whoever is connected hears, after every change and at first, what it is. It ends
with whoever started it, or when it is killed; what it was is lost then, but for the sessions, which are in a file.

It can be read, and it remembers the newest number under which it was asked: what comes under an older one is refused.
"""

import argparse
import asyncio
import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from broadcast_orchestrator.model.api.backend import arguments_for
from broadcast_orchestrator.model.operations import CONVEX, HOST, SERVICES
from broadcast_orchestrator.model.sessions import SqliteSessions
from broadcast_orchestrator.sim.demo.wire import Message, messages, packed, say, standard_input


class SmallService:
    """A service that can be on or off; the host has to be initialized first. `latency_ms` is how long it takes."""

    def __init__(self, name: str, latency_ms: float) -> None:
        self.name, self.latency_s = name, latency_ms / 1000
        self._slow_s = self.latency_s
        self.active = self.initialized = False
        self._newest = 0
        self._listeners: list[asyncio.StreamWriter] = []
        self._working: dict[asyncio.Task[None], Message] = {}

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hear one caller until it has gone; each request is answered when it is done, the quick before the slow."""
        self._listeners.append(writer)
        at_work = sum(map(self.changes, self._working.values()))
        self._send(writer, {**self.shown(), "at_work": at_work})
        async for request in messages(reader):
            task = asyncio.create_task(self._answer(request, writer))
            self._working[task] = request
            task.add_done_callback(self._working.pop)
        self._listeners.remove(writer)
        writer.close()

    async def _answer(self, request: Message, writer: asyncio.StreamWriter) -> None:
        """Half of the time goes by before the effect; what is read is answered at once, as it was when it was read."""
        half_s = (self._slow_s if self.turns_on(request) else self.latency_s) / 2
        await asyncio.sleep(half_s)
        try:
            said = self.do(request)
        except (ValueError, OSError, sqlite3.Error) as problem:
            said = {"ok": False, "message": str(problem)}
        if "value" not in said:
            await asyncio.sleep(half_s)
        self._send(writer, {"id": request["id"], "ok": True, **said})

    def do(self, request: Message) -> Message:
        """Take effect, and say the `value` that was asked for, if any. Raises `ValueError` for what it refuses."""
        self._take(request.get("number", self._newest))
        match request["ask"]:
            case "is_on":
                return {"value": self.active}
            case "is_initialized" if self.name == HOST:
                return {"value": self.initialized}
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
                self.forget(request["slow_ms"])
            case other:
                raise ValueError(f"{other} is nothing that the {self.name} does")
        return {}

    def turns_on(self, request: Message) -> bool:
        """Whether something is to go on, which may take longer than all else (see `forget`)."""
        return request["ask"] in ("initialize", "start")

    def changes(self, request: Message) -> bool:
        """Whether anything may be otherwise when it is done."""
        return request["ask"] in ("initialize", "start", "stop", "end")

    def forget(self, slow_ms: float) -> None:
        """Whatever else is being done is done no more; from now on it takes so many milliseconds to go on."""
        self._slow_s = slow_ms / 1000
        for task in self._working:
            if task is not asyncio.current_task():
                task.cancel()

    def _take(self, number: int) -> None:
        """The newest number is this one. Raises `ValueError` where it is not."""
        if number < self._newest:
            raise ValueError(f"{number} is older than {self._newest}, which was taken already")
        self._newest = number

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
        self._light()

    def do(self, request: Message) -> Message:
        """Take the mutation, or whatever else is asked of a store; it looks after numbers itself. Raises `ValueError`
        for what it refuses."""
        match request["ask"]:
            case "write":
                self._write(request["arguments"], request.get("number"))
            case "create":
                self._sessions.create(request["session"])
            case "live_sessions":
                return {"value": self._sessions.live(request.get("number"))}
            case "new_life":
                return {"value": self._sessions.new_life()}
            case "take_lease":
                return {"value": self._sessions.lease(request["holder"], request["lease_ms"])}
            case "reset":
                self._reset()
                self.forget(request["slow_ms"])
            case other:
                raise ValueError(f"{other} is nothing that the backend does")
        return {}

    def turns_on(self, request: Message) -> bool:
        """Whether it is a live write."""
        return self.changes(request) and bool(request["arguments"]["broadcastState"] == "live")

    def changes(self, request: Message) -> bool:
        """Whether it is a write."""
        is_write: bool = request["ask"] == "write"
        return is_write

    def _write(self, arguments: Message, number: int | None) -> None:
        self._sessions.mutate(arguments, number)
        self._light()
        self.show({"active": arguments["broadcastState"] == "live", "session": arguments["id"]})

    def _reset(self) -> None:
        """Forget every session that is live."""
        for session in self._sessions.live():
            self._sessions.mutate(arguments_for(session, live=False))
        self._light()

    def _light(self) -> None:
        was, self.active = self.active, bool(self._sessions.live())
        if was is not self.active:
            say({"lamp": self.active})

    def shown(self) -> Message:
        """Which sessions are live, to begin with."""
        return {"live": self._sessions.live()}


async def serve(name: str, port: int, latency_ms: float, file: Path) -> None:
    """Serve until whoever started this has gone."""
    service = SessionService(name, latency_ms, file) if name == CONVEX else SmallService(name, latency_ms)
    server = await asyncio.start_server(service.talk, "127.0.0.1", port)
    say({"port": server.sockets[0].getsockname()[1]})
    async for _ in messages(await standard_input()):
        pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Read what is given, and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=SERVICES)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=50)
    parser.add_argument("--file", type=Path, default=Path("sessions.sqlite"))
    given = parser.parse_args(arguments)
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(serve(given.name, given.port, given.latency, given.file))


if __name__ == "__main__":
    main()
