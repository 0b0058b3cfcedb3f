"""An evening of real processes: whoever runs it starts them, gives commands, kills some, and looks at the lamps."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from broadcast_orchestrator.model.api.backend import Backend
from broadcast_orchestrator.model.operations import CONVEX, ON_AIR_SERVICES, SERVICES
from broadcast_orchestrator.model.sessions import SqliteSessions
from broadcast_orchestrator.sim.demo.nursery import Nursery
from broadcast_orchestrator.sim.demo.program import Program
from broadcast_orchestrator.sim.demo.wire import Message, messages, packed

ORCHESTRATOR = "orchestrator"
"""What the sixth process is called."""

LATENCY_MS = 60.0
"""How long a service takes that nothing is said of, in milliseconds."""

RESTART_MS = 300.0
"""How long a killed service is away, in milliseconds."""

CONFIG: Mapping[str, object] = {
    "initialization_timeout": 2_000,
    "startup_timeout": 3_000,
    "shutdown_timeout": 2_000,
    "retry_delay": 300,
}
"""Limits, in milliseconds, that nobody has to wait long for."""

POLL_PERIOD_MS, LEASE_MS = 500.0, 600.0
"""How often services are polled, and after how long a silence the lease is lost, in milliseconds: sooner than somebody
who initializes gives in."""

Teller = Callable[[str, Message], None]
"""Told what a process says: which, and what."""


class Lamps(NamedTuple):
    """What is true at one moment: the services that are on air, and the sessions that the backend calls live; and which
    are at work on something that may change it, for an orchestrator that is no more, too."""

    on: tuple[str, ...]
    live: tuple[str, ...]
    at_work: tuple[str, ...] = ()


class Evening:
    """Five services and an orchestrator; `folder` keeps the sessions and, if it `records`, the recordings. `tell` hears
    what the processes say, `latency_ms` says how long services take, `config` has options of the orchestrator, and
    `measures` says by name what is added to it (see `model.measures`)."""

    def __init__(
        self,
        folder: Path,
        tell: Teller,
        latency_ms: Mapping[str, float] | None = None,
        config: Mapping[str, object] = CONFIG,
        restart_ms: float = RESTART_MS,
        *,
        records: bool = False,
        measures: Sequence[str] = (),
        poll_period_ms: float = POLL_PERIOD_MS,
        lease_ms: float = LEASE_MS,
    ) -> None:
        self._folder, self._records = folder, records
        self.file = folder / "sessions.sqlite"
        self.recordings: list[Path] = []
        """One for each orchestrator that there was, the first one first."""
        self._tell, self._restart_s = tell, restart_ms / 1000
        periods = {"poll_period_ms": poll_period_ms, "lease_ms": lease_ms}
        self._options = {"config": dict(config), "measures": list(measures), **periods}
        self._silence_s = lease_ms / 1000 if "lease" in measures else 0
        self._latency_ms = dict.fromkeys(SERVICES, LATENCY_MS) | dict(latency_ms or {})
        self._nursery: Nursery | None = None
        self._programs: dict[str, Program] = {}
        self._ports: dict[str, int] = {}
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._given = 0
        self._there: dict[str, asyncio.Event] = {name: asyncio.Event() for name in (*SERVICES, ORCHESTRATOR)}
        self._coming_back: dict[str, asyncio.Task[None]] = {}
        self._reloading = asyncio.Lock()
        self._is_over = False

    async def __aenter__(self) -> "Evening":
        """All six are there."""
        self._nursery = Nursery()
        await asyncio.gather(*map(self._begin_service, SERVICES))
        await self._begin_orchestrator()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """None is left."""
        self._is_over = True
        for coming in self._coming_back.values():
            coming.cancel()
        if ORCHESTRATOR in self._programs:
            await self._programs[ORCHESTRATOR].end()
        await asyncio.gather(*(program.kill() for program in self._programs.values()))
        if self._nursery is not None:
            self._nursery.end()

    # -- What one may do ------------------------------------------------------------------------------

    async def give(self, command: str, session: str | None = None) -> Message:
        """Give a command, and wait for its end: `ok`, and the `message` where it is not."""
        return await self._ask({"command": command, **({} if session is None else {"session": session})})

    async def known(self) -> Message:
        """What the orchestrator knows and names."""
        return await self._ask({"ask": "known"})

    async def kill(self, service: str) -> None:
        """Kill the service's process; another one takes its place a little later, off as a fresh one is."""
        await self._programs[service].kill()

    async def reload(self) -> None:
        """Kill the orchestrator, and start another that knows of nothing; the services go on."""
        async with self._reloading:
            await self._programs[ORCHESTRATOR].kill()
            await self._begin_orchestrator()

    async def leave(self) -> None:
        """Have the orchestrator end by itself, so that its recording has an end; the services go on."""
        await self._programs[ORCHESTRATOR].end()

    async def begin_again(self, slow_ms: Mapping[str, float] | None = None) -> None:
        """As at the beginning: every service is off and uninitialized, nothing is live, nobody has the lease, and the
        orchestrator is new. To go on takes `slow_ms` with the services that are named, until they are killed."""
        await self.all_there()
        await self.leave()
        await asyncio.sleep(self._silence_s)
        slow = self._latency_ms | dict(slow_ms or {})
        resets = {service: {"id": 0, "ask": "reset", "slow_ms": slow[service]} for service in SERVICES}
        await asyncio.gather(*(self._request(service, reset) for service, reset in resets.items()))
        await self._begin_orchestrator()

    async def all_there(self) -> None:
        """Wait until every service that was killed is back."""
        await asyncio.gather(*(self._there[service].wait() for service in SERVICES))

    async def lamps(self) -> Lamps:
        """What the services themselves say now; one that is away is off."""
        said = await asyncio.gather(*map(self._look, SERVICES))
        on = tuple(name for name, says in zip(SERVICES, said, strict=True) if says.get("active"))
        at_work = tuple(name for name, says in zip(SERVICES, said, strict=True) if says.get("at_work"))
        return Lamps(tuple(name for name in on if name in ON_AIR_SERVICES), tuple(said[-1].get("live", ())), at_work)

    def sessions(self) -> Backend:
        """What the file says of the sessions."""
        sessions = SqliteSessions(self.file)
        try:
            return sessions.sessions()
        finally:
            sessions.close()

    # -- Inside ---------------------------------------------------------------------------------------

    async def _begin_service(self, service: str) -> None:
        arguments = [service, "--latency", f"{self._latency_ms[service]:g}", "--port", str(self._ports.get(service, 0))]
        if service == CONVEX:
            arguments += ["--file", str(self.file)]
        await self._begin(service, "service", arguments)

    async def _begin_orchestrator(self) -> None:
        arguments = [json.dumps(self._ports), "--options", json.dumps(self._options)]
        if self._records:
            self.recordings.append(self._new_recording())
            arguments += ["--record", str(self.recordings[-1])]
        await self._begin(ORCHESTRATOR, "orchestrator", arguments)

    def _new_recording(self) -> Path:
        """A file that is not there yet."""
        names = (self._folder / f"evening-{number}.jsonl" for number in count(len(self.recordings) + 1))
        return next(path for path in names if not path.exists() and path not in self.recordings[-1:])

    async def _begin(self, name: str, program: str, arguments: Sequence[str]) -> None:
        assert self._nursery is not None
        self._programs[name] = Program(self._nursery, program, arguments, partial(self._hear, name))
        await self._programs[name].start()
        await self._there[name].wait()

    async def _come_back(self, service: str) -> None:
        await asyncio.sleep(self._restart_s)
        await self._begin_service(service)

    async def _ask(self, message: Message) -> Message:
        await self._there[ORCHESTRATOR].wait()
        self._given += 1
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[self._given] = answer
        self._programs[ORCHESTRATOR].tell({"number": self._given, **message})
        return await answer

    async def _look(self, service: str) -> Message:
        """What the service says it is; one that is away says nothing."""
        try:
            return (await self._request(service))[0]
        except OSError:
            return {}

    async def _request(self, service: str, request: Message | None = None) -> list[Message]:
        """Ask the service oneself; everything that it says until it has answered. Raises `OSError` where it is away."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._ports[service])
        if request is not None:
            writer.write(packed(request))
        said = list[Message]()
        async for message in messages(reader):
            said.append(message)
            if request is None or "id" in message:
                break
        writer.close()
        return said or [{}]

    def _hear(self, name: str, message: Message) -> None:
        if "port" in message:
            self._ports[name] = message["port"]
        if "port" in message or (name == ORCHESTRATOR and message.keys() == {"state"}):
            self._there[name].set()
        if "gone" in message:
            self._is_gone(name)
        if answer := self._answers.pop(message.get("number", 0), None):
            _answer(answer, message)
        self._tell(name, message)

    def _is_gone(self, name: str) -> None:
        self._there[name].clear()
        if name == ORCHESTRATOR:
            for answer in self._answers.values():
                _answer(answer, {"ok": False, "message": "the orchestrator was killed"})
            self._answers.clear()
        elif not self._is_over:
            self._coming_back[name] = asyncio.create_task(self._come_back(name))


def _answer(waiting: "asyncio.Future[Message]", message: Message) -> None:
    """Tell whoever still waits for it."""
    if not waiting.done():
        waiting.set_result(message)
