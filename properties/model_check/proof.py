"""Proofs by exploration: every world of a scope is reached, every step and every quiet world is judged.

All classes of fault are mixed in any way, since what holds with more faults allowed holds with fewer. Classes that no
orchestrator withstands unaided break guarantees by design; so the worlds with such a fault behind them are a search of
their own, in which they are told apart by its class and place, and a run has such faults of one class at one place
only. A third search, with one fault, tells all classes and places apart: it finds the shortest witness of every cell.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.table import Edge
from broadcast_orchestrator.properties.guarantees.catalogue import EVERY, judge, judge_quiet
from broadcast_orchestrator.properties.guarantees.memory import LEDGER, Glimpse, JudgeMemory, asks, memory_under
from broadcast_orchestrator.properties.guarantees.raising import raised_violation
from broadcast_orchestrator.properties.guarantees.verdicts import Cell, Violation, Witness
from broadcast_orchestrator.properties.model_check.cells import Decision, Searched, deeper
from broadcast_orchestrator.properties.model_check.patience import Patience, is_unforeseen
from broadcast_orchestrator.properties.model_check.second_process import ALONE, SecondProcess
from broadcast_orchestrator.properties.model_check.sights import count_sights
from broadcast_orchestrator.properties.model_check.witnesses import witnesses
from broadcast_orchestrator.sim.explore.compiling.symbolic_judge import Observation, SymbolicJudge
from broadcast_orchestrator.sim.explore.diagrams.reach import Explored, Reached, reach
from broadcast_orchestrator.sim.explore.exploration import Exploration
from broadcast_orchestrator.sim.explore.explorer import explore
from broadcast_orchestrator.sim.explore.fault_record import NOT_APART, Apart
from broadcast_orchestrator.sim.explore.lazy_tables import SearchTooLarge
from broadcast_orchestrator.sim.explore.state_space import BOUNDS, Bounds, StateSpace
from broadcast_orchestrator.sim.world.faults import (
    BYPASS,
    DUPLICATE,
    EARLY_REPLY,
    EMPTY_SUCCESS,
    FAULTS,
    HANG,
    LATE,
    LOST_REPLY,
    LOST_UNNOTICED,
    NONE,
    OVERTAKING,
    REFUSE,
    RELOAD,
    SECOND_DASHBOARD,
    SUSPEND,
)
from broadcast_orchestrator.sim.world.rules_by_name import reference_of
from broadcast_orchestrator.sim.world.world import Scope, World, first_world

CONFIG = OrchestratorConfig(max_retries=1)
"""What is explored: with more retries, two faults could never make an initialization fail."""

CLASSES = tuple(fault.id for fault in FAULTS if fault.id != NONE)
"""The fault classes that are explored by default: all."""

TOGETHER = (REFUSE, LOST_REPLY, HANG, LATE, EARLY_REPLY, DUPLICATE)
"""The classes that hit a single call and that the reference withstands: smaller searches take these."""

UNAIDED = (OVERTAKING, EMPTY_SUCCESS, LOST_UNNOTICED, BYPASS, RELOAD, SECOND_DASHBOARD)
"""The classes that no orchestrator withstands which never asks its services: what breaks under one is told apart."""

MOST_APART = 2
"""How many faults a search of all allows in a run with one of these: three leave more behind in the services than there
is room for. Asked for without others they are searched with as many as any."""

BY_SETS = 3
"""From how many faults on the largest search goes by sets of worlds: with fewer, its rules take longer to compile than
its worlds to search."""

SHALLOW = (SECOND_DASHBOARD, SUSPEND)
"""The classes that a search of all takes for the only fault of a run: each multiplies the worlds by four. Asked for
alone they are searched as deep as any."""


class Proof(NamedTuple):
    """What exploration proves and disproves, and the size of what it rests on: worlds, transitions, the depth of the
    searches that went by levels, the bounds in words, how often each row of the table was taken, the fault classes and
    places that the number of faults was too small to reach, how often each thing was seen (`sights`), and why searches
    were `cut_off`."""

    cells: tuple[Cell, ...]
    states: int
    transitions: int
    depth: int
    bounds: tuple[str, ...]
    rows_taken: Mapping[Edge, int]
    unreached: tuple[tuple[str, str], ...]
    sights: Mapping[str, int]
    cut_off: tuple[str, ...] = ()


def glimpse_of_search(observer: JudgeMemory, before: CoreState, after: CoreState, seen: Observation) -> Glimpse:
    """A step of a search as the checks see it."""
    return Glimpse(
        *(observer, before, seen.step, seen.effects, after, seen.call, seen.asked, seen.touched),
        changed=seen.changes.names(),
        known_under_way=seen.under_way,
    )


@dataclass(frozen=True)
class StepJudge:
    """What there is to remember after a step of a search, and what the checks of these guarantees find wrong in it. By
    the guarantees a search knows the judge again whose answers it remembers."""

    guarantees: tuple[str, ...]

    def __call__(self, *moment: Any) -> tuple[JudgeMemory, tuple[Violation, ...]]:
        """What is remembered after this moment, and what is wrong in it."""
        return judge(glimpse_of_search(*moment), self.guarantees)


def judge_of(rules: type[Core], guarantees: tuple[str, ...] = EVERY) -> SymbolicJudge:
    """These guarantees, as a search under these rules consults them. Whichever they are, the same is remembered of a
    run, so the worlds are the same; of steps that change nothing, only those that break one of them are counted."""
    quiet = partial(_judge_quiet, rules=rules, guarantees=guarantees)
    return SymbolicJudge(memory_under(rules), StepJudge(guarantees), quiet, asks, _raised, LEDGER)


def _judge_quiet(
    observer: JudgeMemory, world: World, rules: type[Core], guarantees: tuple[str, ...]
) -> tuple[Violation, ...]:
    try:
        return judge_quiet(observer, world, rules, guarantees)
    except Exception as raised:  # it asks how the world goes on, and broken rules may raise there
        return _raised(raised)


def _raised(raised: Exception) -> tuple[Violation, ...]:
    return (raised_violation(raised),)


Progress = Callable[[int, int], None]


def prove(
    faults: int = 2,
    *,
    classes: tuple[str, ...] = CLASSES,
    racing: bool = True,
    rules: type[Core] = Core,
    config: OrchestratorConfig = CONFIG,
    bounds: Bounds = BOUNDS,
    beside: SecondProcess = ALONE,
    progress: Progress = lambda states, level: None,
) -> Proof:
    """Judge every guarantee against every class of fault at every place, with up to `faults` faults in all.

    `classes` are fault classes by id, `racing` lets commands come while a procedure is under way, `rules` are those of
    the core, and `progress` is told the number of worlds and the level as the largest search goes on. The other
    searches run `beside`; the result is the same. The verdicts are those of guarantees.md; a search that is cut off
    says unknown.
    """
    search = ProofSearch(Scope(classes, limit=faults, racing=racing), rules, config, bounds)
    return search.begun(beside)(progress)


def find_witnesses(
    scope: Scope,
    *,
    rules: type[Core] = Core,
    config: OrchestratorConfig = CONFIG,
    bounds: Bounds = BOUNDS,
    until: str | None = None,
    progress: Progress = lambda states, level: None,
) -> dict[str, Witness]:
    """For each guarantee that is broken within the scope, by its id, a shortest witness; violations that follow from a
    gap of the guide's own are left out.

    The search ends early when the guarantee `until` is found broken; then others may be missing. Raises
    SearchTooLarge when the search is cut off before anything is found broken.
    """
    search = ProofSearch(scope, rules, config, bounds)
    exploration = search.explored(progress=progress, until=lambda kind: kind == (until, ""))
    found = {each.violation.guarantee: each for each in reversed(exploration.found) if not each.violation.gap}
    if exploration.cut_off and not found:
        raise SearchTooLarge(exploration.cut_off)
    told = witnesses(exploration, found.values())
    return {guarantee: told[found[guarantee]] for guarantee in reversed(found)}


class ProofSearch:
    """Explorations of one core under one configuration, within one scope, judged by these guarantees."""

    def __init__(
        self,
        scope: Scope,
        rules: type[Core] = Core,
        config: OrchestratorConfig = CONFIG,
        bounds: Bounds = BOUNDS,
        guarantees: tuple[str, ...] = EVERY,
    ) -> None:
        self.scope, self.rules, self.config, self.bounds, self.guarantees = scope, rules, config, bounds, guarantees

    def explored(
        self,
        *,
        apart: Apart = NOT_APART,
        taken_at_once: bool = True,
        progress: Progress = lambda states, level: None,
        until: Callable[[tuple[str, str]], bool] = lambda kind: False,
    ) -> Exploration:
        """Explore the scope; where something is found broken, no further than is usual (`patience`)."""
        return self._by_levels(self._space(apart, taken_at_once), progress, until)

    def _space(self, apart: Apart = NOT_APART, taken_at_once: bool = True) -> StateSpace:
        judge = judge_of(self.rules, self.guarantees)
        return StateSpace(self.scope, self.rules, judge, self.bounds, apart=apart, taken_at_once=taken_at_once)

    def _by_levels(
        self,
        space: StateSpace,
        progress: Progress = lambda states, level: None,
        until: Callable[[tuple[str, str]], bool] = lambda kind: False,
    ) -> Exploration:
        usual = ProofSearch(self.scope, reference_of(self.rules), self.config, self.bounds, guarantees=())
        enough = Patience(space, lambda: usual._searched(usual._space(space.apart, space.taken_at_once)))
        return explore(space, first_world(self.config, self.rules), progress, guarantee_and_gap, until, enough)

    def withstood(self, progress: Progress = lambda states, level: None) -> Explored:
        """The search over all classes that the reference withstands, mixed in any way: by sets of worlds where they are
        many (`BY_SETS`), unless something is broken that nobody foresees. That is for levels to tell."""
        classes = tuple(fault for fault in self.deep() if fault not in UNAIDED)
        search = self.within(self.scope._replace(faults=classes))
        return search._searched(search._space(), progress)

    def _searched(self, space: StateSpace, progress: Progress = lambda states, level: None) -> Explored:
        if self.scope.limit >= BY_SETS:
            reached = reach(space, first_world(self.config, self.rules), progress)
            if reached is not None and not any(is_unforeseen(each, space) for each in reached.found):
                return reached
        return self._by_levels(space, progress)

    def deep(self) -> tuple[str, ...]:
        """The classes that are searched with more than one fault, if there may be more."""
        deep = tuple(fault for fault in self.scope.faults if fault not in SHALLOW)
        return deep if deep and self.scope.limit > 1 else self.scope.faults

    def depths(self) -> dict[str, int]:
        """With how many faults in a run each class is searched."""
        deep, limit = self.deep(), self.scope.limit
        return {
            fault: min(limit, 1) if fault not in deep else self.limit_apart() if fault in UNAIDED else limit
            for fault in self.scope.faults
        }

    def limit_apart(self) -> int:
        """How many faults a run may have with one that nobody withstands unaided, where it is mixed with others."""
        return min(self.scope.limit, MOST_APART) if set(self.deep()) - set(UNAIDED) else self.scope.limit

    def begun(self, beside: SecondProcess) -> Callable[[Progress], Proof]:
        """Begin with the other searches beside; what then makes the largest one, and the proof that all give. With one
        fault the nearest search is all there is to search."""
        if self.scope.limit == 1:
            return self.near_proof
        others = beside.begin(self.others)
        return lambda progress: self.put_together(self.withstood(progress), *others.answer())

    def near_proof(self, progress: Progress) -> Proof:
        """The proof that the nearest search gives alone."""
        exploration = self.near_exploration(progress)
        nearest = Searched.of(exploration, witnesses(exploration, exploration.found))
        return self.decided(nearest, nearest, count_sights(exploration))

    def others(self) -> tuple[Searched, Searched]:
        """The nearest search, and that over runs with a fault that nobody withstands unaided."""
        nearest = self.nearest()
        deep = self.within(self.scope._replace(faults=self.deep(), limit=self.limit_apart()))
        return nearest, self.told(deep.explored(apart=Apart(UNAIDED, alone=True)), nearest)

    def nearest(self) -> Searched:
        """The search with one fault at the most, which tells all classes apart, with a witness of all that it finds."""
        exploration = self.near_exploration()
        return Searched.of(exploration, witnesses(exploration, exploration.found))

    def near_exploration(self, progress: Progress = lambda states, level: None) -> Exploration:
        """The worlds with one fault at the most, by its class and place."""
        search = self.within(self.scope._replace(limit=min(self.scope.limit, 1)))
        return search.explored(apart=Apart(CLASSES), taken_at_once=False, progress=progress)

    def within(self, scope: Scope) -> "ProofSearch":
        """The same within another scope."""
        return ProofSearch(scope, self.rules, self.config, self.bounds, self.guarantees)

    def told(self, explored: Explored, nearest: Searched) -> Searched:
        """The summary of a search, with a witness of all that it has found and the nearest one has not."""
        found = deeper(explored, nearest)
        if isinstance(explored, Reached):
            assert not found, "a search by sets knows no way to what it has found"
            return Searched.of(explored, {})
        return Searched.of(explored, witnesses(explored, found))

    def put_together(self, explored: Explored, nearest: Searched, unaided: Searched) -> Proof:
        """The proof that all searches give together."""
        if isinstance(explored, Reached) and deeper(explored, nearest):
            explored = self.within(explored.space.scope)._by_levels(explored.space)
        whole = self.told(explored, nearest).beside(unaided)
        return self.decided(whole, nearest, count_sights(explored))

    def decided(self, whole: Searched, nearest: Searched, sights: Mapping[str, int]) -> Proof:
        """What the two searches prove."""
        decision = Decision(whole, nearest, self.scope, self.depths(), UNAIDED, self.rules.measures, self.guarantees)
        return Proof(
            tuple(decision.cells()),
            whole.states,
            whole.transitions,
            whole.depth,
            self.in_words(whole.beyond),
            whole.rows_taken,
            decision.unreached(),
            sights,
            tuple(dict.fromkeys(filter(None, (nearest.cut_off, whole.cut_off, whole.cut_off_apart)))),
        )

    def in_words(self, beyond: int) -> tuple[str, ...]:
        """The bounds that are part of the claim."""
        scope = self.scope
        commands = "at any moment, racing" if scope.racing else "one at a time"
        left_out = f"; {beyond:,} transitions beyond that were left out" if beyond else "; nothing was beyond that"
        told_apart = [fault for fault in UNAIDED if fault in self.deep()]
        alone = f", but of {', '.join(told_apart)} one class at one place in a run" if told_apart else ""
        if told_apart and self.limit_apart() < scope.limit:
            alone += f" of at most {self.limit_apart()} faults"
        if shallow := [fault for fault in scope.faults if fault not in self.deep()]:
            alone += f", and {' or '.join(shallow)} as the only fault of a run"
        return (
            f"commands come {commands}",
            f"{_classes(scope.faults)}{alone}" if scope.limit else "no fault",
            f"at most {scope.limit} fault{'' if scope.limit == 1 else 's'} in all",
            f"at most {self.bounds.older} calls a service that nobody waits for any more{left_out}",
            "the effects of one service land in the order of their calls, except under F6",
            f"max_retries is {self.config.max_retries}, and starts give one session id",
        )


def _classes(faults: tuple[str, ...]) -> str:
    """Which classes of fault there are, in words."""
    if not faults:
        return "no fault"
    return f"{f'all {len(CLASSES)} classes of fault' if set(faults) == set(CLASSES) else ', '.join(faults)} mixed"


def guarantee_and_gap(violation: Violation) -> tuple[str, str]:
    """What a proof tells violations apart by: the guarantee, and the gap of the guide's own that explains it."""
    return violation.guarantee, violation.gap
