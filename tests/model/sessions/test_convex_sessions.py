"""Sessions in Convex: the adapter over the official client, against a deployment in another process.

What no test here reaches is a deployed backend; these servers speak what its clients were seen to need.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any
from urllib.request import urlopen

import pytest
from convex import ConvexClient
from convex.http_client import ConvexHttpClient
from node_parts import need
from places import TESTS

from broadcast_orchestrator.model import CommandFailed
from broadcast_orchestrator.model.api.backend import MutationRefused, arguments_for
from broadcast_orchestrator.model.measures import BY_NAME
from broadcast_orchestrator.model.runtime import AsyncOrchestrator
from broadcast_orchestrator.model.sessions import ConvexSessions


@contextmanager
def deployed(*command: str) -> Iterator[str]:
    """The address of a deployment that runs meanwhile."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


@pytest.fixture(scope="module")
def simulated() -> Iterator[str]:
    """A deployment of the simulated backend, with sessions s1 and s2."""
    with deployed(sys.executable, str(TESTS / "convex_server.py"), "s1", "s2") as address:
        yield address


@pytest.fixture(scope="module")
def convex() -> Iterator[str]:
    """A deployment in Convex's own test library, with sessions s1 and s2."""
    with deployed(need(TESTS / "node"), str(TESTS / "node" / "convex" / "serve.mjs")) as address:
        yield address


def documents(address: str) -> list[dict[str, Any]]:
    """What the sessions say, without what differs from run to run."""
    with urlopen(f"{address}/sessions", timeout=10) as answer:
        sessions = json.load(answer)
    return [{n: v for n, v in session.items() if n[0] != "_" and not n.endswith("Time")} for session in sessions]


def service() -> SimpleNamespace:
    """A service that does everything at once."""
    return SimpleNamespace(**{verb: lambda: None for verb in ("initialize", "start", "stop", "end")})


async def evening(sessions: ConvexSessions, session: str) -> AsyncOrchestrator:
    """On air with the session."""
    services = SimpleNamespace(live_feed=service(), session=service(), host=service(), producer=service())
    orchestrator = AsyncOrchestrator(services, sessions)
    await orchestrator.initialize()
    await orchestrator.start_broadcast(session)
    return orchestrator


async def an_evening_is_told(address: str) -> None:
    """Live while it is on air, idle afterwards, with its duration; a session that does not exist fails the start."""
    sessions = ConvexSessions(ConvexHttpClient(address))
    orchestrator = await evening(sessions, "s1")
    flags = {"hostActive": True, "producerActive": True, "liveFeedActive": True}
    (live, other) = documents(address)
    assert live.pop("broadcastStartedAt") > 1_700_000_000_000
    assert (live, other) == ({"broadcastState": "live", **flags}, {})
    await orchestrator.stop_broadcast()
    (idle, _) = documents(address)
    assert (idle["broadcastState"], idle["hostActive"]) == ("idle", False)
    assert idle["broadcastDuration"] >= 0
    with pytest.raises(CommandFailed, match=r"convex\.live failed: "):
        await orchestrator.start_broadcast("s3")
    assert orchestrator.state == "error"


def test_the_http_client_tells_an_evening(simulated: str) -> None:
    """The real client, against the simulated backend."""
    asyncio.run(an_evening_is_told(simulated))


def test_the_http_client_tells_an_evening_to_convexs_own_mutation(convex: str) -> None:
    """The real client, against the guide's mutation in Convex's own test library."""
    asyncio.run(an_evening_is_told(convex))


def what_measures_need_is_there(address: str) -> None:
    """Lives are counted, a write and a read refuse what is older than what either took, and one holder has the lease,
    until it has been silent."""
    sessions = ConvexSessions(ConvexHttpClient(address), "users/measures:updateBroadcastState")
    life = sessions.new_life()
    assert sessions.new_life() == life + 1
    sessions.mutate(arguments_for("s2", live=True), 100_000_003)
    assert "s2" in sessions.live(100_000_004)
    assert "s2" in sessions.live()
    for stale in (partial(sessions.mutate, arguments_for("s2", live=False)), sessions.live):
        with pytest.raises(Exception, match=r"number: 100000003.* is older than 100000004"):
            stale(number=100_000_003)
    sessions.mutate(arguments_for("s2", live=False), 100_000_005)
    assert "s2" not in sessions.live()
    asked = [("ours", 60_000), ("theirs", 60_000), ("ours", 1)]
    assert [sessions.lease(holder, lease_ms) for holder, lease_ms in asked] == [True, False, True]
    time.sleep(0.05)
    assert sessions.lease("theirs", 1)


async def an_evening_with_measures_takes_over(address: str) -> None:
    """With all measures: a session that a former life left live is written idle by the initialization of the next one,
    which has waited for the lease; what the former one still writes is refused."""
    former, next_one = (
        AsyncOrchestrator(
            SimpleNamespace(live_feed=lamp(), session=lamp(), host=lamp(), producer=lamp()),
            ConvexSessions(ConvexHttpClient(address), "users/measures:updateBroadcastState"),
            {"retry_delay": 60},
            measures=BY_NAME,
            lease_ms=90,
        )
        for _ in range(2)
    )
    await former.initialize()
    await former.start_broadcast("s1")
    assert documents(address)[0]["broadcastState"] == "live"
    former.close()
    await next_one.initialize()
    assert (next_one.state, documents(address)[0]["broadcastState"]) == ("ready", "idle")
    next_one.close()


def lamp() -> SimpleNamespace:
    """A service that can be read, and that is over at once with whatever it does."""
    lamp = service()
    lamp.lit = False
    lamp.is_on, lamp.is_initialized = lambda: lamp.lit, lambda: True
    lamp.start = lambda: setattr(lamp, "lit", True)
    lamp.stop = lamp.end = lambda: setattr(lamp, "lit", False)
    return lamp


def test_the_http_client_asks_for_what_measures_need(simulated: str) -> None:
    """The real client, against a simulated deployment."""
    what_measures_need_is_there(simulated)
    asyncio.run(an_evening_with_measures_takes_over(simulated))


def test_the_http_client_asks_convexs_own_library_for_what_measures_need(convex: str) -> None:
    """The real client, against mutations in Convex's own test library."""
    what_measures_need_is_there(convex)
    asyncio.run(an_evening_with_measures_takes_over(convex))


def test_the_websocket_client_tells_an_evening(simulated: str) -> None:
    """The real client over its WebSocket, as far as a client goes that only mutates."""
    sessions = ConvexSessions(ConvexClient(simulated))
    asyncio.run(evening(sessions, "s2"))
    assert documents(simulated)[1]["broadcastState"] == "live"
    with pytest.raises(Exception, match="no session 's3'"):
        sessions.mutate(arguments_for("s3", live=True))


def test_another_name_and_wrong_arguments_are_refused(simulated: str) -> None:
    """A mutation that is not deployed is the client's error; arguments that cannot be do not leave the program."""
    client = ConvexHttpClient(simulated)
    with pytest.raises(Exception, match="Could not find public function for 'sessions:update'"):
        ConvexSessions(client, "sessions:update").mutate(arguments_for("s1", live=True))
    with pytest.raises(MutationRefused, match="hostActive: expected true or false, got 'yes'"):
        ConvexSessions(client).mutate({**arguments_for("s1", live=True), "hostActive": "yes"})


def test_a_deployment_that_is_away_fails_the_start_alone() -> None:
    """The program goes on: the start is rolled back, and without a session it reaches live."""

    async def story() -> None:
        sessions = ConvexSessions(ConvexHttpClient("http://127.0.0.1:9"))
        with pytest.raises(CommandFailed, match=r"convex\.live failed: .*refused"):
            await evening(sessions, "s1")

    asyncio.run(story())
