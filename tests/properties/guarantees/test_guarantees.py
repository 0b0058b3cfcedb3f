"""The judge, on short histories written by hand. That every guarantee bites, `test_mutants.py` shows."""

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import (
    CLEANUP,
    EMERGENCY_STOP,
    FAILED,
    INITIALIZE,
    INTERRUPTED,
    LIMIT,
    RECOVER,
    START_BROADCAST,
    STOP_BROADCAST,
    SUCCEEDED,
    Accepted,
    Call,
    CancelTimer,
    CoreEffect,
    Failure,
    FailureKind,
    GiveUp,
    Refused,
    SetTimer,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.state import ATTEMPT, ROLLBACK, STOPPING_ALL, CoreState, Procedure
from broadcast_orchestrator.model.table import (
    ERROR,
    IDLE,
    INITIALIZING,
    LIVE,
    READY,
    STARTING,
    STOPPING,
    BroadcastState,
)
from broadcast_orchestrator.model.views import AWAITED, GIVEN_UP, OpenCall
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES, judge_quiet, judge_step
from broadcast_orchestrator.properties.guarantees.memory import Asked, Glimpse, JudgeMemory, observe
from broadcast_orchestrator.properties.model_check.proof import CONFIG
from broadcast_orchestrator.sim.world.faults import REFUSE
from broadcast_orchestrator.sim.world.steps import Answer, Do, Notice, Step, Timer
from broadcast_orchestrator.sim.world.world import Truth, World

ANY, NOTHING = Timer(), JudgeMemory()


def broken(
    *effects: CoreEffect,
    step: Step = ANY,
    observer: JudgeMemory = NOTHING,
    before: BroadcastState | CoreState = IDLE,
    after: BroadcastState | CoreState | None = None,
    call: OpenCall | None = None,
    residue: tuple[str, ...] = (),
    touched: bool = True,
) -> list[str]:
    """The guarantees that one step with these effects breaks; without `after` it ends where its transitions do."""
    start = core(before)
    targets = [start.state, *(effect.target for effect in effects if isinstance(effect, Transition))]
    end = core(targets[-1] if after is None else after)
    glimpse = Glimpse(observer, start, step, effects, end, call, Asked(residue), touched)
    return [violation.guarantee for violation in judge_step(glimpse)]


def core(state: BroadcastState | CoreState) -> CoreState:
    """A core in this state, with an error text where there must be one."""
    if isinstance(state, CoreState):
        return state
    return CoreState(state=state, error=(Failure("x", FailureKind.FAILED),) if state is ERROR else ())


def test_the_rows_are_these() -> None:
    """The guarantees that are judged, in the order of the matrix."""
    assert [guarantee.id for guarantee in GUARANTEES] == [
        "G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9", "G10", "G11", "G12", "G13", "G14", "G15",
        "G16", "G17",
    ]  # fmt: skip


def test_g1_a_change_outside_the_table() -> None:
    """Idle to live is no row, and a forced edge is the emergency stop's alone."""
    assert "G1" in broken(Transition(IDLE, LIVE, "why not"))
    assert "G1" in broken(Transition(LIVE, IDLE, "why not", forced=True), before=LIVE)
    stopping = JudgeMemory(command="emergency_stop")
    assert "G1" not in broken(Transition(LIVE, IDLE, "emergency_stop", forced=True), before=LIVE, observer=stopping)
    assert "G1" not in broken(Transition(LIVE, STOPPING, "stop_requested"), before=LIVE)


def test_g2_undone_in_the_wrong_order_or_not_at_all() -> None:
    """The newest step is undone first, and a start does not fail before all are."""
    two_on = JudgeMemory(command="start_broadcast", issued=(("live_feed.start", None), ("session.start", None)))
    assert "G2" in broken(Call("live_feed.stop"), observer=two_on)
    assert "G2" not in broken(Call("session.end"), observer=two_on)
    assert "G2" in broken(Settled(START_BROADCAST, FAILED, (Failure("x", FailureKind.FAILED),)), observer=two_on)


def test_g2_something_left_on_after_a_failed_start() -> None:
    """What a failed start leaves on is residue, or it is a violation; and so is a session that is still called live."""
    failed = JudgeMemory(start_failed=True)
    error = CoreState(state=ERROR, error=(Failure("host.start", FailureKind.FAILED),))
    host_on = World(core=error, truth=Truth(active=(False, False, True, False)))
    told_live = World(core=error, truth=Truth(backend=("s1",)))
    assert [violation.guarantee for violation in judge_quiet(failed, host_on)] == ["G2"]
    assert [violation.guarantee for violation in judge_quiet(failed, told_live)] == ["G2", "G14"]
    assert not judge_quiet(JudgeMemory(), host_on)
    left = World(core=error._replace(written=("s1",)), truth=Truth(backend=("s1",)))
    assert [violation.gap for violation in judge_quiet(failed, left)] == ["write not confirmed"]


def test_g3_live_and_something_is_off() -> None:
    """Live with the producer off is a violation, and so is a backend that was told and does not say so."""
    live = CoreState(state=LIVE, session="s1", written=("s1",))
    everything = Truth(active=(True, True, True, True), backend=("s1",))
    told = JudgeMemory(session="s1")
    assert not judge_quiet(told, World(core=live, truth=everything))
    for truth in (everything._replace(active=(True, True, True, False)), everything._replace(backend=())):
        assert "G3" in [violation.guarantee for violation in judge_quiet(told, World(core=live, truth=truth))]


def test_g4_idle_and_something_is_on() -> None:
    """A host that talks in idle without being named is a violation."""
    talking = World(core=CoreState(), truth=Truth(active=(False, False, True, False)))
    assert [violation.guarantee for violation in judge_quiet(JudgeMemory(), talking)] == ["G4"]


def test_g5_a_failure_is_lost() -> None:
    """A failed step must be among what is known afterwards; text without error is as wrong as error without text."""
    call = OpenCall("host.start", AWAITED)
    assert "G5" in broken(step=Answer("host", 0, ok=False, fault=REFUSE), call=call)
    assert "G5" in broken(after=CoreState(state=ERROR))
    assert "G5" in broken(after=CoreState(state=IDLE, error=(Failure("x", FailureKind.FAILED),)))
    assert "G5" in broken(GiveUp("host.stop"))
    assert "G5" in broken(step=Notice("host"))
    assert "G5" not in broken(step=Answer("host", 0, ok=True), call=call)


def test_g5_the_first_cause_is_replaced() -> None:
    """In error the cause stays what it was, and a failed command keeps its own."""
    first, second = Failure("host.start", FailureKind.FAILED), Failure("host.stop", FailureKind.FAILED)
    error = CoreState(state=ERROR, error=(first,))
    assert "G5" in broken(before=error, after=CoreState(state=ERROR, error=(second,)))
    failing = Procedure(START_BROADCAST, ROLLBACK, CONFIG, failures=(first,))
    before, after = CoreState(state=STARTING, procedure=failing), CoreState(state=ERROR, error=(second, first))
    settled = Settled(START_BROADCAST, FAILED, (second, first))
    moved = Transition(STARTING, ERROR, "startup_failed")
    assert "G5" in broken(moved, settled, before=before, after=after)


class RefusesToInitializeAfterATrouble(Core):
    """Will not initialize again once something has failed."""

    def initialize(self) -> None:
        """Refuse for no good reason."""
        if self.core.written:
            self.refuse("initialize", "no")
        else:
            super().initialize()


def test_g6_no_way_out() -> None:
    """From what is quiet an emergency stop leads to idle and initialize to ready, under the rules that are judged."""
    stuck = World(core=CoreState(state=ERROR, error=(Failure("x", FailureKind.FAILED),)))
    assert not judge_quiet(JudgeMemory(), stuck)
    assert [b.guarantee for b in judge_quiet(JudgeMemory(), stuck, RefusesToInitializeAfterATrouble)] == []
    told = World(core=stuck.core._replace(written=("s1",)))
    assert "G6" in [b.guarantee for b in judge_quiet(JudgeMemory(), told, RefusesToInitializeAfterATrouble)]


def test_g7_something_waits_for_ever() -> None:
    """A procedure without a timer, a timer without a procedure, an end without a settlement: all are violations."""
    assert "G7" in broken(Accepted(RECOVER), Call("host.stop"))
    assert "G7" in broken(SetTimer(LIMIT, 10_000))
    assert "G7" in broken(observer=JudgeMemory(command="recover", timer=("limit", 10_000)), step=Notice("host"))
    under_way = CoreState(procedure=Procedure(RECOVER, STOPPING_ALL, CONFIG))
    assert "G7" not in broken(Accepted(RECOVER), SetTimer(LIMIT, 10_000), after=under_way)


def test_g7_quiet_on_the_way_to_somewhere() -> None:
    """Nothing rests in starting."""
    assert "G7" in [
        violation.guarantee for violation in judge_quiet(JudgeMemory(), World(core=CoreState(state=STARTING)))
    ]


def test_g8_steps_out_of_order_or_too_early() -> None:
    """The feed comes first, the producer stops first, and nothing starts while another step is open."""
    starting, stopping = JudgeMemory(command="start_broadcast"), JudgeMemory(command="stop_broadcast", shutdown=0)
    assert "G8" in broken(Call("host.start"), observer=starting)
    assert "G8" in broken(Call("host.stop"), observer=stopping)
    waiting = starting._replace(waiting=(("live_feed.start", None),), issued=(("live_feed.start", None),))
    assert "G8" in broken(Call("session.start"), observer=waiting)
    answered = OpenCall("live_feed.start", AWAITED)
    assert "G8" not in broken(Call("session.start"), observer=waiting, call=answered)
    assert "G8" in broken(Transition(STOPPING, IDLE, "done"), before=STOPPING, observer=stopping)


def test_g9_two_at_once() -> None:
    """A second procedure beside the first, a call out of nowhere, or one after an emergency stop began: violations."""
    starting = JudgeMemory(command="start_broadcast")
    assert "G9" in broken(Accepted(STOP_BROADCAST), observer=starting)
    assert "G9" in broken(Call("host.start"))
    assert "G9" in broken(Call("host.start"), observer=JudgeMemory(command="emergency_stop"))
    assert "G9" not in broken(
        Settled(START_BROADCAST, INTERRUPTED), Accepted(EMERGENCY_STOP), Call("host.stop"), observer=starting
    )


def test_g10_an_emergency_stop_that_is_not_one() -> None:
    """It issues the four stops, tells no backend, is never refused, and ends in idle."""
    stops = [Call(name) for name in ("producer.stop", "host.stop", "session.end", "live_feed.stop")]
    assert "G10" not in broken(Accepted(EMERGENCY_STOP), *stops)
    assert "G10" in broken(Accepted(EMERGENCY_STOP), *stops[1:])
    assert "G10" in broken(Accepted(EMERGENCY_STOP), *stops, Call("convex.idle", "s1"))
    assert "G10" in broken(Refused("emergency_stop", "busy"), step=Do("emergency_stop"))
    under_way = JudgeMemory(command="emergency_stop")
    assert "G10" in broken(Settled(EMERGENCY_STOP, SUCCEEDED), before=LIVE, observer=under_way)
    assert "G10" in broken(Settled(EMERGENCY_STOP, FAILED, (Failure("x", FailureKind.FAILED),)), observer=under_way)


def test_g11_too_many_attempts_or_too_soon() -> None:
    """One more than allowed, one without waiting, one outside initializing: all are violations."""
    config = OrchestratorConfig(max_retries=1, retry_delay=500)
    there = CoreState(config, INITIALIZING, procedure=Procedure(INITIALIZE, ATTEMPT, config))
    first = JudgeMemory(command="initialize", attempts=1, timer=("retry_delay", 500))
    call = (SetTimer(LIMIT, 10_000), Call("host.initialize"))
    assert "G11" not in broken(*call, observer=first, before=there, after=there)
    assert "G11" in broken(*call, observer=first._replace(attempts=2), before=there, after=there)
    assert "G11" in broken(*call, observer=first._replace(timer=("retry_delay", 499)), before=there, after=there)
    assert "G11" in broken(*call, step=Do("initialize"), observer=first, before=there, after=there)
    assert "G11" in broken(*call, observer=JudgeMemory(command="initialize"), before=READY)


def test_g12_a_record_with_a_hole() -> None:
    """A change that is not recorded, an entry that begins elsewhere, or a wrong mark: all are violations."""
    assert "G12" in broken(before=READY, after=STARTING)
    assert "G12" in broken(Transition(LIVE, STOPPING, "stop_requested"), before=READY)
    assert "G12" in broken(Transition(READY, STARTING, "start_requested", forced=True), before=READY)
    assert "G12" in broken(Transition(IDLE, LIVE, "why not", violation=True))
    starting = JudgeMemory(command="start_broadcast")
    assert "G12" not in broken(Transition(READY, STARTING, "start_requested"), before=READY, observer=starting)
    assert "G12" in broken(Transition(READY, STARTING, "no idea"), before=READY, observer=starting)


def test_g13_the_gate() -> None:
    """A start that can be is accepted, one that cannot is refused, and what is refused leaves no trace."""
    ready = CoreState(state=READY, initialized=True)
    start, accepted, refused = Do("start_broadcast"), Accepted(START_BROADCAST), Refused("start_broadcast", "no")
    assert "G13" in broken(accepted, step=start)
    assert "G13" in broken(refused, step=start, touched=False, before=ready, after=ready)
    assert "G13" in broken(accepted, step=start, before=ready, residue=("host",))
    assert "G13" in broken(refused, step=start, touched=True)
    assert "G13" in broken(refused, step=start, touched=False, after=CoreState(initialized=True))
    assert "G13" in broken(step=start, touched=False)
    missing = ("state is idle, not ready", "host agent is not initialized")
    told = Refused("start_broadcast", "Cannot start broadcast: " + "; ".join(missing), missing)
    assert "G13" not in broken(told, step=start, touched=False)
    for less in (told._replace(reason=""), told._replace(missing=missing[:1]), told._replace(missing=())):
        assert "G13" in broken(less, step=start, touched=False)


def test_g14_the_backend_says_what_is_not() -> None:
    """A session that is called live in idle is a violation, and names the gap of the guide from which it follows."""
    told_live = World(core=CoreState(), truth=Truth(backend=("s1",)))
    left = World(core=CoreState(written=("s1",)), truth=Truth(backend=("s1",)))
    assert [(b.guarantee, b.gap) for b in judge_quiet(JudgeMemory(), told_live)] == [("G14", "")]
    assert [b.gap for b in judge_quiet(JudgeMemory(), left)] == ["write not confirmed"]
    assert [b.gap for b in judge_quiet(JudgeMemory(forsaken=("s1",)), left)] == ["emergency stop"]
    assert [b.gap for b in judge_quiet(JudgeMemory(lost=True), left)] == ["lost service"]


def test_g15_a_late_answer_that_matters() -> None:
    """What an abandoned call answers begins a cleanup of its own service at most, and nothing while live."""
    late, cleanup = OpenCall("host.start", GIVEN_UP), (Accepted(CLEANUP), SetTimer(LIMIT, 9))
    assert "G15" not in broken(*cleanup, Call("host.stop"), call=late)
    assert "G15" in broken(*cleanup, Call("session.end"), call=late)
    assert "G15" in broken(*cleanup, Call("host.stop"), call=late, before=LIVE)
    assert "G15" in broken(Transition(STARTING, LIVE, "startup_complete"), call=late, before=STARTING)


def test_what_is_remembered() -> None:
    """The observer of a start that fails: its steps as they are issued and undone, then that it failed."""
    observer = JudgeMemory()
    effects: tuple[CoreEffect, ...] = (Accepted(START_BROADCAST), SetTimer(LIMIT, 15_000), Call("live_feed.start"))
    for step, these, call in (
        (Do("start_broadcast"), effects, None),
        (Answer("live_feed", 0, ok=True), (Call("session.start"),), OpenCall("live_feed.start", AWAITED)),
        (Timer(), (GiveUp("session.start"), SetTimer(LIMIT, 9), Call("session.end")), None),
    ):
        observer = observe(Glimpse(observer, CoreState(), step, these, CoreState(), call))
    assert observer == JudgeMemory(
        command="start_broadcast",
        waiting=(("session.end", None),),
        issued=(("live_feed.start", None),),
        undoing=True,
        timer=("limit", 9),
        config=CoreState().config,
    )
    settled = (CancelTimer(), Settled(START_BROADCAST, FAILED))
    assert observe(Glimpse(observer, CoreState(), ANY, settled, CoreState())).start_failed
