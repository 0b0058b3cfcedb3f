"""A service behind a socket, as the orchestrator of the demo has it."""

import asyncio

from broadcast_orchestrator.sim.demo.remote_services import RemoteService
from broadcast_orchestrator.sim.demo.wire import packed


def test_an_answer_is_acted_on_before_anything_newer_is_heard() -> None:
    """A service is read to be off, and goes on at once: both come in one packet, and whoever has asked is told first,
    so that a recording has them in the order in which they were so."""
    happened = list[object]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(packed({"id": 1, "ok": True, "value": False}) + packed({"active": True}))
        await reader.read()
        writer.close()

    async def story() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            gone = asyncio.Event()
            remote = RemoteService("host", port, lambda _, said: happened.append(said), lambda _: gone.set())
            asking = asyncio.create_task(remote.ask("is_on"))
            asking.add_done_callback(lambda task: happened.append(task.result()))
            await asking
            while len(happened) < 2:
                await asyncio.sleep(0.01)
            remote.leave()
            await gone.wait()

    asyncio.run(story())
    assert happened == [False, {"active": True}]
