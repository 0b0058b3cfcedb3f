"""The services as the orchestrator has them: each behind a socket, adapted in a few lines."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

from broadcast_orchestrator.model.operations import CONVEX, OPERATIONS
from broadcast_orchestrator.sim.demo.wire import Message, messages, packed

LOST = "connection lost"


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
        self._open: dict[int, asyncio.Future[None]] = {}

    async def connect(self) -> None:
        """Be connected. Raises `ConnectionError` where nobody listens."""
        async with self._connecting:
            if self._writer is None:
                reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
                self._reading = asyncio.create_task(self._read(reader))

    async def ask(self, verb: str, **details: Any) -> None:
        """Have it do something; returns when it has. Raises `ConnectionError`, in the service's words where it said
        any."""
        await self.connect()
        assert self._writer is not None
        self._asked += 1
        answer = self._open[self._asked] = asyncio.get_running_loop().create_future()
        self._writer.write(packed({"id": self._asked, "ask": verb, **details}))
        await answer

    async def _read(self, reader: asyncio.StreamReader) -> None:
        async for message in messages(reader):
            if "id" in message:
                self._answered(message)
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
            answer.set_result(None)
        else:
            answer.set_exception(ConnectionError(message["message"]))


class RemoteBackend:
    """The mutation, over the socket of the backend's process."""

    def __init__(self, remote: RemoteService) -> None:
        self._remote = remote

    async def update_broadcast_state(self, arguments: Mapping[str, object]) -> None:
        """Tell the session what its broadcast does."""
        await self._remote.ask("write", arguments=dict(arguments))

    async def create(self, session: str) -> None:
        """Have the session exist."""
        await self._remote.ask("create", session=session)


def as_services(remotes: Mapping[str, RemoteService]) -> SimpleNamespace:
    """What an orchestrator is given: every operation, by its service."""
    services = SimpleNamespace()
    for name, operation in OPERATIONS.items():
        if operation.service != CONVEX:
            service = services.__dict__.setdefault(operation.service, SimpleNamespace())
            verb = name.partition(".")[2]
            setattr(service, verb, partial(remotes[operation.service].ask, verb))
    return services
