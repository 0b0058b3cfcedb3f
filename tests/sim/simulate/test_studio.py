"""The studio: latencies, faults and time as asked for, and every run a path that the world allows."""

import random
from typing import Any

import pytest
import simpy

from broadcast_orchestrator.model import BroadcastError, CommandFailed, CommandRefused
from broadcast_orchestrator.model.api import hooks
from broadcast_orchestrator.sim import Fault, FaultError, LatencyError, Studio, replay
from broadcast_orchestrator.sim.simulate.drawn_calls import LatencyLike
from broadcast_orchestrator.sim.simulate.injection import CALLS, KINDS
from broadcast_orchestrator.sim.simulate.latency import Constant
from broadcast_orchestrator.sim.simulate.streams import Streams
from broadcast_orchestrator.sim.simulate.studio import Script
from broadcast_orchestrator.sim.world.faults import BY_NAME, REFUSE, FaultClass
from broadcast_orchestrator.sim.world.steps import Answer, Reconfigure
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.world import Scope, choices, quiet

EVERY_FAULT = ("F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F9u", "F10", "F11")
EVERYTHING = Scope(EVERY_FAULT, limit=10**9, racing=True, sessions=(None, "s1", "s2"), filling=True)


def started(*faults: Fault, **arguments: Any) -> Studio:
    """A studio in which a start with a session was given after an initialize, and everything came to rest."""
    studio = Studio(faults=faults, **{"latency": {"*": 10}} | arguments)
    studio.run(studio.orchestrator.initialize())
    studio.orchestrator.start_broadcast("s1")
    studio.settle()
    return studio


def error(studio: Studio) -> str | None:
    """The text of the error."""
    return studio.snapshot.orchestrator.error


# -- Scripts and time -----------------------------------------------------------------------------


def test_a_script_waits_for_commands_times_and_states() -> None:
    """A script yields a command, a pause and a state, gets the outcome, and returns a value."""
    studio = Studio(latency={"*": 10})

    def story() -> Script:
        outcome = yield studio.orchestrator.initialize()
        yield studio.wait(90)
        studio.orchestrator.start_broadcast()
        yield studio.when("live")
        return outcome.command, studio.now_ms

    assert studio.run(story()) == ("initialize", 140.0)


def test_a_script_catches_what_its_command_raises() -> None:
    """The exception that comes out of a yield carries what is missing, and the run goes on."""
    studio = Studio()

    def story() -> Script:
        try:
            yield studio.orchestrator.start_broadcast()
        except CommandRefused as refusal:
            return refusal.missing

    assert studio.run(story()) == ("state is idle, not ready", "host agent is not initialized")


def test_two_scripts_race() -> None:
    """A second start that comes while the first is under way is refused, and the first goes live."""
    studio, ends = Studio(latency={"*": 10}), []

    def click(after_ms: float) -> Script:
        yield studio.wait(after_ms)
        try:
            yield studio.orchestrator.start_broadcast()
            ends.append("live")
        except CommandRefused:
            ends.append("refused")

    studio.run(studio.orchestrator.initialize())
    studio.script(click(0))
    studio.script(click(5))
    studio.settle()
    assert (ends, studio.state) == (["refused", "live"], "live")


def test_running_to_a_time_includes_what_happens_then() -> None:
    """A reply that is due at 10 ms has happened when the studio has run to 10 ms, and not at 9."""
    studio = Studio(latency={"*": 10})
    studio.orchestrator.initialize()
    studio.run(9)
    assert (studio.state, studio.now_ms) == ("initializing", 9.0)
    studio.run(10)
    assert (studio.state, studio.now_ms) == ("ready", 10.0)
    with pytest.raises(ValueError, match=r"^run: cannot run until 3 ms, it is 10 ms now$"):
        studio.run(3)
    with pytest.raises(ValueError, match="cannot run until inf ms"):
        studio.run(float("inf"))


def test_a_command_that_has_settled_can_still_be_run() -> None:
    """Its value, or its exception, is there later too."""
    studio = Studio()
    refused, done = studio.orchestrator.recover(), studio.orchestrator.initialize()
    studio.settle()
    assert studio.run(done).command == "initialize"
    with pytest.raises(CommandRefused):
        studio.run(refused)


def test_waiting_for_what_never_comes_is_one_line() -> None:
    """When nothing is left to happen, the run ends with a sentence."""
    studio = Studio()
    with pytest.raises(RuntimeError, match=r"^nothing is left to happen, and what was waited for has not come$"):
        studio.run(studio.when("live"))
    studio.script(iter_wait(studio.when("live")))
    with pytest.raises(RuntimeError, match=r"^nothing is left to happen, and a script still waits$"):
        studio.settle()


def iter_wait(event: simpy.Event) -> Script:
    """A script that waits for one event."""
    yield event


def test_a_listener_may_stop_everything_in_mid_air() -> None:
    """A listener that gives an emergency stop as soon as a start begins: the run stays a possible path, and replays."""
    studio = Studio(3, faults=[Fault("live_feed.*", "late")], watch=possible)
    orchestrator, heard = studio.orchestrator, []
    orchestrator.subscribe(lambda new, _: orchestrator.emergency_stop() if new == "starting" else None, hooks.state)
    orchestrator.subscribe(lambda new, _: heard.append(str(new)), hooks.state)
    studio.run(orchestrator.initialize())
    orchestrator.start_broadcast()
    studio.settle()
    assert heard == ["initializing", "ready", "starting", "idle"]
    assert replay(studio.trace).agrees


def test_a_failure_that_nobody_waits_for_stops_nothing() -> None:
    """A failed start whose event is dropped is in the error text, and the run settles."""
    assert error(started(Fault("session.start", "refuse"))) == "session.start failed: refused"


# -- Latencies ------------------------------------------------------------------------------------


def test_the_most_particular_latency_counts() -> None:
    """An operation's own latency goes before its service's, and that before the one for all."""
    studio = Studio(latency={"*": 1, "host.*": 20, "host.start": Constant(300), "producer.start": "constant:ms=4000"})
    studio.run(studio.orchestrator.initialize())
    assert studio.now_ms == 20
    studio.run(studio.orchestrator.start_broadcast())
    assert studio.now_ms == 20 + 1 + 1 + 300 + 4000


def test_an_effect_comes_before_its_reply() -> None:
    """Each call takes effect at a moment of its own, strictly within its latency."""
    studio = started()
    effects = [line.at_ms for line in studio.trace.lines if type(line.step).__name__ == "Effect"]
    assert len(effects) == 6
    assert all(10 * place < (at_ms or 0) < 10 * (place + 1) for place, at_ms in enumerate(effects))


def test_one_fault_more_changes_no_other_draw() -> None:
    """The times of a run up to a fault are those of the run without it: every draw has its own stream."""
    plain = started(latency={"*": "uniform:low_ms=1,high_ms=9"}, seed=5)
    faulty = started(Fault("convex.live", "refuse"), latency={"*": "uniform:low_ms=1,high_ms=9"}, seed=5)
    differ = [a == b for a, b in zip(plain.trace.lines, faulty.trace.lines, strict=False)].index(False)
    assert differ == len(plain.trace.lines) - 2  # all but the effect and the reply of the last call
    assert differ > 10


@pytest.mark.parametrize(
    ("latency", "message"),
    [
        ({"host.strat": 1}, "latency: 'host.strat' is unknown, did you mean 'host.start'?"),
        ({"host.start": -1}, "latency of host.start: constant: ms: expected a number from 0 to"),
        ({"*": "normal:mean_ms=1"}, "latency of *: "),
    ],
)
def test_a_latency_that_cannot_be_is_one_line(latency: Any, message: str) -> None:
    """The name of the call and the mistake are in it."""
    with pytest.raises(LatencyError) as caught:
        Studio(latency=latency)
    assert str(caught.value).startswith(message)


# -- Faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "took_effect"),
    [
        ("refuse", "host.start failed: refused", False),
        ("lost_reply", "host.start failed: connection lost", True),
        ("hang", "host.start timed out", None),
        ("late", "host.start timed out", None),
        ("lost_service", "host reported a failure: lost", True),
    ],
)
def test_a_fault_is_what_its_name_says(kind: str, text: str, took_effect: bool | None) -> None:
    """The error text tells how the caller saw it; whether the host was ever on tells what really happened."""
    seen: list[bool] = []
    studio = started(Fault("host.start", kind), watch=lambda passage: seen.append(passage.after.truth.active[2]))
    assert error(studio) == text
    assert took_effect is None or any(seen) is took_effect
    assert studio.world.truth.active == (False, False, False, False)


def test_a_fault_that_the_caller_cannot_see_leads_to_live() -> None:
    """An empty success is live without the producer; a duplicate is live with it; both quietly."""
    assert started(Fault("producer.start", "empty_success")).world.truth.active == (True, True, True, False)
    assert started(Fault("producer.start", "duplicate")).world.truth.active == (True, True, True, True)


@pytest.mark.parametrize(("faults", "feed_is_on"), [((), False), ((Fault("live_feed.stop", "overtaking"),), True)])
def test_effects_keep_their_order_unless_they_overtake(faults: tuple[Fault, ...], feed_is_on: bool) -> None:
    """A quick stop waits for the effect of a slow start of the same service; overtaking, it is undone by it."""
    studio = Studio(latency={"*": 1, "live_feed.start": 1_000}, faults=faults)
    studio.run(studio.orchestrator.initialize())
    studio.orchestrator.start_broadcast()
    studio.orchestrator.emergency_stop()
    studio.settle()
    assert (studio.state, studio.snapshot.live_feed.is_live) == ("idle", feed_is_on)


@pytest.mark.parametrize(("seed", "end"), [(2, "live"), (5, "error")])
def test_an_early_reply_comes_before_its_effect(seed: int, end: str) -> None:
    """The producer's reply, ok or failed as luck has it, is there while the producer is still off."""
    studio = Studio(seed, {"*": 10}, [Fault("producer.start", "early_reply")])
    studio.run(studio.orchestrator.initialize())
    studio.orchestrator.start_broadcast()
    while not isinstance(step := studio.trace.lines[-1].step, Answer) or step.service != "producer":
        studio.env.step()
    assert step.fault == "F5"
    assert studio.snapshot.producer.is_active is False
    studio.settle()
    assert studio.state == end


def test_a_late_reply_comes_after_the_limit_whatever_the_latency_is() -> None:
    """The start is given up at its limit of 15 s; the reply comes its own 10 ms after that."""
    studio = started(Fault("host.start", "late"))
    limit = next(line.at_ms for line in studio.trace.lines if type(line.step).__name__ == "Timer")
    answers = [
        line.at_ms for line in studio.trace.lines if isinstance(line.step, Answer) and line.step[:2] == ("host", 0)
    ]
    assert limit == 15_010
    assert 15_020 in answers


def test_a_reply_slower_than_its_limit_is_late() -> None:
    """Latency alone, without any fault, makes the call late: it is marked F4 just before the timer."""
    studio = started(latency={"*": 10, "host.start": 20_000})
    steps = [line.step for line in studio.trace.lines]
    timer = next(index for index, step in enumerate(steps) if type(step).__name__ == "Timer")
    assert steps[timer - 1] == ("host", 0, "F4")
    assert error(studio) == "host.start timed out"


def test_a_conflict_refuses_a_write_and_then_takes_it() -> None:
    """The live write fails, the undo's idle write is taken, and the backend is out of its conflict."""
    studio = started(Fault("convex.*", "conflict", first=1))
    assert (error(studio), studio.world.truth.refusing) == ("convex.live failed: write conflict", False)
    assert studio.snapshot.convex.sessions[0].broadcast_state == "idle"


NUMBERS = (0,) * 8


@pytest.mark.parametrize(
    ("conditions", "hit"),
    [
        ({"first": 2}, [1, 2]),
        ({"nth": 3}, [3]),
        ({"every": 2}, [2, 4]),
        ({"between_ms": (1_000, 2_100)}, [2, 3]),
        ({"probability": 0.0}, []),
    ],
)
def test_a_fault_hits_when_its_conditions_hold(conditions: dict[str, Any], hit: list[int]) -> None:
    """Of the attempts at 0, 1010, 2020 and 3030 ms those fail that the condition names; the others succeed."""
    failing = []
    for attempt in range(1, 5):
        studio = Studio(latency={"*": 10}, faults=[Fault("host.initialize", "refuse", **conditions)])
        decide = studio._injection.decide
        decided = [decide("host.initialize", "forward", 1_010 * n, NUMBERS) for n in range(attempt)]
        if decided[-1] == "F1":
            failing.append(attempt)
    assert failing == hit


def test_a_probability_is_what_it_says() -> None:
    """Of 2000 calls with probability 0.3 between 500 and 700 fail; the seed is fixed, so it is the same each time."""
    injection = Studio(faults=[Fault("*", "refuse", 0.3)])._injection
    draws = [Streams(0).draw(b"call", place) for place in range(2_000)]
    assert 500 < [injection.decide("host.start", "forward", 0, numbers) for numbers in draws].count(REFUSE) < 700


def test_a_fault_at_a_place_hits_there_alone() -> None:
    """A refusal during rollbacks leaves the stop of a good broadcast alone."""
    studio = started(Fault("*", "refuse", place="rollback"))
    studio.run(studio.orchestrator.stop_broadcast())
    assert studio.state == "ready"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("host.strat", "refuse"), "fault: call: 'host.strat' is unknown, did you mean 'host.start'?"),
        (("host.start", "refused"), "fault: kind: 'refused' is unknown, did you mean 'refuse'?"),
        (
            ("host.start", "a new class", 1.0, 1),
            "fault: kind: 'a new class' is unknown, try one of: refuse, lost_reply,",
        ),
        (("host.start", "bypass"), "fault: kind: 'bypass' is unknown, try one of: refuse, lost_reply,"),
        (("host.start", "conflict"), "fault: kind: a conflict hits the backend alone"),
        (
            ("convex.*", "lost_unnoticed"),
            "fault: kind: lost_unnoticed can hit no call of convex.*, only calls of live_feed, session, host, producer",
        ),
        (("*", "hang", 2), "fault: probability: expected a number from 0 to 1, got 2"),
        (("*", "hang", 1.0, 0), "fault: first: expected a whole number from 1 on, got 0"),
        (("*", "hang", 1.0, None, None, None, (5, 1)), "fault: between_ms: expected two times"),
        (("*", "hang", 1.0, None, None, None, None, "rolback"), "fault: place: 'rolback' is unknown"),
    ],
)
def test_a_fault_that_cannot_be_is_one_line(arguments: tuple[Any, ...], message: str) -> None:
    """What is wrong, and the near match."""
    with pytest.raises(FaultError) as caught:
        Fault(*arguments)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_can_be_ordered_happens(kind: str) -> None:
    """No fault is taken and then left out in silence: each kind is a step of its class in a run that it is ordered
    for. Overtaking takes a call that has been given up and has not taken effect when the next one does."""
    call = {"conflict": "convex.live", "overtaking": "host.stop"}.get(kind, "host.start")
    slow = {"host.start": 3_600_000} if kind == "overtaking" else {}
    studio = started(Fault(call, kind, first=1), latency={"*": 10} | slow)
    assert BY_NAME[kind].id in [getattr(line.step, "fault", "") for line in studio.trace.lines]


# -- Around the calls -----------------------------------------------------------------------------


def test_a_bypass_is_seen_in_the_snapshot_and_not_by_the_core() -> None:
    """The producer is off behind the orchestrator's back: the state stays live, the store says the truth."""
    studio = started()
    studio.bypass("producer")
    assert (studio.state, studio.snapshot.producer.is_active) == ("live", False)


def test_a_lost_service_reports_before_its_next_reply() -> None:
    """A report that would take a second comes first of all when the service has a reply to give."""
    studio = started()
    stop = studio.orchestrator.stop_broadcast()
    studio.lose("producer", notice_after_ms=1_000)
    outcome = studio.run(stop)
    assert [str(note) for note in outcome.notes] == ["producer reported a failure: lost"]
    assert studio.now_ms < 1_000


def test_an_unknown_service_has_a_near_match() -> None:
    """Neither losing nor bypassing takes a name that is no service."""
    for interfere in (started().lose, started().bypass):
        with pytest.raises(ValueError, match=r"'hots': unknown service, did you mean 'host'?"):
            interfere("hots")


def test_a_session_that_the_backend_does_not_know_fails_the_start() -> None:
    """With the sessions given, a live write to another one is refused, and the documents stay as they were."""
    studio = started(sessions=["s2"])
    assert error(studio) == "convex.live failed: refused; convex.idle failed: refused"
    assert [document.to_wire() for document in studio.snapshot.convex.sessions] == [{"_id": "s2"}]


def test_the_documents_of_the_backend_carry_times() -> None:
    """Live at the effect of the write, idle at that of the other; the duration lies between the two."""
    studio = started(latency={"*": 0})
    studio.run(5_000)
    studio.run(studio.orchestrator.stop_broadcast())
    assert studio.snapshot.convex.sessions[0].to_wire() == {
        "_id": "s1",
        "broadcastState": "idle",
        "hostActive": False,
        "producerActive": False,
        "liveFeedActive": False,
        "lastActiveTime": 5_000,
        "broadcastStartedAt": 0,
        "broadcastDuration": 5_000,
    }


# -- Every run is a path ----------------------------------------------------------------------------


def possible(passage: Passage) -> None:
    """Fail unless the step is one that the world allows where it was taken."""
    assert isinstance(passage.step, Reconfigure) or passage.step in tuple(choices(passage.before, EVERYTHING))


def visitor(studio: Studio, luck: random.Random) -> Script:
    """Gives a few commands at odd moments, and waits for most of them."""
    orchestrator = studio.orchestrator
    for _ in range(luck.randrange(1, 8)):
        yield studio.wait(luck.choice([0, 10, 1_000, 12_000, 20_000]))
        event = luck.choice(
            [
                orchestrator.initialize,
                orchestrator.start_broadcast,
                lambda: orchestrator.start_broadcast("s1"),
                lambda: orchestrator.start_broadcast("s2"),
                orchestrator.stop_broadcast,
                orchestrator.emergency_stop,
                orchestrator.recover,
            ]
        )()
        if luck.random() < 0.7:
            try:
                yield event
            except BroadcastError:
                continue


def hit(call: str, kind: str) -> tuple[str, str]:
    """The kind and calls that it can hit: the backend does not fall over."""
    return "*" if call.startswith("convex") and kind.startswith("lost_") and kind != "lost_reply" else call, kind


def wild(seed: int) -> Studio:
    """A studio with several visitors, any latency and any faults, run until it is quiet."""
    luck = random.Random(seed)
    kinds = [kind for kind in KINDS if kind != "conflict"]
    faults = [
        Fault(*hit(luck.choice(CALLS), luck.choice(kinds)), luck.choice([0.05, 0.3, 1.0]), luck.choice([None, 1, 2]))
        for _ in range(luck.randrange(5))
    ]
    faults += [Fault("convex.*", "conflict", first=1)] * luck.randrange(2)
    latencies: list[LatencyLike] = [0, 10, "uniform:low_ms=0,high_ms=4000", "exponential:mean_ms=3000"]
    studio = Studio(seed, {"*": luck.choice(latencies)}, faults, {"max_retries": 1}, watch=possible)
    for _ in range(luck.randrange(1, 4)):
        studio.script(visitor(studio, luck))
    studio.settle()
    return studio


@pytest.mark.parametrize("hundred", range(4))
def test_every_run_is_a_path_that_settles_and_replays(hundred: int) -> None:
    """400 random runs with every kind of fault: only possible steps, quiet in the end, and replayed to the same."""
    for seed in range(100 * hundred, 100 * (hundred + 1)):
        studio = wild(seed)
        assert quiet(studio.world)
        assert replay(studio.trace).agrees
        assert studio.orchestrator._waiting == []


def test_the_random_runs_meet_every_fault_and_every_state() -> None:
    """They would prove little otherwise. Overtaking is too rare to be met by chance every time."""
    lines = [line for seed in range(150) for line in wild(seed).trace.lines]
    assert sorted(
        {getattr(line.step, "fault", "") for line in lines} - {"", "F6"},
        key=lambda name: list(FaultClass).index(FaultClass(name)),
    ) == [
        "F1",
        "F2",
        "F3",
        "F4",
        "F5",
        "F7",
        "F8",
        "F9",
        "F9u",
        "F11",
    ]
    assert sorted({str(line.state) for line in lines}) == [
        "error",
        "idle",
        "initializing",
        "live",
        "ready",
        "starting",
        "stopping",
    ]


def test_broken_rules_can_be_simulated() -> None:
    """The studio runs other rules than the guide's, so that a broken variant can be shown to be found."""
    from broadcast_orchestrator.model.core import Core

    class NoRetry(Core):
        """Gives in after the first attempt."""

        def attempt_failed(self, failure: Any) -> None:
            self.update(attempt=99)
            super().attempt_failed(failure)

    studio = Studio(faults=[Fault("host.initialize", "refuse", first=1)], rules=NoRetry)
    with pytest.raises(CommandFailed):
        studio.run(studio.orchestrator.initialize())
