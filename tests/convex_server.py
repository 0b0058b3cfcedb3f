"""A server that speaks what Convex's Python clients need: `POST /api/mutation`, and the WebSocket at `/api/sync`.

Behind it is the simulated backend with the sessions that are named on the command line. It is a process of its own,
says its port on the first line, and answers `GET /sessions` with the documents.
"""

import asyncio
import base64
import hashlib
import json
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

from broadcast_orchestrator.model.api.backend import MutationRefused, backend_of, mutate

NAME = "users/sessions:updateBroadcastState"
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE = 1, 8


class Deployment:
    """What is deployed: the sessions, the guide's mutation, and those that measures need."""

    def __init__(self, sessions: list[str]) -> None:
        self.backend = backend_of(*sessions)
        self.newest, self.lives = 0.0, 0.0
        self.leased = ("", 0.0)
        self._mutations: dict[str, Callable[..., object]] = {
            NAME: self._update,
            "users/measures:updateBroadcastState": self._update,
            "users/sessions:liveSessions": self._live,
            "users/sessions:newLife": self._new_life,
            "users/sessions:takeLease": self._take_lease,
        }

    def mutation(self, name: str, arguments: Any) -> tuple[str, Any]:
        """Take the mutation; what is wrong with it, "" where nothing is, and what it returns."""
        if name not in self._mutations:
            return f"Could not find public function for '{name}'. Did you forget to run `npx convex dev`?", None
        try:
            return "", self._mutations[name](**arguments)
        except MutationRefused as refused:
            return f"ArgumentValidationError: {refused}", None

    def _update(self, number: float | None = None, **arguments: Any) -> None:
        self._take(number)
        self.backend = mutate(self.backend, arguments, time.time() * 1000)

    def _live(self, number: float | None = None) -> list[str]:
        self._take(number)
        return [session.id for session in self.backend.sessions if session.broadcast_state == "live"]

    def _take(self, number: float | None) -> None:
        if number is not None and number < self.newest:
            raise MutationRefused(f"number: {number} is older than {self.newest}, which was taken already")
        self.newest = number or self.newest

    def _new_life(self) -> float:
        self.lives += 1
        return self.lives

    def _take_lease(self, holder: str, leaseMs: float) -> bool:  # as it is called on the wire
        now = time.time() * 1000
        is_free = self.leased[0] == holder or self.leased[1] <= now
        if is_free:
            self.leased = (holder, now + leaseMs)
        return is_free

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        if "sec-websocket-key" in headers:
            await Socket(self, reader, writer).talk(headers["sec-websocket-key"])
            return
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        answer = json.dumps(self._answer(first.split()[1], body)).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))
        await writer.drain()
        writer.close()

    def _answer(self, path: str, body: bytes) -> Any:
        if path == "/sessions":
            return [session.to_wire() for session in self.backend.sessions]
        assert path == "/api/mutation", path
        asked = json.loads(body)
        wrong, value = self.mutation(asked["path"], asked["args"])
        return {"status": "error", "errorMessage": wrong} if wrong else {"status": "success", "value": value}


class Socket:
    """A WebSocket, as far as a client goes that only mutates."""

    def __init__(self, deployment: Deployment, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._deployment, self._reader, self._writer = deployment, reader, writer
        self._took = 0

    async def talk(self, key: str) -> None:
        """Answer until the client leaves."""
        accept = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()
        upgrade = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        self._writer.write(f"HTTP/1.1 101 Switching Protocols\r\n{upgrade}".encode())
        while (heard := await self._frame()) is not None:
            if heard["type"] == "Mutation":
                self._mutate(heard)

    async def _frame(self) -> Any:
        kind, length = await self._reader.readexactly(2)
        length &= 127
        if length == 126:
            (length,) = struct.unpack(">H", await self._reader.readexactly(2))
        mask, masked = await self._reader.readexactly(4), await self._reader.readexactly(length)
        if kind & 15 == CLOSE:
            return None
        data = bytes(byte ^ mask[place % 4] for place, byte in enumerate(masked))
        return json.loads(data) if kind & 15 == TEXT else {"type": "control"}

    def _mutate(self, asked: Any) -> None:
        wrong, value = self._deployment.mutation(asked["udfPath"], asked["args"][0])
        answer = {"type": "MutationResponse", "requestId": asked["requestId"], "success": not wrong, "logLines": []}
        if wrong:
            self._send({**answer, "result": wrong})
            return
        before, self._took = self._took, self._took + 1
        self._send({**answer, "result": value, "ts": stamp(self._took)})
        versions = {"startVersion": version(before), "endVersion": version(self._took)}
        self._send({"type": "Transition", **versions, "modifications": []})

    def _send(self, message: Any) -> None:
        data = json.dumps(message).encode()
        head = bytes([0x81, len(data)]) if len(data) < 126 else struct.pack(">BBH", 0x81, 126, len(data))
        self._writer.write(head + data)


def stamp(number: int) -> str:
    """A time stamp on the wire."""
    return base64.b64encode(struct.pack("<Q", number)).decode()


def version(number: int) -> dict[str, Any]:
    """What a client has seen at that time stamp: no queries."""
    return {"querySet": 0, "identity": 0, "ts": stamp(number)}


async def main(sessions: list[str]) -> None:
    """Serve until the process is killed."""
    server = await asyncio.start_server(Deployment(sessions).serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
