"""One process of an evening, as whoever started it has it."""

import asyncio
import contextlib
import os
from asyncio import StreamReader, StreamReaderProtocol
from collections.abc import Callable, Sequence

from broadcast_orchestrator.sim.demo.nursery import Nursery
from broadcast_orchestrator.sim.demo.wire import Message, messages, packed

PATIENCE_S = 5
"""How long a program may take to end, in seconds."""


class Program:
    """A program of the nursery's, once it is started: `hear` is told what it says, and `{"gone": exit code}` at the
    end."""

    def __init__(
        self, nursery: Nursery, program: str, arguments: Sequence[str], hear: Callable[[Message], None]
    ) -> None:
        self._nursery, self._program, self._arguments, self._hear = nursery, program, arguments, hear
        self.number = 0
        """The number of its process, 0 while there is none."""
        self._code, self._tells = 0, -1
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it, in a session that is not ours: what the keyboard interrupts is not it."""
        told, self._tells = os.pipe()
        heard, says = os.pipe()
        self.number = self._nursery.begin(self._program, self._arguments, told, says)
        os.close(told)
        os.close(says)
        self._reading = asyncio.create_task(self._read(heard))

    def tell(self, message: Message) -> None:
        """Say something to it; one that has gone does not hear it."""
        if self._tells >= 0:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._tells, packed(message))

    async def end(self) -> None:
        """Have it end by itself, and wait until it has; one that does not is killed."""
        self._hang_up()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._gone()), PATIENCE_S)
        await self.kill()

    async def kill(self) -> None:
        """End it, as `kill -9` does, and wait until it has gone and everything that it said has been heard."""
        self._bury()
        await self._gone()

    async def _gone(self) -> None:
        if self._reading is not None:
            await self._reading

    async def _read(self, heard: int) -> None:
        reader = StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: StreamReaderProtocol(reader), os.fdopen(heard, "rb", 0)
        )
        async for message in messages(reader):
            self._hear(message)
        transport.close()
        self._hang_up()
        self._bury()
        self._hear({"gone": self._code})

    def _bury(self) -> None:
        if self.number:
            self._code = self._nursery.bury(self.number)
            self.number = 0

    def _hang_up(self) -> None:
        """Tell it nothing more."""
        if self._tells >= 0:
            os.close(self._tells)
            self._tells = -1
