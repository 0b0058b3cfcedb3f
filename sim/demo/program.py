"""One process of an evening, as whoever started it has it."""

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence

from broadcast_orchestrator.sim.demo.wire import PATH, Message, messages, packed

PATIENCE_S = 5
"""How long a program may take to end, in seconds."""


class Program:
    """A program of this room, once it is started: `hear` is told what it says, and `{"gone": exit code}` at the end."""

    def __init__(self, module: str, arguments: Sequence[str], hear: Callable[[Message], None]) -> None:
        self._command = (sys.executable, "-m", f"{PATH}.{module}", *arguments)
        self._hear = hear
        self._process: Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it, in a session of its own: what the keyboard interrupts is not it."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        self._reading = asyncio.create_task(self._read(self._process))

    def tell(self, message: Message) -> None:
        """Say something to it; one that has gone does not hear it."""
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(packed(message))

    async def end(self) -> None:
        """Have it end by itself, and wait until it has; one that does not is killed."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self.gone()), PATIENCE_S)
        await self.kill()

    async def kill(self) -> None:
        """End it, as `kill -9` does, and wait until it has gone."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        await self.gone()

    async def gone(self) -> None:
        """Wait until it has ended and everything that it said has been heard."""
        if self._reading is not None:
            await self._reading

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None
        async for message in messages(process.stdout):
            self._hear(message)
        self._hear({"gone": await process.wait()})
