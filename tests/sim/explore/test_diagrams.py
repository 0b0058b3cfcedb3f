"""Sets of worlds as decision diagrams: the same worlds, counts and verdicts as by levels, in any room."""

import inspect
from collections import Counter
from typing import Any

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.model_check import proof
from broadcast_orchestrator.properties.model_check.proof import (
    CLASSES,
    CONFIG,
    UNAIDED,
    Proof,
    ProofSearch,
    judge_of,
    prove,
)
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.sim.explore.compiling import rule_memory
from broadcast_orchestrator.sim.explore.control import Control
from broadcast_orchestrator.sim.explore.diagrams import digit_classes, node_store, set_search
from broadcast_orchestrator.sim.explore.diagrams import reach as reaching
from broadcast_orchestrator.sim.explore.diagrams.node_store import NodeStore
from broadcast_orchestrator.sim.explore.diagrams.reach import Explored, Reached, reach
from broadcast_orchestrator.sim.explore.explorer import explore
from broadcast_orchestrator.sim.explore.fault_record import NOT_APART, Apart
from broadcast_orchestrator.sim.explore.loops import diagrams, native
from broadcast_orchestrator.sim.explore.loops.native import Numbers
from broadcast_orchestrator.sim.explore.state_space import Bounds, StateSpace
from broadcast_orchestrator.sim.world.world import Scope, first_world

pytestmark = pytest.mark.usefixtures("untraced")

WITHSTOOD = tuple(fault for fault in CLASSES if fault not in UNAIDED)


@pytest.fixture(autouse=True)
def machine_code() -> None:
    """Diagrams go by machine code alone."""
    pytest.importorskip("numba", reason="machine code comes with the extra fast: pip install '.[fast]'")


def space_of(scope: Scope, rules: type[Core] = Core, older: int = 2, apart: Apart = NOT_APART) -> StateSpace:
    """The space of a scope, with every guarantee judged."""
    return StateSpace(scope, rules, judge_of(rules), Bounds(older), apart=apart)


def by_sets(space: StateSpace) -> Reached:
    """What is reached by sets of worlds."""
    reached = reach(space, first_world(CONFIG, space.rules))
    assert reached is not None
    return reached


def by_stance(control: Control) -> Control:
    """A control without its ledger, of which nothing is said where a choice leads."""
    core, observer = control
    procedure = core.procedure and core.procedure._replace(failures=(), notes=())
    return Control(core._replace(initialized=False, procedure=procedure), observer._replace(lost=False))


def bare(explored: Explored) -> dict[str, Any]:
    """All that either search says of a space, in words of the world alone: numbers are given out in another order."""
    space = explored.space
    controls, counts = space.numbers.controls.values, explored.worlds_of_controls().tolist()
    taken, leading = Counter[Any](), Counter[Any]()
    for choice, target, times in zip(space.choices, space.table.targets(), explored.taken.tolist(), strict=False):
        taken[choice.steps, choice.place, choice.effects] += times
        if target >= 0 and times:
            after = by_stance(space.stances.seen(target))
            leading[choice.steps, choice.place, choice.effects, after] += times
    return {
        "size": (explored.states, explored.transitions, explored.beyond),
        "worlds": {controls[at]: count for at, count in enumerate(counts) if count},
        "controls": {record: set(known) for record, known in explored.controls().items()},
        "taken": {choice: times for choice, times in taken.items() if times},
        "leading": leading,
        "found": {(found.violation.guarantee, found.violation.gap, found.faults) for found in explored.found},
    }


@pytest.mark.parametrize(
    ("scope", "older", "apart"),
    [
        (Scope(racing=True), 2, NOT_APART),
        (Scope(faults=WITHSTOOD, limit=1), 2, NOT_APART),
        (Scope(faults=("F1", "F2", "F4"), limit=2), 2, NOT_APART),
        (Scope(faults=("F3", "F6"), limit=1, racing=True), 1, Apart(("F6",))),
        (Scope(faults=("F1", "F13"), limit=2), 2, NOT_APART),
    ],
)
def test_sets_of_worlds_say_what_levels_say(scope: Scope, older: int, apart: Apart) -> None:
    """Every count, every control, how often each choice is taken, and all that is wrong at rest is by sets of worlds
    what it is by levels, also where worlds are beyond the bounds, faults are told apart, and other dashboards command.
    """
    levels = explore(space_of(scope, older=older, apart=apart), first_world(CONFIG))
    assert bare(by_sets(space_of(scope, older=older, apart=apart))) == bare(levels)
    assert levels.beyond or older == 2, "sometimes a way leads beyond the bounds"
    assert levels.found or not scope.faults, "sometimes something is wrong at rest"


@pytest.mark.parametrize(
    ("fields", "remembered"),
    [((), ()), (("initialized", "due", "state", "failures", "notes", "written"), ("lost", "owed", "start_failed"))],
)
def test_which_fields_are_the_ledgers_makes_no_difference(
    monkeypatch: pytest.MonkeyPatch, fields: tuple[str, ...], remembered: tuple[str, ...]
) -> None:
    """With no field kept apart, or with many that rules do read, sets and levels find what they find with those that
    are."""
    scope = Scope(faults=("F1", "F4"), limit=1, racing=True)
    usual = bare(by_sets(space_of(scope)))
    monkeypatch.setattr(rule_memory, "FIELDS", fields)
    judge = judge_of(Core)._replace(ledger=remembered)
    for search in (by_sets, lambda space: explore(space, first_world(CONFIG))):
        found = search(StateSpace(scope, Core, judge))
        assert bare(found) | {"leading": usual["leading"]} == usual
        stances, ledgers = (
            len(each.values) for each in (found.space.stances.parts.stances, found.space.stances.parts.ledgers)
        )
        assert (ledgers == 1) == (not fields), "sometimes there is nothing apart"
        assert stances < len(usual["worlds"]) / 4 or not fields, "sometimes much is"


def test_in_little_room_the_same_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nodes have to be given up again and again, little is remembered, and few cells can be asked for at once,
    the result is the same."""
    scope = Scope(faults=("F1", "F3"), limit=1, racing=True)
    whole, rooms = bare(by_sets(space_of(scope))), list[int]()
    for name, room in {"NODES": 1 << 7, "EDGES": 1 << 8, "RESULTS": 1 << 6}.items():
        monkeypatch.setattr(node_store, name, room)
    monkeypatch.setattr(set_search, "ROOM_FOR_WANTED", 8)
    make_room = NodeStore.make_room

    def counted(nodes: NodeStore, roots: list[Numbers]) -> None:
        rooms.append(len(roots))
        make_room(nodes, roots)

    monkeypatch.setattr(NodeStore, "make_room", counted)
    assert bare(by_sets(space_of(scope))) == whole
    assert len(rooms) > 10, "sometimes nodes are given up"


def test_the_same_search_gives_the_same_numbers() -> None:
    """Two searches of one scope number controls, records, digits and choices alike."""
    first, second = (by_sets(space_of(Scope(faults=("F1", "F4"), limit=1))) for _ in range(2))
    assert first.worlds.tolist() == second.worlds.tolist()
    assert first.taken.tolist() == second.taken.tolist()
    numbers = [explored.space.numbers for explored in (first, second)]
    assert numbers[0].controls.values == numbers[1].controls.values
    assert [each.values for each in numbers[0].locals] == [each.values for each in numbers[1].locals]


def test_what_is_wrong_in_a_step_is_for_levels_to_tell() -> None:
    """Where a step violates a guarantee, a search by sets says nothing."""
    mutant = BY_NAME["starts-without-a-host"]
    assert reach(space_of(Scope(racing=True), mutant.rules), first_world(CONFIG, mutant.rules)) is None


def test_more_worlds_than_may_be_are_for_levels_to_tell() -> None:
    """Where a space has more worlds than its bounds allow, a search by sets says nothing, and ends early."""
    space = StateSpace(Scope(faults=WITHSTOOD, limit=2, racing=True), Core, judge_of(Core), Bounds(states=1_000))
    assert reach(space, first_world(CONFIG)) is None
    assert len(space.stances.parts.stances.values) < 300


def test_too_many_nodes_are_for_levels_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are more nodes than there are numbers for, a search by sets says nothing."""
    for name in ("NODES", "EDGES", "MOST_NODES"):
        monkeypatch.setattr(node_store, name, 1 << 8)
    assert reach(space_of(Scope(racing=True)), first_world(CONFIG)) is None


def test_more_than_there_are_numbers_for_is_for_levels_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where services offer more different things than the number of a cell has room for, or have more states than a
    node can be put together from, a search by sets says nothing."""
    start = first_world(CONFIG)
    for module, name in ((digit_classes, "MOST_CLASSES"), (node_store, "WIDTH")):
        with monkeypatch.context() as narrow:
            narrow.setattr(module, name, 1 << 4)
            assert reach(space_of(Scope(racing=True)), start) is None
    assert reach(space_of(Scope(racing=True)), start) is not None


def test_runs_that_are_not_counted_are_for_levels() -> None:
    """Where only worlds behind some faults count, a search by sets says nothing."""
    space = space_of(Scope(faults=("F6",), limit=1), apart=Apart(("F6",), alone=True))
    assert reach(space, first_world(CONFIG)) is None


def test_without_a_compiler_nothing_is_searched_by_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where numba is not installed, levels are all there is."""
    monkeypatch.setattr(reaching, "diagram_code", lambda: None)
    assert reach(space_of(Scope()), first_world(CONFIG)) is None


def proof_by(monkeypatch: pytest.MonkeyPatch, by_sets_from: int, rules: type[Core]) -> Proof:
    """The proof of one class with two faults and no racing commands, by sets of worlds from so many faults on."""
    monkeypatch.setattr(proof, "BY_SETS", by_sets_from)
    return prove(2, classes=("F3",), racing=False, rules=rules)


@pytest.mark.parametrize("name", ["", "starts-without-a-host", "leaves-late-successes-on"])
def test_a_proof_by_sets_is_the_proof_by_levels(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Sound or broken, whatever is told, witnesses included, is the same; only how deep the largest search went is not
    known by sets."""
    rules = BY_NAME[name].rules if name else Core
    levels, sets = proof_by(monkeypatch, 9, rules), proof_by(monkeypatch, 2, rules)
    assert sets._replace(depth=0) == levels._replace(depth=0)


def test_what_one_fault_does_not_show_is_told_by_levels() -> None:
    """Where sets find something at rest that no nearer search has shown, levels find the way to it."""
    search = ProofSearch(Scope(faults=("F3",), limit=2))
    nearest, unaided = search.others()
    reached = by_sets(space_of(search.scope))
    told = search.put_together(reached, nearest, unaided)
    alone = search.put_together(reached, nearest._replace(found=(), told={}), unaided)
    assert {cell.witness for cell in told.cells if cell.witness}, "sometimes something is shown"
    shown = [{cell.guarantee for cell in each.cells if cell.witness} for each in (told, alone)]
    assert shown[0] == shown[1]


def test_what_is_compiled_goes_by_its_own_file_alone() -> None:
    """The loops name nothing that another file of ours says: what is kept on disk would outlast a change of it."""
    imports = [line for line in inspect.getsource(diagrams).splitlines() if line.startswith(("import ", "from "))]
    assert not [line for line in imports if "broadcast" in line]
    assert (diagrams.UNKNOWN, diagrams.BEYOND, diagrams.SAME) == (native.UNKNOWN, native.BEYOND, native.SAME)
