"""What the processes of an evening say to each other: one JSON object a line."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

Message = dict[str, Any]

PATH = "broadcast_orchestrator.sim.demo"
"""Where the programs are: `python -m PATH.service_process` and so on."""


def packed(message: Message) -> bytes:
    """The message as it is sent."""
    return json.dumps(message, ensure_ascii=False).encode(errors="replace") + b"\n"


async def messages(reader: asyncio.StreamReader) -> AsyncIterator[Message]:
    """Every message until the other side has gone; a line that was cut off with it is none."""
    try:
        while (line := await reader.readline()).endswith(b"\n"):
            yield json.loads(line)
    except ConnectionError:
        return


async def standard_input() -> asyncio.StreamReader:
    """What this process is told; it ends when whoever started this process ends, in whatever way."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def say(message: Message) -> None:
    """Tell whoever started this process."""
    sys.stdout.buffer.write(packed(message))
    sys.stdout.buffer.flush()
