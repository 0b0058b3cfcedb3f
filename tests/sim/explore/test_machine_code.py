"""The loops of machine code: nobody can tell from a result that they were used."""

import inspect
import sys

import numpy as np
import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.model_check.proof import CONFIG, judge_of
from broadcast_orchestrator.sim.explore.exploration import Exploration
from broadcast_orchestrator.sim.explore.explorer import explore
from broadcast_orchestrator.sim.explore.fault_record import Apart
from broadcast_orchestrator.sim.explore.loops import chosen, native
from broadcast_orchestrator.sim.explore.seen_worlds import HashTable, SortedRuns
from broadcast_orchestrator.sim.explore.state_space import Bounds, StateSpace
from broadcast_orchestrator.sim.world.world import Scope, first_world

pytestmark = pytest.mark.usefixtures("untraced")

MIXED = Scope(faults=("F1", "F4", "F6", "F8", "F10"), limit=1, racing=True)
"""Lost order, lies and a bypass among them: some worlds are beyond the bounds, and some violate a guarantee."""


@pytest.fixture
def machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything goes by machine code, the smallest parts, too."""
    pytest.importorskip("numba", reason="machine code comes with the extra fast: pip install '.[fast]'")
    monkeypatch.setattr(chosen, "MANY", 0)
    monkeypatch.setattr(chosen, "LARGE", 0)


def searched() -> Exploration:
    """The mixed classes, the last three told apart, with the guarantees judged."""
    space = StateSpace(MIXED, Core, judge_of(Core), Bounds(older=1), apart=Apart(("F6", "F8", "F10"), alone=True))
    return explore(space, first_world(CONFIG, Core))


def bare(exploration: Exploration) -> tuple[object, ...]:
    """All that a search says, the numbers of everything included."""
    space = exploration.space
    return (
        [level.tolist() for level in exploration.levels],
        *exploration[2:5],
        *(exploration.taken.tolist(), exploration.beyond, exploration.cut_off),
        *(space.choices, space.numbers.controls.values, [known.values for known in space.numbers.locals]),
    )


def test_machine_code_finds_the_same(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """By machine code from the first world on, a search gives the same keys, counts, violations and numbers of parts as
    by arrays alone, where worlds are beyond the bounds and keys have to be widened on the way, too."""
    monkeypatch.setattr(chosen, "_loaded", lambda: None)
    by_arrays = searched()
    monkeypatch.undo()
    request.getfixturevalue("machine_code")
    assert chosen.machine_code(1) is not None
    by_loops = searched()
    assert bare(by_loops) == bare(by_arrays)
    assert by_arrays.beyond, "sometimes a way leads beyond the bounds"
    assert by_arrays.found, "sometimes something is violated"
    assert sum(by_arrays.space.numbers._layout.widths) > 30, "sometimes a key is widened"


def test_machine_code_takes_over_in_the_midst(monkeypatch: pytest.MonkeyPatch, machine_code: None) -> None:
    """Where the loops change when a level is large, the result is the same."""
    whole = bare(searched())
    monkeypatch.setattr(chosen, "MANY", 200)
    monkeypatch.setattr(chosen, "LARGE", 1_000)
    monkeypatch.setattr(chosen._Loaded, "asked", False)
    assert bare(searched()) == whole
    assert chosen._Loaded.asked, "sometimes a level is large"


def test_without_the_extra_a_large_search_goes_by_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where numba is not installed, or cannot be imported, nothing is asked of it."""
    monkeypatch.setitem(sys.modules, "numba", None)
    assert chosen._loaded.__wrapped__() is None


def test_where_nothing_can_be_kept_on_disk_it_is_compiled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder that cannot be written to, and without a home, machine code is made all the same."""
    numba = pytest.importorskip("numba")
    njit, refused = numba.njit, list[bool]()

    def refusing(*loop: object, cache: bool = False) -> object:
        if cache:
            refused.append(True)
            raise RuntimeError("cannot cache function: no locator available")
        return njit(*loop)

    monkeypatch.setattr(numba, "njit", refusing)
    code = chosen._loaded.__wrapped__()
    assert code is not None
    assert refused
    assert code.length_of(np.array([1, 0]), np.array([0, 2, 5])) == 5


def test_what_is_compiled_goes_by_its_own_file_alone() -> None:
    """The loops name nothing that another file of ours says: what is kept on disk would outlast a change of it."""
    ours = [line for line in inspect.getsource(native).splitlines() if "import" in line.split() and "broadcast" in line]
    assert not ours


def test_a_small_search_does_not_load_it() -> None:
    """Whoever searches a few worlds does not wait for a compiler."""
    assert chosen.machine_code(chosen.MANY - 1) is None


def test_what_was_seen_is_told_alike(machine_code: None) -> None:
    """Sorted runs and a hash table call the same keys new, while the table grows, and after keys were written anew."""
    random = np.random.default_rng(7)
    code = chosen.machine_code(0)
    assert code is not None
    runs, table = SortedRuns(), HashTable(code, np.zeros(0, dtype=np.int64))
    for size in (10, 100_000, 900_000, 50, 400_000):
        keys = np.unique(random.integers(0, 3_000_000, size))
        assert np.array_equal(np.sort(table.new(keys)), runs.new(keys))
    for seen in (runs, table):
        seen.rewrite(lambda keys: keys * 2)
    keys = np.unique(random.integers(0, 6_000_000, 100_000))
    new = runs.new(keys)
    assert np.array_equal(np.sort(table.new(keys)), new)
    assert 0 < len(new) < len(keys)
    assert np.array_equal(np.sort(table.keys()), np.sort(runs.keys()))
