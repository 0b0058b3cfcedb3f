"""Orchestrators with measures on the clock: what they do is possible, it replays, and the guarantees judge it clean."""

import random
from collections import Counter

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.measures import MEASURES, rules_with
from broadcast_orchestrator.model.table import ERROR, LIVE, READY
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.search.coverage import Coverage
from broadcast_orchestrator.properties.search.watched import RunFollower
from broadcast_orchestrator.sim.simulate.injection import KINDS, Fault
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.world.faults import FaultClass
from broadcast_orchestrator.sim.world.steps import Effect, Notice
from broadcast_orchestrator.sim.world.trace import Passage, replay
from broadcast_orchestrator.sim.world.world import Scope, choices, quiet

ALL = rules_with(measure.name for measure in MEASURES)
EVERYTHING = Scope(tuple(FaultClass), limit=10**9, racing=True, sessions=(None, "s1", "s2"), filling=True)
COMMANDS = ("initialize", "start_broadcast", "start_broadcast", "stop_broadcast", "emergency_stop", "recover")


class Watch:
    """Sees to it that every step of a run is possible, and has it judged."""

    def __init__(self, coverage: Coverage) -> None:
        self.follower = RunFollower(coverage, ALL)

    def __call__(self, passage: Passage) -> None:
        """Hear of one step."""
        assert passage.step in tuple(choices(passage.before, EVERYTHING))
        self.follower.see(passage)

    @property
    def violations(self) -> list[Violation]:
        """What the run broke."""
        return self.follower.violations


def wild(seed: int, watch: Watch) -> Studio:
    """A studio with all measures, with commands at odd moments, any faults, and sometimes somebody at the switches."""
    luck = random.Random(seed)
    faults = [
        Fault("convex.*" if kind == "conflict" else "*", kind, luck.choice((0.02, 0.1, 0.3)))
        for kind in KINDS
        if luck.random() < 0.3
    ]
    latency = luck.choice(("constant:ms=10", "uniform:low_ms=20,high_ms=200", "uniform:low_ms=0,high_ms=2000"))
    studio = Studio(seed, {"*": latency}, faults, {"max_retries": 1}, watch=watch, rules=ALL)
    studio.orchestrator.initialize()
    for _ in range(8):
        studio.run(studio.now_ms + luck.choice((luck.uniform(0, 300), luck.uniform(1_000, 9_000))))
        command = luck.choice(COMMANDS)
        if command == "start_broadcast":
            studio.orchestrator.start_broadcast(luck.choice(("s1", "s2", None)))
        else:
            getattr(studio.orchestrator, command)()
        if luck.random() < 0.05:
            studio.bypass(luck.choice(("live_feed", "session", "host", "producer")))
    studio.settle()
    return studio


@pytest.mark.parametrize("hundred", range(3))
def test_with_all_measures_every_run_is_a_path_that_keeps_the_guarantees(hundred: int) -> None:
    """300 random runs under the faults F1 to F11: only possible steps, quiet in the end, replayed to the same, and no
    guarantee is broken, not even by a gap of the guide."""
    for seed in range(100 * hundred, 100 * (hundred + 1)):
        watch = Watch(Coverage())
        studio = wild(seed, watch)
        assert quiet(studio.world)
        assert watch.violations == [], seed
        assert replay(studio.trace, ALL).agrees


def test_these_runs_meet_every_fault_and_go_live() -> None:
    """They would prove little otherwise; and reads among the calls are what there is to see of measures."""
    coverage, operations = Coverage(), Counter[str]()
    for seed in range(150):
        studio = wild(seed, Watch(coverage))
        operations.update(
            str(getattr(effect, "operation", "")) for line in studio.trace.lines for effect in line.effects
        )
    wanted = [fault for fault in FaultClass if fault not in ("F0", "F6", "F12", "F13", "F14")]
    assert coverage.missing(("live", "error", "rollback", "retry", *wanted)) == ()
    assert {"convex.lease", "host.is_initialized", "host.is_on", "host.is_off", "convex.is_off"} <= set(operations)


def test_a_broadcast_with_all_measures_reads_what_it_has_switched() -> None:
    """It goes live and comes back, each switch followed by a read; a read takes the time of its service's calls."""
    studio = Studio(rules=ALL, latency={"*": 10, "host.*": 100})
    studio.run(studio.orchestrator.initialize())
    assert studio.now_ms == 10 + 2 * 100 + 3 * 10 + 100 + 10, "lease, host read twice, four services and the backend"
    studio.run(studio.orchestrator.start_broadcast("s1"))
    assert studio.state is LIVE
    assert studio.now_ms == 350 + 2 * (4 * 10 + 100)
    studio.run(studio.orchestrator.stop_broadcast())
    assert studio.state is READY
    assert [document.id for document in studio.backend.sessions] == ["s1"], "a read writes nothing"


def test_a_read_cannot_succeed_emptily() -> None:
    """A fault that is false of a read hits the calls of its service alone, and the read finds it out."""
    studio = Studio(rules=rules_with(["read-back"]), faults=[Fault("host.*", "empty_success")], latency={"*": 10})
    studio.orchestrator.initialize()
    studio.settle()
    assert studio.state is ERROR
    assert studio.snapshot.orchestrator.error is not None
    assert "host.is_initialized" in studio.snapshot.orchestrator.error


def test_somebody_reads_polled_services_once_a_period() -> None:
    """What someone has switched on behind the orchestrator's back is reported at the next full period, and named."""
    studio = Studio(rules=rules_with(["polling"]), latency={"*": 10}, poll_period_ms=2_000)
    studio.run(studio.orchestrator.initialize())
    studio.run(3_500)
    studio.bypass("producer")
    studio.settle()
    notices = [(line.at_ms, line.step) for line in studio.trace.lines if isinstance(line.step, Notice)]
    assert [(at_ms, step.service, step.found) for at_ms, step in notices] == [(4_000, "producer", "on")]
    assert studio.snapshot.computed.residue == ("producer",)
    assert studio.trace.setup["poll_period_ms"] == 2_000


def test_what_is_read_to_be_off_is_reported_once() -> None:
    """Somebody switches a service off in mid-show: one report, after which nobody waits for anything."""
    studio = Studio(rules=rules_with(["polling"]), latency={"*": 10})
    studio.run(studio.orchestrator.initialize())
    studio.run(studio.orchestrator.start_broadcast())
    studio.bypass("producer")
    studio.settle()
    notices = [line.step for line in studio.trace.lines if isinstance(line.step, Notice)]
    assert [(step.service, step.found) for step in notices] == [("producer", "")]
    assert studio.state is ERROR


@pytest.mark.parametrize("period_ms", [0, -1, float("inf"), float("nan")])
@pytest.mark.parametrize("rules", [ALL, Core], ids=["polled", "not polled"])
def test_a_period_that_cannot_be_is_one_line(rules: type[Core], period_ms: float) -> None:
    """It is a time above 0, whether or not somebody goes by it."""
    with pytest.raises(ValueError, match=r"^poll_period_ms: expected a number of milliseconds above 0, got"):
        Studio(rules=rules, poll_period_ms=period_ms)


def test_numbered_calls_are_refused_where_a_newer_one_was_first() -> None:
    """The stop of a rollback overtakes a slow start, which is refused when its time comes: the host stays off."""
    for measures, comes_up in (((), True), (("fencing",), False)):
        on: list[Passage] = []
        studio = Studio(
            rules=rules_with(measures),
            latency={"*": 10, "host.start": 60_000},
            faults=[Fault("host.stop", "overtaking", first=1)],
            config={"startup_timeout": 1_000},
            watch=on.append,
        )
        studio.run(studio.orchestrator.initialize())
        studio.orchestrator.start_broadcast()
        studio.settle()
        assert any(line.step == Effect("host", 1, FaultClass.OVERTAKING) for line in studio.trace.lines)
        assert any(passage.after.truth.active[2] for passage in on) is comes_up, measures
