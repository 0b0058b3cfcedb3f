"""Patience: a core that was found broken is searched to one and a half times the size of the reference's space, a
sound one to its end."""

from typing import Any

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.measures import rules_with
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, UNKNOWN, VIOLATED
from broadcast_orchestrator.properties.model_check import patience, proof
from broadcast_orchestrator.properties.model_check.patience import Patience
from broadcast_orchestrator.properties.model_check.proof import ProofSearch, prove
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.sim.explore.diagrams.reach import Reached, reach
from broadcast_orchestrator.sim.explore.exploration import Exploration
from broadcast_orchestrator.sim.world.world import Scope

WORLDS_OF_THE_REFERENCE = 998
"""Without faults, commands racing."""


@pytest.fixture(autouse=True)
def no_search_is_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what is claimed of large spaces can be seen in small ones."""
    monkeypatch.setattr(patience, "LEAST", 0)


def explored(rules: type[Core]) -> Exploration:
    """What is found in commands that race, without a fault."""
    return ProofSearch(Scope(racing=True), rules).explored()


def test_a_broken_core_is_searched_no_further_than_the_reference_and_half_of_it() -> None:
    """A start that leaves out starting has sixty times as many worlds; all but the first of them are left out, the two
    mistakes are told that show in these, and why the search ended."""
    both = type("Both", (BY_NAME["skips-starting"].rules, BY_NAME["records-no-passing-states"].rules), {})
    assert explored(Core).states == WORLDS_OF_THE_REFERENCE
    found = explored(both)
    broken = {each.violation.guarantee for each in found.found}
    assert {"G1", "G12"} <= broken
    assert 1.5 * WORLDS_OF_THE_REFERENCE < found.states < 3 * WORLDS_OF_THE_REFERENCE  # a level is searched to its end
    assert (
        found.cut_off
        == f"something was found broken, and {found.states:,} worlds are more than 1.5 times the 998 of the reference"
    )


def test_how_large_the_reference_is_may_be_asked_by_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where so many faults may happen that the reference is searched by sets of worlds, a broken core's search ends
    where it would end after levels, and for the same reason."""
    pytest.importorskip("numba", reason="machine code comes with the extra fast: pip install '.[fast]'")
    broken, asked = BY_NAME["skips-starting"].rules, list[Reached | None]()

    def by_sets(*search: Any) -> Reached | None:
        asked.append(reach(*search))
        return asked[-1]

    monkeypatch.setattr(proof, "reach", by_sets)
    by_levels = explored(broken)
    assert not asked
    monkeypatch.setattr(proof, "BY_SETS", 0)
    assert explored(broken).cut_off == by_levels.cut_off != ""
    assert [each and each.states for each in asked] == [WORLDS_OF_THE_REFERENCE]


def test_what_a_broken_core_was_not_searched_for_is_unknown() -> None:
    """Nothing is proved of a core whose searches were cut off; the proof tells why, of each once."""
    told = prove(0, classes=(), rules=BY_NAME["skips-starting"].rules)
    assert {cell.verdict for cell in told.cells} == {VIOLATED, UNKNOWN}
    assert len(set(told.cut_off)) == 2


class ReadsUnasked(rules_with(["read-back"])):  # type: ignore[misc]  # a class that is made
    """The reference with a measure that it does not name: it is measured by the reference without."""

    measures = ()


def test_a_sound_core_is_searched_to_the_end_however_large_it_is() -> None:
    """A core that reads services back has more than twice the worlds of one that does not, and is proved."""
    found = explored(ReadsUnasked)
    assert found.states > 2 * WORLDS_OF_THE_REFERENCE
    assert found.cut_off == ""
    cells = prove(0, classes=(), rules=ReadsUnasked).cells
    assert {cell.verdict for cell in cells if not cell.by_design} == {PROVED}


def test_control_states_count_as_worlds_do() -> None:
    """Each control state has rules of its own to be made, so a search that meets too many of them ends as well; while
    nothing is broken it does not."""
    sound, broken = explored(Core)._replace(states=1_000_000), explored(BY_NAME["skips-starting"].rules)
    ask = Patience(ProofSearch(Scope(("F1",), limit=1, racing=True)).explored().space, lambda: sound)
    assert (
        ask(1, broken.found)
        == "something was found broken, and 691 control states are more than 1.5 times the 250 of the reference"
    )
    assert ask(1, ()) == ""
