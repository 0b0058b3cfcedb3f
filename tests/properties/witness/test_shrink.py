"""Shrinking: whatever breaks a guarantee becomes a run of which nothing more can be left out, always the same one."""

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Failure
from broadcast_orchestrator.model.state import ProcedureStep
from broadcast_orchestrator.properties.model_check.proof import find_witnesses
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.properties.search.machine import BroadcastMachine, GuaranteeBroken, search
from broadcast_orchestrator.properties.witness.explain import explain
from broadcast_orchestrator.properties.witness.retake import judged, left_out, retake, wish, wishes_of
from broadcast_orchestrator.properties.witness.shrink import NothingBroken, earliest, shrink
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.world.faults import HANG
from broadcast_orchestrator.sim.world.steps import Do, Effect, Mark, Timer, fault_of
from broadcast_orchestrator.sim.world.trace import Trace, take, walk


class UndoesInStartupOrder(Core):
    """Undoes the oldest step first."""

    def startup_failed(self, failure: Failure) -> None:
        """Turn the order round."""
        self.update(issued=self.procedure.issued[::-1])
        super().startup_failed(failure)


class NamesNoResidue(Core):
    """Takes a switch-off for done when it was only tried."""

    def name_residue(self, step: ProcedureStep) -> None:
        """Forget about it."""


class RetriesOnceTooOften(Core):
    """Counts from zero where it should count from one."""

    def attempt_failed(self, failure: Failure) -> None:
        """Pretend that one attempt was none."""
        self.update(attempt=self.procedure.attempt - 1)
        super().attempt_failed(failure)


class StartsTheHostFirst(Core):
    """Has the host talk before there is a session."""

    def startup(self, session: str | None) -> tuple[ProcedureStep, ...]:
        """Swap two steps."""
        feed, own_session, host, *rest = super().startup(session)
        return (feed, host, own_session, *rest)


def evening(rules: type[Core], *faults: Fault) -> Trace:
    """A long run with more commands and more faults than any of the bugs needs."""
    studio = Studio(7, faults=faults, config={"max_retries": 1}, rules=rules)
    orchestrator = studio.orchestrator
    for command in (orchestrator.stop_broadcast, orchestrator.initialize, lambda: orchestrator.start_broadcast("s1")):
        command()
        studio.settle()
    orchestrator.update_config(verbose_logging=True)
    for command in (orchestrator.recover, lambda: orchestrator.start_broadcast("s2"), orchestrator.emergency_stop):
        command()
        studio.settle()
    return studio.trace


NOISE = (Fault("live_feed.stop", "late", first=1), Fault("host.initialize", "lost_reply", first=1))
ROLLBACK = evening(UndoesInStartupOrder, Fault("session.start", "refuse", first=1), *NOISE)
FAILED_STOP = evening(NamesNoResidue, Fault("producer.stop", "refuse"), *NOISE)
RETRIES = evening(RetriesOnceTooOften, Fault("host.initialize", "refuse", first=4))


@pytest.mark.parametrize(
    ("trace", "rules", "guarantee", "size"),
    [
        (ROLLBACK, UndoesInStartupOrder, "G2", (1, 2, 7)),
        (FAILED_STOP, NamesNoResidue, "G4", (1, 3, 22)),
        (RETRIES, RetriesOnceTooOften, "G11", (2, 1, 4)),
    ],
    ids=["rollback", "failed stop", "retries"],
)
def test_a_long_run_becomes_a_short_one(
    trace: Trace, rules: type[Core], guarantee: str, size: tuple[int, int, int]
) -> None:
    """What is left has the fewest faults, commands and steps, breaks the same guarantee, and replays."""
    shrunk = shrink(trace, guarantee, rules)
    assert shrunk.run.size == size
    again = Trace.from_text(shrunk.trace.to_text())
    violations = list(judged(walk(again, rules)))
    assert shrunk.run.violation in violations
    assert shrunk.run.violation is not None
    assert shrunk.run.violation.guarantee == guarantee
    gone = [before - after for before, after in zip(sizes(trace, guarantee, rules), size, strict=True)]
    assert tuple(gone) == shrunk.removed


def test_a_way_out_is_judged_under_the_rules_of_the_run() -> None:
    """A run from which a broken core has no way out is shrunk under that core's rules; the reference would find one."""
    trapped = BY_NAME["is-trapped-by-the-backend"]
    witness = find_witnesses(trapped.scope, rules=trapped.rules, config=trapped.config, until="G6")["G6"]
    trace = Trace(trapped.config, "explorer")
    trace.lines = [passage.line for passage in witness.passages]
    shrunk = shrink(trace, "G6", trapped.rules)
    assert shrunk.run.violation == witness.violation
    assert explain(shrunk.trace, trapped.rules) is not None
    with pytest.raises(NothingBroken):
        shrink(trace, "G6")


def sizes(trace: Trace, guarantee: str, rules: type[Core]) -> tuple[int, int, int]:
    """How large the run is up to its first violation, counted anew."""
    run = retake(wishes_of(trace), guarantee, rules, trace.config).passages
    return run[-1].after.faults, sum(isinstance(p.step, Do) for p in run), len(run)


@pytest.mark.parametrize(
    ("trace", "rules", "guarantee"),
    [(ROLLBACK, UndoesInStartupOrder, "G2"), (FAILED_STOP, NamesNoResidue, "G4")],
    ids=["rollback", "failed stop"],
)
def test_nothing_more_can_be_left_out(trace: Trace, rules: type[Core], guarantee: str) -> None:
    """Without any one of its steps the run holds, or is no smaller."""
    run = shrink(trace, guarantee, rules).run
    wishes = tuple(map(wish, run.passages))
    for number in range(len(wishes)):
        without = retake(left_out(wishes, (number,)), guarantee, rules, trace.config)
        assert without.violation is None or without.size >= run.size


def test_fewer_faults_count_more_than_fewer_steps() -> None:
    """A violation with one fault and many steps is smaller than one with two faults and few."""
    run = shrink(FAILED_STOP, "G4", NamesNoResidue).run
    assert [fault_of(passage.step) for passage in run.passages if fault_of(passage.step)] == ["F1"]


def test_the_same_run_shrinks_to_the_same_bytes() -> None:
    """There is no luck in it."""
    first, second = (shrink(FAILED_STOP, "G4", NamesNoResidue).trace.to_text() for _ in range(2))
    assert first == second


def test_times_are_as_short_as_timers_let_them() -> None:
    """Only the delay of a retry takes time, one second each; what made the trace and by which rules is in its head."""
    trace = shrink(RETRIES, "G11", RetriesOnceTooOften).trace
    assert [line.at_ms for line in trace.lines] == [0, 0, 1_000, 1_000]
    assert (trace.made_by, trace.seed) == ("studio, shrunk", None)
    assert trace.rules.endswith(":RetriesOnceTooOften")


def test_a_run_without_a_clock_stays_without_one() -> None:
    """Steps that nobody timed get no times by being shrunk."""
    lines = [line._replace(at_ms=None) for line in ROLLBACK.lines]
    shrunk = shrink(Trace(ROLLBACK.config, lines=lines), "G2", UndoesInStartupOrder)
    assert {line.at_ms for line in shrunk.trace.lines} == {None}


def test_a_limit_comes_when_its_duration_is_over() -> None:
    """A call that hangs is given up ten seconds after its attempt began, and the next begins one second later."""
    steps = (Do("initialize"), Mark("host", 0, HANG), Timer(), Timer(), Effect("host", 0))
    assert [passage.at_ms for passage in earliest(take(steps))] == [0, 0, 10_000, 11_000, 11_000]


def test_a_story_of_hypothesis_shrinks_too() -> None:
    """What Hypothesis found is a list of steps; the explorer knows a way that is as short or shorter."""

    class Mine(BroadcastMachine):
        rules_of_core = StartsTheHostFirst

    with pytest.raises(GuaranteeBroken) as caught:
        search(Mine, max_examples=20)
    broken = caught.value
    passages = take(broken.steps, Mine.config, StartsTheHostFirst)
    lines = [passage.line for passage in passages]
    shrunk = shrink(Trace(Mine.config, "hypothesis", lines=lines), broken.violations[0].guarantee, StartsTheHostFirst)
    assert shrunk.run.size == (0, 2, 6)
    assert shrunk.run.size[2] <= len(broken.steps)


def test_what_breaks_nothing_cannot_be_shrunk() -> None:
    """Under the rules of the guide the same run is sound, and that is said in one line."""
    with pytest.raises(
        NothingBroken, match=r"^the run does not break G2 under broadcast_orchestrator.model.core:Core$"
    ):
        shrink(ROLLBACK, "G2")


def test_a_call_is_found_again_where_it_has_another_place() -> None:
    """When an older call to the same service is left out, the younger one takes its place and its steps with it."""
    studio = Studio(7, faults=[Fault("live_feed.start", "late", first=1)])
    for command in (studio.orchestrator.initialize, studio.orchestrator.start_broadcast):
        command()
        studio.settle()
    passages = tuple(walk(studio.trace))
    younger = next(p.step for p in passages if isinstance(p.step, Effect) and p.step.flight == 1)
    late = next(number for number, passage in enumerate(passages) if fault_of(passage.step) == "F4")
    without = retake(left_out(tuple(map(wish, passages)), (late,)), "", Core, studio.trace.config)
    assert younger.service == "live_feed"
    assert all(getattr(passage.step, "flight", 0) == 0 for passage in without.passages)
    assert without.passages[-1].after.core.state == "live"
