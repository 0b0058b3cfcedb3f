"""The cells of a proof: whose fault a witness has, what the design foresees, and what a mixture of classes shows."""

from collections.abc import Iterator
from functools import cache

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Failure
from broadcast_orchestrator.model.state import ROLLBACK
from broadcast_orchestrator.properties.guarantees.catalogue import watch
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, UNKNOWN, VIOLATED, Cell, Violation, Witness
from broadcast_orchestrator.properties.model_check.cells import column_of, struck
from broadcast_orchestrator.properties.model_check.proof import Proof, prove
from broadcast_orchestrator.properties.model_check.second_process import second_process
from broadcast_orchestrator.sim.explore.lazy_tables import MOST
from broadcast_orchestrator.sim.world.faults import HANG, REFUSE
from broadcast_orchestrator.sim.world.world import happen

pytestmark = pytest.mark.usefixtures("untraced")

NARROW = ("F1", "F6", "F8", "F9", "F9u", "F10", "F11")


@cache
def proof() -> Proof:
    """Two faults of few classes, one command at a time: small, and everything shows that is broken by design."""
    return prove(2, classes=NARROW, racing=False)


def broken() -> Iterator[tuple[Cell, Witness]]:
    """Every broken cell with its witness."""
    for cell in proof().cells:
        if cell.verdict == VIOLATED:
            assert cell.witness is not None
            yield cell, cell.witness


def test_a_witness_has_its_fault_at_its_own_place() -> None:
    """The faults of a witness are those of its cell, but for one more where a single fault is not enough; or there is
    none at all, where the guarantee breaks without any."""
    own = with_another = 0
    for cell, witness in broken():
        faults = struck(witness)
        assert not faults or column_of(cell.fault_class, cell.place) in faults, cell
        assert len(faults) <= 2
        own += len(faults) == 1
        with_another += len(faults) == 2
    assert own > 10, "sometimes the fault of the cell is enough"
    assert with_another > 3, "sometimes it takes another one"


def test_no_fault_can_be_left_out() -> None:
    """A witness with a fault is that of a guarantee which does not break in the same way without any."""
    calm = {(cell.guarantee, witness.violation.gap) for cell, witness in broken() if not struck(witness)}
    assert calm == {("G14", "emergency stop")}
    for cell, witness in broken():
        assert not struck(witness) or (cell.guarantee, witness.violation.gap) not in calm


def test_two_faults_show_what_neither_shows_alone() -> None:
    """A feed that is flipped after a failed start stays on in error: what G2 is about needs a refusal, too."""
    cell = next(cell for cell in proof().cells if (cell.guarantee, cell.fault_class) == ("G2", "F10"))
    assert (cell.verdict, cell.as_claimed) == (VIOLATED, True)
    assert cell.witness is not None
    assert [type(passage.step).__name__ for passage in cell.witness.passages] == [
        "Do", "Effect", "Answer", "Do", "Answer", "Effect", "Answer", "Flip",
    ]  # fmt: skip


def test_a_search_that_was_cut_off_leaves_what_rests_on_the_other_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for what a refusal leaves behind, not for what it does beside an overtaking effect or a reload:
    what is about these alone is unknown, and why is told. That they were not met does not make them impossible."""
    monkeypatch.setitem(MOST, "local states", 40)
    found = prove(2, classes=("F1", "F6", "F12"), racing=False)
    verdicts = {
        fault: {cell.verdict for cell in found.cells if cell.fault_class == fault}
        for fault in ("F0", "F1", "F6", "F12")
    }
    assert verdicts == {
        "F0": {PROVED, VIOLATED},
        "F1": {PROVED, VIOLATED},
        "F6": {UNKNOWN, VIOLATED},
        "F12": {UNKNOWN, VIOLATED},
    }
    assert {fault for fault, _ in found.unreached} == {"F1"}
    assert found.cut_off == ("more than 40 different local states; narrow the scope or the bounds",)


def test_three_faults_are_two_where_one_of_them_is_withstood_by_nobody() -> None:
    """A run has three refusals, or an empty success and one refusal: each cell says how many its search had, and so do
    the bounds. Asked for alone, empty successes are as many as any."""
    mixed, alone = prove(3, classes=("F1", "F8"), racing=False), prove(3, classes=("F8",), racing=False)
    assert {(cell.fault_class, cell.faults) for cell in mixed.cells} == {("F0", 0), ("F1", 3), ("F8", 2)}
    assert mixed.bounds[1] == "F1, F8 mixed, but of F8 one class at one place in a run of at most 2 faults"
    assert {(cell.fault_class, cell.faults) for cell in alone.cells} == {("F0", 0), ("F8", 3)}


class BreaksUnderTwo(Core):
    """Leaves out what a rollback has still to undo when one of its own steps hangs."""

    def limit_reached(self, failures: list[Failure]) -> None:
        """Nothing more is undone."""
        if self.procedure.phase == ROLLBACK:
            self.update(todo=())
        super().limit_reached(failures)


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_only_a_mixture_shows_is_not_lost(jobs: int) -> None:
    """A core that breaks where a refusal and a hang come together is violated, in the columns of both."""
    with second_process(jobs) as beside:
        found = prove(2, classes=(REFUSE, HANG), racing=False, rules=BreaksUnderTwo, beside=beside)
    violated = [cell for cell in found.cells if cell.verdict == VIOLATED and not cell.by_design]
    columns = {(cell.fault_class, cell.place) for cell in violated}
    assert columns == {("F1", "forward"), ("F3", "rollback")}
    assert {cell.verdict for cell in found.cells if cell.fault_class == "F0" and cell.guarantee != "G14"} == {PROVED}


def test_every_witness_shows_what_it_is_a_witness_of() -> None:
    """Played again, step by step and judged, it ends in the violation that it is told for; also where calls that are
    over were struck out of the worlds in which it was found."""
    shown = 0
    for cell, witness in broken():
        memory, violations = JudgeMemory(), tuple[Violation, ...]()
        for before, step, effects, after, _ in witness.passages:
            assert happen(before, step) == (after, effects)
            memory, violations = watch(memory, before, step, effects, after)
        assert witness.violation in violations, cell
        shown += 1
    assert shown > 20, "sometimes a cell is broken"
