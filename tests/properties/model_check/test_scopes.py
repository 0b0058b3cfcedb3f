"""The scopes beside the plain one: the reference holds in each, and cores with many mistakes at once in none."""

import random

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Event
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, VIOLATED
from broadcast_orchestrator.properties.measures.broken import NeedsNoLease
from broadcast_orchestrator.properties.model_check.scopes import HASTY, SCOPES, NamedScope, explored, scope_answer
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.properties.mutants.details import MUTANTS
from broadcast_orchestrator.sim.world.world import Scope

pytestmark = pytest.mark.usefixtures("untraced")


def drawn(seed: int) -> type[Core]:
    """A core with ten mistakes of the details at once."""
    mistakes = random.Random(seed).sample([mutant.rules for mutant in MUTANTS], 10)
    return type("TenMistakes", tuple(mistakes), {})


@pytest.mark.parametrize("seed", range(3))
def test_ten_mistakes_at_once_are_noticed(seed: int) -> None:
    """However mistakes hide one another, some scope is violated."""
    assert VIOLATED in [scope_answer(named, drawn(seed)).claim.verdict for named in SCOPES[:4]]


class NeverCleansUp(Core):
    """What is due stays due."""

    def handle(self, event: Event) -> None:
        """Nothing follows."""
        self.happen(event)


def test_what_is_due_and_never_done_is_violated() -> None:
    """A world in which nothing goes on any more is at rest, whatever the core still has on its list."""
    late = next(named for named in SCOPES if named.name == "replies come late, commands racing")
    claim = scope_answer(late, NeverCleansUp).claim
    assert (claim.verdict, claim.evidence.split(":")[0]) == (VIOLATED, "G16")


BESIDE = NamedScope("another dashboard commands, and a call is refused", Scope(("F1", "F13"), limit=2), HASTY)


def test_another_dashboard_beside_a_refusal_breaks_what_the_design_foresees() -> None:
    """A failed start leaves on what the other has switched on, beside what is broken with that fault alone. A core that
    claims a lease and commands without it is told, by what it does with that fault alone."""
    found = {(each.violation.guarantee, each.faults.apart) for each in explored(BESIDE).found if not each.violation.gap}
    assert found == {(guarantee, ("F13", "")) for guarantee in ("G2", "G3", "G4", "G14", "G17")}
    assert scope_answer(BESIDE).claim.verdict == PROVED
    assert scope_answer(BESIDE._replace(scope=Scope(("F13",), limit=1)), NeedsNoLease).claim.verdict == VIOLATED


def test_a_core_that_raises_is_violated() -> None:
    """To leave the enforced table, or to raise anything, is told as a claim and ends nothing."""
    claim = scope_answer(SCOPES[0], BY_NAME["skips-idle-after-a-stop"].rules).claim
    assert claim.verdict == VIOLATED
    assert claim.evidence == "G1: Invalid transition from stopping to ready"
