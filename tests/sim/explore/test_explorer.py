"""The explorer: exact counts, agreement with the plainest search there is, shortest witnesses, honest cut-offs."""

import gc
import os
import random
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from places import TESTS

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Failure
from broadcast_orchestrator.model.measures import rules_with
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.model.state import CoreState, ProcedureStep
from broadcast_orchestrator.properties.guarantees.catalogue import watch
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, UNKNOWN, VIOLATED, Violation
from broadcast_orchestrator.properties.model_check.proof import CONFIG, find_witnesses, prove
from broadcast_orchestrator.properties.model_check.second_process import second_process
from broadcast_orchestrator.sim.explore.explorer import explore
from broadcast_orchestrator.sim.explore.lazy_tables import MOST, SearchTooLarge
from broadcast_orchestrator.sim.explore.state_space import Bounds, StateSpace
from broadcast_orchestrator.sim.explore.symmetry import canonical_world
from broadcast_orchestrator.sim.explore.world_numbers import Layout
from broadcast_orchestrator.sim.world.service_state import is_awaited
from broadcast_orchestrator.sim.world.steps import Do, Fill, Step, fault_of
from broadcast_orchestrator.sim.world.world import Scope, World, choices, first_world, happen, local_of

pytestmark = pytest.mark.usefixtures("untraced")

START = World(core=CoreState(config=OrchestratorConfig(max_retries=1)))
LOST_REPLIES = Scope(faults=("F2",), limit=1)
ONE_FAULT = Scope(faults=("F1", "F2", "F3", "F4"), limit=1)


def plain_search(scope: Scope) -> tuple[int, int, int]:
    """Worlds, transitions and levels, found one world at a time with nothing but `choices` and `happen`."""
    seen, level, transitions, levels = {canonical_world(START)}, [canonical_world(START)], 0, 0
    while level:
        levels += 1
        following: list[World] = []
        for world in level:
            for step in choices(world, scope):
                after = canonical_world(happen(world, step)[0])
                if after == world or older_calls(after) > 2:
                    continue
                transitions += 1
                if after not in seen:
                    seen.add(after)
                    following.append(after)
        level = following
    return len(seen), transitions, levels


def older_calls(world: World) -> int:
    """The largest number of calls to one service that nobody waits for."""
    locals_ = [local_of(world, service) for service in SERVICES]
    return max(sum(not is_awaited(each, flight) for flight in range(len(each.flights))) for each in locals_)


@pytest.mark.parametrize(
    ("scope", "all_worlds", "worlds", "transitions"),
    [
        (Scope(), 517, 112, 220),
        (ONE_FAULT, 121_106, 12_303, 55_327),
        (Scope(racing=True), 11_461, 998, 2_875),
    ],
)
def test_the_space_has_exactly_this_size(scope: Scope, all_worlds: int, worlds: int, transitions: int) -> None:
    """A changed number of worlds is a changed design, to be explained in the commit that changes it: of all worlds that
    there are, and of those that are searched where order makes no difference."""
    assert explore(StateSpace(scope, partial_order=False), START).states == all_worlds
    exploration = explore(StateSpace(scope), START)
    assert (exploration.states, exploration.transitions) == (worlds, transitions)
    assert not exploration.cut_off


@pytest.mark.parametrize(
    "scope",
    [
        Scope(),
        Scope(racing=True, sessions=(None,)),
        Scope(faults=("F2",), limit=1),
        Scope(faults=("F3",), limit=1, places=("emergency",)),
        Scope(faults=("F5", "F8"), limit=1, places=("forward",)),
        Scope(faults=("F6", "F7", "F9", "F9u", "F10", "F11"), limit=1, places=("shutdown",)),
        Scope(filling=True, sessions=(None, "s1", "s2")),
    ],
    ids=str,
)
def test_it_agrees_with_the_plainest_search(scope: Scope) -> None:
    """The compiled search finds as many worlds, transitions and levels as a search of one world at a time."""
    exploration = explore(StateSpace(scope, partial_order=False), START)
    assert (exploration.states, exploration.transitions, len(exploration.levels)) == plain_search(scope)


def quiet_worlds(space: StateSpace, start: World = START) -> dict[World, int]:
    """Every quiet world of the space, and how many steps it takes to get there."""
    levels, numbers = explore(space, start).levels, space.numbers
    keys = ((key, steps) for steps, level in enumerate(levels) for key in numbers.quiet(level).tolist())
    return {numbers.world(key)[0]: steps for key, steps in keys}


@pytest.mark.parametrize(
    "scope",
    [
        Scope(racing=True),
        ONE_FAULT,
        Scope(faults=("F1", "F4", "F5", "F7"), limit=1, racing=True),
        Scope(faults=("F1", "F2", "F3", "F4", "F5", "F7"), limit=2, sessions=(None,), places=("forward", "shutdown")),
        Scope(faults=("F6", "F8", "F9", "F9u", "F10", "F11"), limit=1),
        Scope(faults=("F4", "F6", "F8", "F9", "F9u", "F10", "F11"), limit=2, sessions=(None,), places=("forward",)),
    ],
    ids=str,
)
def test_the_partial_order_reduction_loses_nothing(scope: Scope) -> None:
    """Where effects are tried at one moment only, the same quiet worlds are reached after as few steps, and the same
    controls, under every class of fault; whether effects that somebody waits for are put off alone, or those that
    nobody waits for are taken at once, too."""
    everything, put_off = StateSpace(scope, partial_order=False), StateSpace(scope, taken_at_once=False)
    reduced = StateSpace(scope)
    assert quiet_worlds(reduced) == quiet_worlds(put_off) == quiet_worlds(everything)
    for space in (put_off, reduced):
        assert len(space.numbers.controls.values) == len(everything.numbers.controls.values)


def test_a_lease_is_neither_put_off_nor_taken_at_once() -> None:
    """Whether it was given decides what another dashboard may do: the same quiet worlds are reached with the reduction
    and without."""
    leased, scope = rules_with(["lease"]), Scope(faults=("F5", "F13"), limit=2, sessions=(None,))
    start = first_world(START.core.config, leased)
    everything = quiet_worlds(StateSpace(scope, leased, partial_order=False), start)
    assert quiet_worlds(StateSpace(scope, leased), start) == everything
    assert {world.truth.holder for world in everything} == {"", "ours", "elsewhere"}


def random_step(world: World, scope: Scope, draw: random.Random) -> Step:
    """Some step; commands and changes of content only now and then, so that procedures get somewhere."""
    offered = list(choices(world, scope))
    going_on = [step for step in offered if not isinstance(step, Do | Fill) and not fault_of(step)]
    return draw.choice(going_on if going_on and draw.random() < 0.7 else offered)


def test_every_random_run_is_a_path_of_the_explored_graph() -> None:
    """A run of any steps, however drawn, stays among the worlds that were explored."""
    space = StateSpace(ONE_FAULT, partial_order=False)
    explored = {key for level in explore(space, START).levels for key in level.tolist()}
    faults = 0
    for seed in range(300):
        world, draw = START, random.Random(seed)
        for _ in range(60):
            world, _ = happen(world, random_step(world, ONE_FAULT, draw))
            assert space.numbers.key(world, space.judge.start) in explored, seed
        faults += world.faults
    assert faults > 100, "sometimes a fault happens"


def test_what_is_struck_out_changes_nothing() -> None:
    """A world and its canonical form offer the same future: each step leads both to the same canonical world."""
    scope = Scope(faults=("F1", "F2", "F3", "F4", "F5", "F7", "F9"), limit=3, racing=True, sessions=("s1", "s2"))
    struck_out = 0
    for seed in range(50):
        world, draw = START, random.Random(seed)
        for _ in range(80):
            bare = canonical_world(world)
            struck_out += bare != world
            nothing = {bare, bare._replace(faults=world.faults + 1)}  # a fault may be spent on a reply without meaning
            futures = {canonical_world(happen(bare, step)[0]) for step in choices(bare, scope)}
            offered = {canonical_world(happen(world, step)[0]) for step in choices(world, scope)}
            assert offered - nothing == futures - nothing
            world, _ = happen(world, random_step(world, scope, draw))
    assert struck_out > 50, "sometimes something is struck out"


class ForgetsToUndoWhatFailed(Core):
    """Undoes only the steps known done, not the one that failed, though an error does not tell whether it worked."""

    def startup_failed(self, failure: Failure) -> None:
        """Forget the step that failed."""
        self.update(issued=self.procedure.issued[:-1])
        super().startup_failed(failure)


def test_a_witness_is_shortest_and_replays() -> None:
    """A planted bug is found with the fewest steps, and playing them again shows the same violation."""
    witness = find_witnesses(ONE_FAULT, rules=ForgetsToUndoWhatFailed)["G2"]
    assert [str(passage.after.core.state) for passage in witness.passages] == [
        "initializing", "initializing", "ready", "starting", "error",
    ]  # fmt: skip
    world, observer = World(core=CoreState(config=CONFIG)), JudgeMemory()
    violations: tuple[Violation, ...] = ()
    for passage in witness.passages:
        following, effects = happen(world, passage.step, ForgetsToUndoWhatFailed)
        assert effects == passage.effects
        observer, violations = watch(observer, world, passage.step, effects, following)
        world = following
    assert witness.violation in violations


def test_the_second_process_changes_nothing() -> None:
    """One job or two, the proof is the same."""
    with second_process(2) as beside:
        shared = prove(1, classes=("F8", "F10"), racing=False, beside=beside)
    assert prove(1, classes=("F8", "F10"), racing=False) == shared


def test_a_broken_cell_is_told_from_a_sound_one() -> None:
    """A lost reply breaks the rollback that forgets the failed step, be it a live write; a refused call does not."""
    proof = prove(1, classes=("F2",), racing=False, rules=ForgetsToUndoWhatFailed)
    verdicts = {(cell.guarantee, cell.fault_class, cell.place): cell.verdict for cell in proof.cells}
    assert verdicts["G2", "F2", "forward"] == VIOLATED
    assert verdicts["G2", "F2", "shutdown"] == PROVED
    assert verdicts["G2", "F0", "anywhere"] == PROVED
    assert verdicts["G1", "F2", "forward"] == PROVED
    assert [cell.guarantee for cell in proof.cells if not cell.as_claimed] == ["G2", "G14"]


def test_a_search_that_is_cut_off_says_unknown() -> None:
    """With room for a thousand worlds nothing is proved, and nothing pretends to be."""
    proof = prove(1, classes=("F2",), bounds=Bounds(states=1_000))
    assert {cell.verdict for cell in proof.cells} == {UNKNOWN}


class ForgetsNothing(Core):
    """Remembers every step ever issued, so that its states never end."""

    def call(self, step: ProcedureStep) -> None:
        """Pile the step up."""
        super().call(step)
        self.update(notes=self.procedure.notes)
        self.set(session=f"{self.core.session}+")


def test_a_space_without_end_is_not_explored_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A core whose states never repeat ends in one clear error, or unknown where nothing is found broken."""
    monkeypatch.setitem(MOST, "control states", 300)
    with pytest.raises(SearchTooLarge, match="more than 300 different control states; narrow the scope or the bounds"):
        find_witnesses(Scope(), rules=ForgetsNothing)
    verdicts = {cell.verdict for cell in prove(0, classes=(), racing=False, rules=ForgetsNothing).cells}
    assert UNKNOWN in verdicts
    assert PROVED not in verdicts


def test_a_full_field_is_made_wider_and_the_keys_stay_in_order() -> None:
    """A key is written anew when one of its fields is full: its order among the others stays, and so does its world."""
    space = StateSpace(Scope())
    levels, numbers = explore(space, START).levels, space.numbers
    keys = np.concatenate(levels)
    worlds = [numbers.world(key) for key in keys.tolist()]
    for field in (0, 3, 1):
        keys = numbers.widened(field)(keys)
    assert [numbers.world(key) for key in keys.tolist()] == worlds
    assert np.argsort(keys).tolist() == np.argsort(np.concatenate(levels)).tolist()


def test_what_a_number_has_no_room_for_is_said() -> None:
    """A key that needs more bits than a number has is an error, and no wrong key."""
    with pytest.raises(
        SearchTooLarge, match="a world's number needs more than 63 bits; narrow the scope or the bounds"
    ):
        Layout((20, 20, 20, 3)).wider(2)


def test_hashing_decides_nothing() -> None:
    """Another hash seed gives the same worlds, the same counts and the same witness."""
    script = (
        "from test_explorer import *\n"
        "w = find_witnesses(LOST_REPLIES, rules=ForgetsToUndoWhatFailed)['G2']\n"
        "e = explore(StateSpace(LOST_REPLIES), START)\n"
        "print([p.step for p in w.passages], e.transitions, e.levels[9].tolist(), e.taken.tolist())\n"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(TESTS)},
            cwd=Path(__file__).parent,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert outputs[0]


def test_a_search_is_gone_as_soon_as_nobody_needs_it() -> None:
    """No part of it is in a circle, so it does not wait for the garbage collector, which large searches are hidden
    from."""
    collects = gc.isenabled()
    gc.disable()
    try:
        exploration = explore(StateSpace(LOST_REPLIES), START)
        parts = [weakref.ref(part) for part in (exploration.space, exploration.space.numbers, exploration.space.table)]
        assert all(part() is not None for part in parts)
        del exploration
        assert [part() for part in parts] == [None, None, None]
    finally:
        if collects:
            gc.enable()
