"""What the processes of an evening say to each other: one JSON object a line."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from io import FileIO
from typing import Any

Message = dict[str, Any]


def packed(message: Message) -> bytes:
    """The message as it is sent."""
    return json.dumps(message, ensure_ascii=False).encode(errors="replace") + b"\n"


def unpacked(data: bytes) -> Message:
    """The message that was sent so."""
    message: Message = json.loads(data)
    return message


async def messages(reader: asyncio.StreamReader) -> AsyncIterator[Message]:
    """Every message until the other side has gone; a line that was cut off with it is none."""
    try:
        while (line := await reader.readline()).endswith(b"\n"):
            yield unpacked(line)
    except ConnectionError:
        return


async def standard_input() -> asyncio.StreamReader:
    """What this process is told; it ends when whoever started this process ends, in whatever way."""
    reader, told = asyncio.StreamReader(), FileIO(0, "rb", closefd=False)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), told)
    return reader


def say(message: Message) -> None:
    """Tell whoever started this process."""
    os.write(1, packed(message))
