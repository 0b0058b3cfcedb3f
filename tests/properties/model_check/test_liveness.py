"""Liveness on the explored graph: everything settles once faults stop, and idle and ready stay within reach."""

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.table import IDLE, READY
from broadcast_orchestrator.properties.model_check.liveness.liveness import (
    SCOPE,
    Dead,
    Liveness,
    explored,
    liveness,
    liveness_claims,
)
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.sim.world.steps import Do
from broadcast_orchestrator.sim.world.trace import take
from broadcast_orchestrator.sim.world.world import Scope

CALM = Scope(racing=True)
"""Nothing goes wrong, commands come at any moment."""


def judged(scope: Scope, rules: type[Core] = Core) -> Liveness:
    """What the graph of this scope says under these rules."""
    return liveness(explored(scope, rules), rules)


class StopsForEver(Core):
    """Begins the stops of an emergency stop again as soon as they are over."""

    def stops_over(self) -> None:
        """Once more."""
        self.stop_all()


class SleepsAfterTheStops(Core):
    """Does not notice that the stops of an emergency stop are over, and has no timer to wake it."""

    def timer(self, kind: str, duration_ms: int) -> None:
        """Arm none."""

    def stops_over(self) -> None:
        """Do nothing."""


class StaysReady(Core):
    """Does not leave ready by an emergency stop."""

    def stops_over(self) -> None:
        """Succeed where it stands."""
        if self.core.state is READY:
            self.succeed()
        else:
            super().stops_over()


class InitializesOnce(Core):
    """Refuses to initialize again in idle."""

    def initialize(self) -> None:
        """Once is enough."""
        if self.core.state is IDLE and self.core.initialized:
            self.refuse("initialize", "did that before")
        else:
            super().initialize()


def test_without_faults_everything_settles() -> None:
    """G7: of 998 worlds 7 are quiet; progress leads from every other to one of them in 11 steps at most."""
    found = judged(CALM)
    assert (found.worlds, found.quiet, found.longest) == (998, 7, 11)
    assert (found.restless, found.closed) == (None, None)


def test_after_one_fault_everything_settles() -> None:
    """G6, G7: after any one fault 44,644 worlds all settle, in 17 steps at most, and no way out is shut."""
    found = judged(SCOPE)
    assert (found.worlds, found.quiet, found.longest) == (44_644, 57, 17)
    assert (found.restless, found.closed) == (None, None)
    settles, ways_out = liveness_claims(found)
    assert (settles.engine, settles.verdict, ways_out.verdict) == ("graph", "proved", "proved")
    assert settles.claim == "under fairness every world settles: no cycle of progress among 44,644 worlds"
    assert "at most 1 fault before (refuse, lost reply, hang, late, early reply, duplicate)" in settles.evidence


def broken(dead: Dead | None) -> Dead:
    """There is such a world, and the steps that lead to it can be taken."""
    assert dead is not None
    return dead


def test_a_circle_is_found() -> None:
    """G7: a core that stops for ever goes round in a circle, and the shortest way into it is told."""
    found = judged(CALM, StopsForEver)
    dead = broken(found.restless)
    assert dead.what.startswith("a world in idle goes round in a circle, after: a caller asks: emergency_stop")
    assert dead.steps[0] == Do("emergency_stop")
    assert list(take(dead.steps, rules=StopsForEver))[-1].after.core.procedure is not None
    assert (found.longest, found.closed) == (None, None)


def test_what_nobody_wakes_is_found() -> None:
    """G7: a procedure that waits for nothing and has armed no timer is stuck."""
    dead = broken(judged(CALM, SleepsAfterTheStops).restless)
    assert dead.what.startswith("a world in idle is stuck, after: a caller asks: emergency_stop")


def test_a_hang_without_a_limit_is_found() -> None:
    """G7: where no limit is armed one hanging stop holds an emergency stop up for ever; without a fault none does."""
    mutant = BY_NAME["waits-for-ever-in-an-emergency"]
    hanging = Scope(faults=("F3",), limit=1)
    assert judged(hanging._replace(limit=0), mutant.rules).restless is None
    dead = broken(judged(hanging, mutant.rules).restless)
    assert "is stuck" in dead.what
    assert "[F3 hang]" in dead.what


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (StaysReady, "a world in ready is where emergency_stop ends, instead of in idle, after: "),
        (InitializesOnce, "a world in idle refuses initialize, after: "),
    ],
)
def test_a_way_out_that_is_shut_is_found(rules: type[Core], words: str) -> None:
    """G6: what does not end in idle, or then in ready, is told with the nearest such world."""
    found = judged(CALM, rules)
    dead = broken(found.closed)
    assert dead.what.startswith(words)
    assert found.restless is None
    settles, ways_out = liveness_claims(found)
    assert (settles.verdict, ways_out.verdict, ways_out.evidence) == ("proved", "violated", dead.what)


def test_what_does_not_settle_has_no_way_out_either() -> None:
    """A restless world breaks both claims, each with that world as evidence."""
    dead = Dead("a world in idle is stuck, after: nothing", ())
    found = Liveness(CALM, 10, 2, 20, 0, 3, None, None)
    assert [claim.verdict for claim in liveness_claims(found)] == ["proved", "proved"]
    told = liveness_claims(found._replace(restless=dead))
    assert [(claim.verdict, claim.evidence) for claim in told] == [("violated", dead.what)] * 2
