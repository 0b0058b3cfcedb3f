"""What befalls the orchestrator as a whole, on the clock: a reload, a second dashboard, a sleep."""

import random

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.measures import MEASURES, rules_with
from broadcast_orchestrator.model.table import IDLE, INITIALIZING, LIVE, READY
from broadcast_orchestrator.sim.simulate.injection import KINDS, Fault
from broadcast_orchestrator.sim.simulate.studio import CommandForgotten, Script, Studio
from broadcast_orchestrator.sim.world.faults import FaultClass
from broadcast_orchestrator.sim.world.steps import Answer, Elsewhere, Mark, Notice, Reload, Step, Suspend, Timer
from broadcast_orchestrator.sim.world.trace import Passage, Trace, replay
from broadcast_orchestrator.sim.world.world import Scope, choices, on_air, quiet

ALL = rules_with(measure.name for measure in MEASURES)
EVERYTHING = Scope(tuple(FaultClass), limit=10**9, racing=True, sessions=(None, "s1", "s2"), filling=True)
COMMANDS = ("initialize", "start_broadcast", "start_broadcast", "stop_broadcast", "emergency_stop", "recover")
WRITES = "convex.*"


def started(**arguments: object) -> Studio:
    """A studio on air with the session s1, each call in 10 ms."""
    studio = Studio(**{"latency": {"*": 10}, **arguments})  # type: ignore[arg-type]
    studio.run(studio.orchestrator.initialize())
    studio.run(studio.orchestrator.start_broadcast("s1"))
    studio.settle()
    return studio


def steps_of(studio: Studio, *kinds: type[Step]) -> list[Step]:
    """The steps of these kinds."""
    return [line.step for line in studio.trace.lines if isinstance(line.step, kinds)]


# -- Reload -----------------------------------------------------------------------------------------


def test_a_reload_forgets_and_the_services_go_on() -> None:
    """In mid-show: idle, no history, nothing known to be on, and everything on; a new life begins at once."""
    studio = started()
    studio.reload()
    assert studio.state is IDLE
    assert not studio.history
    assert on_air(studio.world) == ("live_feed", "session", "host", "producer")
    assert studio.run(studio.orchestrator.initialize()).command == "initialize"
    assert [(entry.source, entry.target) for entry in studio.history] == [(IDLE, INITIALIZING), (INITIALIZING, READY)]


def test_a_reload_that_makes_no_difference_is_none() -> None:
    """Nothing has happened yet, so there is nothing to forget."""
    studio = Studio()
    studio.reload()
    assert studio.trace.lines == []


def test_whoever_waits_for_a_former_life_is_told() -> None:
    """The command never settles; a script that waits for it gets an exception that says so, at the reload."""
    studio, seen = Studio(latency={"*": 10}), list[tuple[float, str]]()

    def story() -> Script:
        yield studio.orchestrator.initialize()
        try:
            yield studio.orchestrator.start_broadcast()
        except CommandForgotten as forgotten:
            seen.append((studio.now_ms, str(forgotten)))

    studio.script(story())
    studio.run(25)
    studio.reload()
    studio.settle()
    assert seen == [(25, "start_broadcast never settles: the page was reloaded")]


def test_a_call_of_a_former_life_takes_effect() -> None:
    """The start of the session is under way at the reload, and comes; nothing after it is called, and no timer runs."""
    studio = Studio(latency={"*": 10, "session.start": 1_000})
    studio.run(studio.orchestrator.initialize())
    studio.orchestrator.start_broadcast()
    studio.run(25)
    studio.reload()
    assert on_air(studio.world) == ("live_feed",)
    studio.settle()
    assert on_air(studio.world) == ("live_feed", "session")
    assert studio.now_ms < 1_025
    assert steps_of(studio, Timer) == []


@pytest.mark.parametrize("kind", ["refuse", "late", "early_reply", "conflict", "duplicate", "lost_service"])
def test_what_was_to_go_wrong_with_a_forgotten_call_does_not(kind: str) -> None:
    """Nobody hears of it any more: the write takes effect, and the backend takes others."""
    studio = Studio(
        latency={"*": 10, "convex.live": 1_000}, faults=[Fault(WRITES, kind)] if kind != "lost_service" else ()
    )
    studio.run(studio.orchestrator.initialize())
    studio.orchestrator.start_broadcast("s1")
    studio.run(51)
    assert [call.operation for call in studio.world.flights[4]] == ["convex.live"]
    studio.reload()
    studio.settle()
    assert studio.world.truth.backend == ("s1",)
    assert not studio.world.truth.refusing
    assert quiet(studio.world)


# -- A second dashboard -----------------------------------------------------------------------------


def test_another_dashboard_starts_and_stops_over_the_same_services() -> None:
    """Its calls take effect in time, one after the other, and nobody here hears of them."""
    studio = Studio(latency={"*": 100})
    assert studio.elsewhere("start_broadcast")
    assert on_air(studio.world) == ()
    studio.settle()
    assert 0 < studio.now_ms <= 100
    assert on_air(studio.world) == ("live_feed", "session", "host", "producer")
    assert studio.world.truth.backend == ("elsewhere",)
    assert studio.state is IDLE
    studio.elsewhere("stop_broadcast")
    studio.settle()
    assert on_air(studio.world) == ()
    assert steps_of(studio, Answer) == []


def test_under_a_lease_one_dashboard_commands() -> None:
    """The other one is turned away while we have it; while it has it, no initialization succeeds here."""
    ours = started(rules=rules_with(["lease"]))
    lines = len(ours.trace.lines)
    assert not ours.elsewhere("stop_broadcast")
    assert len(ours.trace.lines) == lines
    theirs = Studio(rules=rules_with(["lease"]), latency={"*": 10}, config={"max_retries": 0})
    assert theirs.elsewhere("start_broadcast")
    theirs.orchestrator.initialize()
    theirs.settle()
    assert theirs.state == "error"
    assert "convex.lease" in (theirs.snapshot.orchestrator.error or "")


def test_another_dashboard_changes_none_of_our_draws() -> None:
    """Its calls have draws of their own: ours take as long as without it."""

    def times(beside: bool) -> list[float | None]:
        studio = Studio(3)
        studio.run(studio.orchestrator.initialize())
        if beside:
            studio.elsewhere("stop_broadcast")
        studio.run(studio.orchestrator.start_broadcast())
        return [line.at_ms for line in studio.trace.lines if isinstance(line.step, Answer)]

    assert times(True) == times(False)


def test_another_dashboard_gives_two_commands() -> None:
    """Any other is one line that says which."""
    with pytest.raises(ValueError, match=r"^elsewhere: 'recover' is unknown"):
        Studio().elsewhere("recover")


# -- A sleep ----------------------------------------------------------------------------------------


def asleep(timer_first: bool | None, duration_ms: float = 20_000, **arguments: object) -> Studio:
    """A start whose first call takes 1 s, with a limit of 5 s, in a page that falls asleep at once."""
    studio = Studio(**{"latency": {"*": 10, "live_feed.start": 1_000}, **arguments})  # type: ignore[arg-type]
    studio.orchestrator.update_config(startup_timeout=5_000)
    studio.run(studio.orchestrator.initialize())
    studio.orchestrator.start_broadcast()
    studio.suspend(duration_ms, timer_first=timer_first)
    studio.run(duration_ms)
    assert on_air(studio.world) == ("live_feed",), "effects go on"
    assert studio.state == "starting", "nothing is heard"
    studio.settle()
    return studio


def test_after_a_sleep_the_timer_may_come_first() -> None:
    """Everything that was waited for is overdue: the start has failed, and the reply that waited comes late."""
    studio = asleep(timer_first=True)
    heard = steps_of(studio, Answer, Timer, Suspend)
    assert heard[1:4] == [Suspend(), Timer(), Answer("live_feed", 0, ok=True)]
    assert studio.state == "error"
    assert on_air(studio.world) == ()


def test_after_a_sleep_the_replies_may_come_first() -> None:
    """The reply is taken at its word, the next step begins, and then its limit has passed long ago."""
    studio = asleep(timer_first=False)
    heard = steps_of(studio, Answer, Timer, Suspend, Mark)
    assert heard[1:4] == [Answer("live_feed", 0, ok=True), Mark("session", 0, FaultClass.LATE), Timer()]
    assert studio.state == "error"


def test_a_sleep_that_ends_before_the_limit_costs_nothing_else() -> None:
    """The reply comes when the page wakes up, and the start goes on to live."""
    studio = asleep(timer_first=True, duration_ms=3_000)
    assert studio.state is LIVE
    assert steps_of(studio, Suspend, Timer) == []


def test_luck_decides_what_comes_first_after_a_sleep() -> None:
    """Some seeds have it one way and some the other."""
    assert {bool(steps_of(asleep(None, seed=seed), Suspend)) for seed in range(8)} == {True, False}


def test_a_report_waits_for_the_page_to_wake_up() -> None:
    """A service is lost during the sleep, and that is heard after it."""
    studio = started()
    studio.suspend(1_000)
    studio.lose("host")
    studio.settle()
    assert [line.at_ms for line in studio.trace.lines if isinstance(line.step, Notice)] == [60 + 1_000]


@pytest.mark.parametrize("duration_ms", [-1, float("inf"), float("nan")])
def test_a_sleep_that_cannot_be_is_one_line(duration_ms: float) -> None:
    """It is a time from 0 on."""
    with pytest.raises(ValueError, match=r"^suspend: expected a number of milliseconds from 0 on, got"):
        Studio().suspend(duration_ms)


# -- Anything ---------------------------------------------------------------------------------------


def possible(passage: Passage) -> None:
    """Fail unless the step is one that the world allows where it was taken."""
    assert passage.step in tuple(choices(passage.before, EVERYTHING))


def wild(seed: int, rules: type[Core]) -> Studio:
    """A studio in which anything happens at odd moments, under any faults."""
    luck = random.Random(seed)
    faults = [
        Fault(WRITES if kind == "conflict" else "*", kind, luck.choice((0.02, 0.1, 0.3)))
        for kind in KINDS
        if luck.random() < 0.2
    ]
    latency = luck.choice(("constant:ms=10", "uniform:low_ms=20,high_ms=200", "uniform:low_ms=0,high_ms=4000"))
    studio = Studio(seed, {"*": latency}, faults, {"max_retries": 1}, watch=possible, rules=rules)
    studio.orchestrator.initialize()
    for _ in range(9):
        studio.run(studio.now_ms + luck.choice((luck.uniform(0, 300), luck.uniform(0, 9_000))))
        befall(studio, luck)
    studio.settle()
    return studio


def befall(studio: Studio, luck: random.Random) -> None:
    """A command, or what befalls the orchestrator as a whole."""
    match luck.choice((*COMMANDS, "reload", "suspend", "elsewhere")):
        case "reload":
            studio.reload()
        case "suspend":
            studio.suspend(luck.choice((100, 5_000, 40_000)))
        case "elsewhere":
            studio.elsewhere(luck.choice(("start_broadcast", "stop_broadcast")))
        case "start_broadcast":
            studio.orchestrator.start_broadcast(luck.choice(("s1", "s2", None)))
        case command:
            getattr(studio.orchestrator, command)()


@pytest.mark.parametrize("rules", [Core, ALL], ids=["guide", "all measures"])
def test_every_run_is_a_path_that_settles_and_replays(rules: type[Core]) -> None:
    """150 random runs of each: only possible steps, quiet in the end, replayed to the same, read from what was written,
    and nobody left waiting; among them each of the three."""
    seen = set[type[Step]]()
    for seed in range(150):
        studio = wild(seed, rules)
        assert quiet(studio.world)
        assert replay(Trace.from_text(studio.trace.to_text()), rules).agrees
        assert studio.orchestrator._waiting == []
        seen.update(map(type, steps_of(studio, Reload, Elsewhere, Suspend)))
    assert seen == {Reload, Elsewhere, Suspend}


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Whatever befalls the orchestrator."""
    for seed in range(30):
        assert wild(seed, ALL).trace.to_text() == wild(seed, ALL).trace.to_text()
