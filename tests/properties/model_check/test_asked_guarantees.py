"""A proof of some guarantees says of these what a proof of all says."""

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.catalogue import EVERY
from broadcast_orchestrator.properties.guarantees.verdicts import VIOLATED, Cell
from broadcast_orchestrator.properties.model_check.proof import CONFIG, Proof, ProofSearch
from broadcast_orchestrator.properties.model_check.second_process import ALONE
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.sim.explore.state_space import BOUNDS
from broadcast_orchestrator.sim.world.faults import NONE, REFUSE
from broadcast_orchestrator.sim.world.world import Scope

pytestmark = pytest.mark.usefixtures("untraced")


def proved(rules: type[Core], limit: int, guarantees: tuple[str, ...] = EVERY) -> Proof:
    """Refusals, commands one at a time."""
    search = ProofSearch(Scope((REFUSE,), limit=limit, racing=False), rules, CONFIG, BOUNDS, guarantees)
    return search.begun(ALONE)(lambda states, level: None)


def told(cell: Cell) -> Cell:
    """The cell without how many steps there were, where no fault is looked for: who judges less counts fewer of those
    that change nothing."""
    return cell._replace(happened=0) if cell.fault_class == NONE else cell


@pytest.mark.parametrize("limit", [1, 2])
def test_the_reference_is_judged_alike(limit: int) -> None:
    """Each cell and every count is the same, whichever guarantees are judged; no other has a cell."""
    whole, part = proved(Core, limit), proved(Core, limit, ("G2", "G5"))
    assert part.cells == tuple(cell for cell in whole.cells if cell.guarantee in ("G2", "G5"))
    assert part._replace(cells=whole.cells) == whole


@pytest.mark.parametrize(
    "name",
    [
        "answers-nobody",
        "leaves-the-feed-on",
        "recovers-without-stops",
        "shrugs-at-the-producer",
        "waits-half-the-delay",
    ],
)
def test_broken_cores_are_judged_alike(name: str) -> None:
    """The first guarantees that a mutant breaks are broken by the same shortest witnesses when each alone is judged, in
    as many worlds."""
    rules = BY_NAME[name].rules
    whole = proved(rules, 1)
    broken = [*dict.fromkeys(cell.guarantee for cell in whole.cells if cell.verdict == VIOLATED)][:2]
    assert broken
    for guarantee in broken:
        part = proved(rules, 1, (guarantee,))
        assert (part.states, part.depth) == (whole.states, whole.depth)
        assert [told(cell) for cell in part.cells] == [told(c) for c in whole.cells if c.guarantee == guarantee]
