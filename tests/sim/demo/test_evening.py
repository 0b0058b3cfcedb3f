"""Evenings of real processes: what their lamps show, and what becomes of it when one of them is killed."""

import asyncio
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from broadcast_orchestrator.model.api.backend import Backend, SessionDocument
from broadcast_orchestrator.properties.measures.table import ALL_MEASURES
from broadcast_orchestrator.sim.demo.accounting import unaccounted
from broadcast_orchestrator.sim.demo.evening import Evening, Lamps
from broadcast_orchestrator.sim.demo.wire import Message

ALL = ("live_feed", "session", "host", "producer")


def played(
    folder: Path,
    story: Callable[[Evening], Awaitable[None]],
    measures: tuple[str, ...] = (),
    lease_ms: float = 600,
    **latency_ms: float,
) -> list[tuple[str, Message]]:
    """What the processes said on an evening on which this happened."""
    told: list[tuple[str, Message]] = []

    async def evening() -> None:
        latencies = dict.fromkeys((*ALL, "convex"), 5.0) | latency_ms
        evening = Evening(
            folder,
            lambda name, message: told.append((name, message)),
            latencies,
            measures=measures,
            lease_ms=lease_ms,
        )
        async with evening:
            await story(evening)

    asyncio.run(evening())
    return told


def test_an_evening_lights_five_lamps_and_puts_them_out(tmp_path: Path) -> None:
    """In the guide's order, each printed by the service's own process; the store says live, then idle and how long."""

    async def story(evening: Evening) -> None:
        assert (await evening.give("initialize"))["ok"]
        assert (await evening.give("start_broadcast", "s1"))["ok"]
        assert await evening.lamps() == Lamps(ALL, ("s1",))
        assert evening.sessions().sessions[0].broadcast_state == "live"
        assert (await evening.give("stop_broadcast"))["ok"]
        assert (await evening.lamps()).on == ()
        assert list(unaccounted(await evening.lamps(), await evening.known(), evening.sessions())) == []
        refused = await evening.give("recover")
        assert (refused["ok"], refused["message"]) == (False, "Cannot recover: the state is ready, not error")

    told = played(tmp_path, story)
    assert [(name, message["lamp"]) for name, message in told if "lamp" in message] == [
        ("live_feed", True), ("session", True), ("host", True), ("producer", True), ("convex", True),
        ("producer", False), ("host", False), ("session", False), ("live_feed", False), ("convex", False),
    ]  # fmt: skip


def test_a_service_that_is_killed_is_reported_and_recovered_from(tmp_path: Path) -> None:
    """The host's process is killed on air: the orchestrator is in error at once, and once another is there a recover
    leads to ready; that the backend still says live is named, as the guide has it."""

    async def story(evening: Evening) -> None:
        await evening.give("initialize")
        await evening.give("start_broadcast", "s1")
        await evening.kill("host")
        while (known := await evening.known())["state"] == "live":
            await asyncio.sleep(0.01)
        assert known["error"] == "host reported a failure: connection lost"
        await evening.all_there()
        assert (await evening.give("recover"))["ok"]
        known = await evening.known()
        assert (known["state"], known["left_live"]) == ("ready", ["s1"])
        assert (await evening.lamps()).on == ()
        assert list(unaccounted(await evening.lamps(), known, evening.sessions())) == []

    played(tmp_path, story)


def test_an_orchestrator_that_is_killed_on_air_leaves_what_another_does_not_know(tmp_path: Path) -> None:
    """The services go on; the next orchestrator initializes and is ready, and of what is on air it knows nothing: the
    guide's own gap, told by the services' lamps."""

    async def story(evening: Evening) -> None:
        await evening.give("initialize")
        await evening.give("start_broadcast", "s1")
        await evening.reload()
        assert (await evening.give("initialize"))["ok"]
        known = await evening.known()
        assert (known["state"], known["known"]) == ("ready", [])
        assert list(unaccounted(await evening.lamps(), known, evening.sessions())) == [
            "live_feed is on air, and the orchestrator, in ready, neither knows nor names it",
            "session is on air, and the orchestrator, in ready, neither knows nor names it",
            "host is on air, and the orchestrator, in ready, neither knows nor names it",
            "producer is on air, and the orchestrator, in ready, neither knows nor names it",
            "the backend calls s1 live, and the orchestrator, in ready, does not know it",
        ]

    played(tmp_path, story)


def test_with_all_measures_the_next_orchestrator_switches_off_what_the_former_left(tmp_path: Path) -> None:
    """The same kill, with a lease that has to run out first: the next one finds everything, and nothing stays on air.
    A producer that the former one still had on its way is refused by its number, as its store has counted the lives."""

    async def story(evening: Evening) -> None:
        await evening.begin_again({"producer": 4_000})
        assert (await evening.give("initialize"))["ok"]
        start = asyncio.create_task(evening.give("start_broadcast", "s1"))
        while (lamps := await evening.lamps()).on != ("live_feed", "session", "host") or not lamps.at_work:
            await asyncio.sleep(0.05)
        await evening.reload()
        assert not (await start)["ok"]
        assert (await evening.give("initialize"))["ok"]
        while (lamps := await evening.lamps()).at_work:
            await asyncio.sleep(0.05)
        known = await evening.known()
        assert (known["state"], lamps.on, list(unaccounted(lamps, known, evening.sessions()))) == ("ready", (), [])

    told = played(tmp_path, story, ALL_MEASURES, lease_ms=150.0)
    assert not [message for name, message in told if name == "producer" and "lamp" in message]
    assert [name for name, message in told if "lamp" in message] == ["live_feed", "session", "host"] * 2


def test_a_command_whose_orchestrator_is_killed_ends(tmp_path: Path) -> None:
    """Whoever gave it is told so, and is not left waiting."""

    async def story(evening: Evening) -> None:
        command = asyncio.create_task(evening.give("initialize"))
        await asyncio.sleep(0.05)
        await evening.reload()
        assert await command == {"ok": False, "message": "the orchestrator was killed"}

    played(tmp_path, story, host=5_000)


def test_nothing_is_left_of_an_evening_that_is_killed(tmp_path: Path) -> None:
    """Whoever runs it is killed: all six processes, and the one in which they began, end by themselves."""
    code = """
        import asyncio, sys
        from pathlib import Path
        from broadcast_orchestrator.sim.demo.evening import Evening

        async def main():
            async with Evening(Path(sys.argv[1]), lambda name, message: None) as evening:
                print(*[each.number for each in (evening._nursery, *evening._programs.values())], flush=True)
                await asyncio.sleep(60)

        asyncio.run(main())
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout is not None
        children = [int(number) for number in runner.stdout.readline().split()]
        assert (len(children), all(map(is_there, children))) == (7, True)
        runner.kill()
    for _ in range(1_000):
        if not any(map(is_there, children)):
            return
        time.sleep(0.01)
    pytest.fail("some processes are still there")


def is_there(process: int) -> bool:
    """Whether the process runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text() if Path("/proc").is_dir() else True


@pytest.mark.parametrize(
    ("lamps", "known", "told"),
    [
        (Lamps(("host",), ()), {"known": ["host"], "residue": [], "session": None, "left_live": []}, 0),
        (Lamps(("host",), ()), {"known": [], "residue": ["host"], "session": None, "left_live": []}, 0),
        (Lamps(("host",), ()), {"known": ["producer"], "residue": [], "session": None, "left_live": []}, 1),
        (Lamps((), ("s1",)), {"known": [], "residue": [], "session": "s1", "left_live": []}, 0),
        (Lamps((), ("s1",)), {"known": [], "residue": [], "session": None, "left_live": ["s1"]}, 0),
        (Lamps((), ("s1",)), {"known": [], "residue": [], "session": "s2", "left_live": []}, 1),
        (Lamps((), ()), {"known": [], "residue": [], "session": "s1", "left_live": []}, 1),
    ],
)
def test_what_is_accounted_for_is_known_or_named(lamps: Lamps, known: Message, told: int) -> None:
    """A service that is on, a session that is live; and the file says what its process says."""
    sessions = Backend((SessionDocument("s1", "live"),) if known["session"] == "s1" or lamps.live else ())
    assert len(list(unaccounted(lamps, {"state": "ready", **known}, sessions))) == told


def test_whoever_is_killed_again_while_it_comes_back_comes_back(tmp_path: Path) -> None:
    """A service that is killed twice in a row and an orchestrator that is killed twice at once are there again, once
    each; commands that are given meanwhile end."""

    async def story(evening: Evening) -> None:
        for _ in range(2):
            await evening.kill("host")
            await asyncio.sleep(0.02)
        giving = [asyncio.create_task(evening.give("initialize")) for _ in range(2)]
        reloads = asyncio.gather(evening.reload(), evening.reload())
        giving.append(asyncio.create_task(evening.give("emergency_stop")))
        await reloads
        await asyncio.gather(*giving)
        await evening.all_there()
        await evening.begin_again()
        assert (await evening.give("initialize"))["ok"]
        assert (await evening.known())["state"] == "ready"

    told = played(tmp_path, story)
    assert [message for name, message in told if name == "orchestrator" and "gone" in message] == [
        {"gone": -9}, {"gone": -9}, {"gone": 0}, {"gone": 0},
    ]  # fmt: skip


def test_whoever_waits_no_longer_keeps_nobody_waiting(tmp_path: Path) -> None:
    """A command is given and waited for no more, as at the end of an evening at the keyboard: its answer comes to
    nobody, and what is asked after it is answered."""

    async def story(evening: Evening) -> None:
        given = asyncio.create_task(evening.give("initialize"))
        await asyncio.sleep(0.05)
        given.cancel()
        async with asyncio.timeout(20):
            while (await evening.known())["state"] != "ready":
                await asyncio.sleep(0.02)
            assert (await evening.give("start_broadcast", "s1"))["ok"]

    played(tmp_path, story, host=200.0)
