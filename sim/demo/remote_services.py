"""The services as the orchestrator has them: each behind a socket, adapted in a few lines."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import SimpleNamespace
from typing import Any

from broadcast_orchestrator.model.operations import CONVEX, HOST, ON_AIR_SERVICES, OPERATIONS
from broadcast_orchestrator.sim.demo.wire import Message, messages, packed

LOST = "connection lost"

PATIENCE_S = 0.01
"""After how long a store that is away is asked again, in seconds."""

TURNS = 3
"""After how many turns of the event loop an answer has come to the orchestrator: to whoever awaits it, to the task
around that, and to whoever is told that the task is over."""


class RemoteService:
    """A service on a port of this machine. `hear` is told what it says it is, `lost` that it has gone, which comes
    before the calls that were on their way fail."""

    def __init__(self, name: str, port: int, hear: Callable[[str, Message], None], lost: Callable[[str], None]) -> None:
        self.name = name
        self._port, self._hear, self._lost = port, hear, lost
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._connecting = asyncio.Lock()
        self._asked = 0
        self._open: dict[int, asyncio.Future[Any]] = {}

    async def connect(self) -> None:
        """Be connected. Raises `ConnectionError` where nobody listens."""
        async with self._connecting:
            if self._writer is None:
                reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
                self._reading = asyncio.create_task(self._read(reader))

    async def ask(self, verb: str, number: int | None = None, **details: Any) -> Any:
        """Have it do something, under a number where commands have one; returns when it has, with what was read. Raises
        `ConnectionError`, in the service's words where it said any."""
        await self.connect()
        assert self._writer is not None
        self._asked += 1
        answer = self._open[self._asked] = asyncio.get_running_loop().create_future()
        under = {} if number is None else {"number": number}
        self._writer.write(packed({"id": self._asked, "ask": verb, **under, **details}))
        return await answer

    def leave(self) -> None:
        """Be connected no more."""
        if self._writer is not None:
            self._writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        async for message in messages(reader):
            if "id" in message:
                self._answered(message)
                for _ in range(TURNS):  # whoever waits for the answer acts on it before anything newer is heard
                    await asyncio.sleep(0)
            else:
                self._hear(self.name, message)
        assert self._writer is not None
        self._writer.close()
        self._writer = None
        self._lost(self.name)
        for answer in self._open.values():
            if not answer.done():
                answer.set_exception(ConnectionError(LOST))
        self._open.clear()

    def _answered(self, message: Message) -> None:
        answer = self._open.pop(message["id"])
        if answer.done():
            return
        if message["ok"]:
            answer.set_result(message.get("value"))
        else:
            answer.set_exception(ConnectionError(message["message"]))


class RemoteBackend:
    """The store, over the socket of the backend's process; `life` is the number of this orchestrator's life."""

    def __init__(self, remote: RemoteService, life: int) -> None:
        self._remote, self._life = remote, life

    async def update_broadcast_state(self, arguments: Mapping[str, object], number: int | None = None) -> None:
        """Tell the session what its broadcast does."""
        await self._remote.ask("write", number, arguments=dict(arguments))

    async def create(self, session: str) -> None:
        """Have the session exist."""
        await self._remote.ask("create", session=session)

    async def live_sessions(self, number: int | None = None) -> list[str]:
        """The ids of the sessions that it calls live."""
        live: list[str] = await self._remote.ask("live_sessions", number)
        return live

    def new_life(self) -> int:
        """The number that the store has given."""
        return self._life

    async def take_lease(self, holder: str, lease_ms: float) -> bool:
        """Whether the holder has the lease now."""
        return bool(await self._remote.ask("take_lease", holder=holder, lease_ms=lease_ms))


async def new_life(port: int) -> int:
    """Another number of the store's at this port, as soon as somebody listens there."""
    remote = RemoteService(CONVEX, port, lambda _name, _said: None, lambda _name: None)
    while True:
        try:
            life: int = await remote.ask("new_life")
        except OSError:
            await asyncio.sleep(PATIENCE_S)
        else:
            remote.leave()
            return life


def as_services(remotes: Mapping[str, RemoteService]) -> SimpleNamespace:
    """What an orchestrator is given: every operation, by its service, and how each is read."""
    services = SimpleNamespace()
    for service in ON_AIR_SERVICES:
        verbs = [name.partition(".")[2] for name, operation in OPERATIONS.items() if operation.service == service]
        reads = ["is_on", *(["is_initialized"] if service == HOST else [])]
        asked = {verb: _asking(remotes[service], verb) for verb in (*verbs, *reads)}
        setattr(services, service, SimpleNamespace(**asked))
    return services


def _asking(remote: RemoteService, verb: str) -> Callable[[int | None], Awaitable[Any]]:
    def ask(number: int | None = None) -> Awaitable[Any]:
        return remote.ask(verb, number)

    return ask
