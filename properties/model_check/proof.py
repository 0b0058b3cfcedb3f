"""Proofs by exploration: every world of a scope is reached, every step and every quiet world is judged.

One search over all fault classes that the reference withstands proves all their cells at once, since what holds with
more faults allowed holds with fewer. The classes that no orchestrator withstands unaided are searched one by one. Only
where a search finds a violation that the design does not foresee is each place searched on its own, to tell the broken
cells from the sound.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from functools import lru_cache, partial
from multiprocessing import get_context
from operator import attrgetter
from typing import NamedTuple

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CoreEffect, Transition
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.table import Edge
from broadcast_orchestrator.model.views import OpenCall
from broadcast_orchestrator.properties.guarantees.by_design import foreseen
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES, judge_quiet, judge_step, watch
from broadcast_orchestrator.properties.guarantees.memory import Asked, Glimpse, JudgeMemory, asks, observe
from broadcast_orchestrator.properties.guarantees.verdicts import (
    ANYWHERE,
    PROVED,
    UNKNOWN,
    VIOLATED,
    Cell,
    Violation,
    Witness,
)
from broadcast_orchestrator.sim.explore.exploration import Exploration, Found
from broadcast_orchestrator.sim.explore.explorer import explore
from broadcast_orchestrator.sim.explore.lazy_tables import SearchTooLarge
from broadcast_orchestrator.sim.explore.state_space import BOUNDS, Bounds, StateSpace
from broadcast_orchestrator.sim.explore.symbolic_rules import SymbolicJudge
from broadcast_orchestrator.sim.world.fault_semantics import SEMANTICS
from broadcast_orchestrator.sim.world.faults import (
    ABANDONED,
    CLEANUP,
    DUPLICATE,
    EARLY_REPLY,
    EMERGENCY,
    FAULTS,
    FORWARD,
    HANG,
    LATE,
    LOST_REPLY,
    NONE,
    PLACES,
    REFUSE,
    ROLLBACK,
    SHUTDOWN,
    FaultClass,
)
from broadcast_orchestrator.sim.world.steps import Step, fault_of
from broadcast_orchestrator.sim.world.trace import take
from broadcast_orchestrator.sim.world.world import Scope, World

CONFIG = OrchestratorConfig(max_retries=1)
"""What is explored: with more retries, two faults could never make an initialization fail."""

CLASSES = tuple(fault.id for fault in FAULTS if fault.id != NONE)
"""The fault classes that are explored by default: all."""

TOGETHER = (REFUSE, LOST_REPLY, HANG, LATE, EARLY_REPLY, DUPLICATE)
"""The classes that one search takes together, mixed in any way; the others are searched each on its own."""

ON_THE_WAY: dict[str, tuple[str, ...]] = {
    ROLLBACK: (FORWARD,),
    CLEANUP: (FORWARD,),
    ABANDONED: (FORWARD, SHUTDOWN, EMERGENCY),
}
"""Where else a fault must be allowed to hit for this place to be reached at all."""


class Proof(NamedTuple):
    """What exploration proves and disproves, and the size of what it rests on: worlds, transitions, the depth of the
    deepest search, the bounds in words, how often each row of the table was taken, and the fault classes and places
    that the number of faults was too small to reach."""

    cells: tuple[Cell, ...]
    states: int
    transitions: int
    depth: int
    bounds: tuple[str, ...]
    rows_taken: Mapping[Edge, int]
    unreached: tuple[tuple[str, str], ...]


@lru_cache(maxsize=1 << 16)  # many rules look the same to the checks: one verdict for each distinct observation
def watch_step(
    observer: JudgeMemory,
    before: CoreState,
    step: Step,
    effects: tuple[CoreEffect, ...],
    after: CoreState,
    call: OpenCall | None,
    asked: Asked,
    touched: bool,
) -> tuple[JudgeMemory, tuple[Violation, ...]]:
    """What a search asks of one step: what to remember, and what the guarantees' checks find wrong."""
    glimpse = Glimpse(observer, before, step, effects, after, call, asked, touched)
    return observe(glimpse), judge_step(glimpse)


def judge_of(rules: type[Core]) -> SymbolicJudge:
    """The guarantees, as a search under these rules consults them."""
    return SymbolicJudge(JudgeMemory(), watch_step, partial(judge_quiet, rules=rules), asks)


Progress = Callable[[int, int], None]
Decided = Callable[[Cell], None]


def prove(
    faults: int = 2,
    *,
    classes: tuple[str, ...] = CLASSES,
    racing: bool = True,
    rules: type[Core] = Core,
    config: OrchestratorConfig = CONFIG,
    bounds: Bounds = BOUNDS,
    jobs: int = 1,
    progress: Progress = lambda states, level: None,
    decided: Decided = lambda cell: None,
) -> Proof:
    """Judge every guarantee against every class of fault at every place, with up to `faults` faults in all.

    `classes` are fault classes by id, `racing` lets commands come while a procedure is under way, `rules` are those of
    the core, and `progress` is told the number of worlds and the level as the largest search goes on, `decided` each
    cell as soon as its search and those before it are over. With two `jobs` the smaller searches run in a process of
    their own; the result is the same. The verdicts are those of guarantees.md; a search that is cut off says unknown.
    """
    search = ProofSearch(Scope(limit=faults, racing=racing), rules, config, bounds, progress)
    together = tuple(fault for fault in TOGETHER if fault in classes)
    apart = tuple(fault for fault in classes if fault not in TOGETHER)
    parts = []
    for part in _parts(search, (NONE, *together), apart, jobs):
        parts.append(part)
        for cell in part.cells:
            decided(cell)
    return search.put_together(parts)


def _parts(search: "ProofSearch", together: tuple[str, ...], apart: tuple[str, ...], jobs: int) -> "Iterator[Part]":
    """The largest search and then the others, each as soon as it and those before it are over."""
    silent = search.silent()
    if jobs > 1 and apart:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            others = [pool.submit(silent.part, (fault,)) for fault in apart]
            yield search.part(together)
            yield from map(Future.result, others)
    else:
        yield search.part(together)
        yield from (silent.part((fault,)) for fault in apart)


class Part(NamedTuple):
    """The cells of one search, and its size."""

    cells: tuple[Cell, ...]
    states: int
    transitions: int
    depth: int
    beyond: int
    rows_taken: Mapping[Edge, int]
    unreached: tuple[tuple[str, str], ...]


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
    SearchTooLarge when the scope has more parts than a world's number has room for.
    """
    search = ProofSearch(scope, rules, config, bounds, progress)
    exploration = search.explored(scope, None if until is None else (until, ""))
    return {
        found.violation.guarantee: search.witness(exploration, found)
        for found in exploration.found
        if not found.violation.gap
    }


class ProofSearch:
    """Explorations of one core under one configuration; `scope` says all but the fault classes and places."""

    def __init__(
        self, scope: Scope, rules: type[Core], config: OrchestratorConfig, bounds: Bounds, progress: Progress | None
    ) -> None:
        self.scope, self.rules, self.bounds, self.progress = scope, rules, bounds, progress
        self.start = World(core=CoreState(config=config))

    def silent(self) -> "ProofSearch":
        """The same, telling nobody, so that it can be sent to another process."""
        return ProofSearch(self.scope, self.rules, self.start.core.config, self.bounds, None)

    def explored(self, scope: Scope, until: tuple[str, str] | None = None) -> Exploration:
        """Explore the scope. Raises SearchTooLarge."""
        progress = self.progress or (lambda states, level: None)
        return explore(
            StateSpace(scope, self.rules, judge_of(self.rules), self.bounds),
            self.start,
            progress,
            attrgetter("kind"),
            until,
        )

    def run(self, scope: Scope) -> Exploration | None:
        """Explore the scope; None where the space is too large to be explored at all."""
        try:
            return self.explored(scope)
        except SearchTooLarge:
            return None

    def part(self, classes: tuple[str, ...]) -> Part:
        """The cells of these classes, from one search over all of them."""
        exploration = self.run(self.scope._replace(faults=classes))
        if exploration is None:
            return Part(tuple(self._unknown(classes)), 0, 0, 0, 0, {}, ())
        happened = count_faults(exploration)
        columns = [(fault, place) for fault in classes for place in places_of(fault)]
        reached = [column for column in columns if column[0] == NONE or happened[column]]
        return Part(
            tuple(self._cells(exploration, happened, reached)),
            exploration.states,
            exploration.transitions,
            len(exploration.levels) - 1,
            exploration.space.beyond,
            count_rows(exploration),
            tuple(column for column in columns if column not in reached),
        )

    def put_together(self, parts: list[Part]) -> Proof:
        """One proof of several searches, cells in the order of guarantees and fault classes."""
        rows = sum((Counter(part.rows_taken) for part in parts), Counter[Edge]())
        order = [guarantee.id for guarantee in GUARANTEES]
        cells = sorted(
            (cell for part in parts for cell in part.cells),
            key=lambda cell: (order.index(cell.guarantee), (NONE, *CLASSES).index(cell.fault_class)),
        )
        return Proof(
            tuple(cells),
            sum(part.states for part in parts),
            sum(part.transitions for part in parts),
            max(part.depth for part in parts),
            self.in_words(sum(part.beyond for part in parts)),
            dict(rows),
            tuple(column for part in parts for column in part.unreached),
        )

    def in_words(self, beyond: int) -> tuple[str, ...]:
        """The bounds that are part of the claim."""
        commands = "at any moment, racing" if self.scope.racing else "one at a time"
        left_out = f"; {beyond:,} transitions beyond that were left out" if beyond else "; nothing was beyond that"
        return (
            f"commands come {commands}",
            f"at most {self.scope.limit} fault{'' if self.scope.limit == 1 else 's'} in all",
            f"{', '.join(TOGETHER[:-1])} and {TOGETHER[-1]} mixed in any way, every other class on its own",
            f"at most {self.bounds.older} calls a service that nobody waits for any more{left_out}",
            "the effects of one service land in the order of their calls, except under F6",
            f"max_retries is {self.start.core.config.max_retries}, and starts give one session id",
        )

    def witness(self, exploration: Exploration, found: Found) -> Witness:
        """The shortest way to the violation, played again step by step."""
        observer, passages = JudgeMemory(), tuple(take(exploration.path(found), self.start.core.config, self.rules))
        violations: tuple[Violation, ...] = ()
        for before, step, effects, after, _ in passages:
            observer, violations = watch(observer, before, step, effects, after, self.rules)
        violation = next((each for each in violations if each.kind == found.violation.kind), found.violation)
        return Witness(violation, passages)

    def _cells(
        self, whole: Exploration, happened: Mapping[tuple[str, str], int], reached: list[tuple[str, str]]
    ) -> Iterator[Cell]:
        """A cell for each guarantee and column, with the exploration that decides it."""
        narrow: dict[tuple[str, str], Exploration | None] = {}
        shown: dict[Found, Witness] = {}
        arisen = _arisen(whole)
        calm = _arisen(self.run(self.narrowed(NONE, ANYWHERE))) if (NONE, ANYWHERE) in reached else arisen
        for guarantee in GUARANTEES:
            kinds = {found.violation.kind for found in whole.found if found.violation.guarantee == guarantee.id}
            for fault, place in reached:
                exploration: Exploration | None = whole
                if kinds:
                    column = self._deciding(kinds, (fault, place), narrow)
                    if column not in narrow:
                        narrow[column] = self.run(self.narrowed(*column))
                    exploration = narrow[column]
                count = happened[fault, place] if fault != NONE else whole.transitions
                cell = self._cell(guarantee.id, fault, place, exploration, count, shown)
                yield cell._replace(arose=guarantee.id in (calm if fault == NONE else arisen))

    def _deciding(
        self, kinds: set[tuple[str, str]], column: tuple[str, str], narrow: dict[tuple[str, str], Exploration | None]
    ) -> tuple[str, str]:
        """The column whose search decides a broken cell: its own, unless nothing but a gap of the guide shows there,
        and shows without any fault; that is told by its plainest witness."""
        plain = NONE, ANYWHERE
        if plain not in narrow:
            narrow[plain] = self.run(self.narrowed(*plain))
        calm = narrow[plain]
        without_faults = {found.violation.kind for found in calm.found} if calm else set()
        gaps_alone = all(gap for _, gap in kinds)
        return plain if gaps_alone and kinds & without_faults else column

    def narrowed(self, fault: str, place: str) -> Scope:
        """The scope in which nothing can happen but this class of fault at this place, and on the way there."""
        if fault == NONE:
            return self.scope._replace(limit=0)
        places = PLACES if place == ANYWHERE else (place, *ON_THE_WAY.get(place, ()))
        return self.scope._replace(faults=(fault,), places=places)

    def _cell(
        self,
        guarantee: str,
        fault: str,
        place: str,
        exploration: Exploration | None,
        happened: int,
        witnesses: dict[Found, Witness],
    ) -> Cell:
        if exploration is None:
            return Cell(guarantee, fault, place, UNKNOWN, self.scope.limit, 0, happened)
        limit, states = exploration.space.scope.limit, exploration.states
        mine = [found for found in exploration.found if found.violation.guarantee == guarantee]
        if not mine:
            verdict = UNKNOWN if exploration.cut_off else PROVED
            return Cell(guarantee, fault, place, verdict, limit, states, happened)
        unforeseen = [found for found in mine if not foreseen(found.violation, fault)]
        shown = (unforeseen or mine)[0]
        by_design = "" if unforeseen else foreseen(shown.violation, fault)
        if shown not in witnesses:
            witnesses[shown] = self.witness(exploration, shown)
        return Cell(guarantee, fault, place, VIOLATED, limit, states, happened, witnesses[shown], by_design)

    def _unknown(self, classes: tuple[str, ...]) -> Iterator[Cell]:
        for guarantee in GUARANTEES:
            for fault in classes:
                yield Cell(guarantee.id, fault, ANYWHERE, UNKNOWN, self.scope.limit, 0, 0)


def _arisen(exploration: Exploration | None) -> frozenset[str]:
    """The guarantees whose premise occurs in what was explored; all of them where that is not known."""
    if exploration is None or exploration.cut_off:
        return frozenset(guarantee.id for guarantee in GUARANTEES)
    controls = exploration.controls()
    return frozenset(g.id for g in GUARANTEES if any(g.premise(*control) for control in controls))


def places_of(fault: str) -> tuple[str, ...]:
    """Where faults of this class can hit at all."""
    does = SEMANTICS[FaultClass(fault)]
    if fault == NONE or does.change is not None:
        return (ANYWHERE,)
    return tuple(place for place in PLACES if place != ABANDONED or not does.awaited)


def count_faults(exploration: Exploration) -> Counter[tuple[str, str]]:
    """How many transitions were a fault of this class at this place."""
    counts: Counter[tuple[str, str]] = Counter()
    for choice, taken in zip(exploration.space.choices, exploration.taken.tolist(), strict=True):
        if fault_of(choice.step) and taken:
            counts[fault_of(choice.step), choice.place or ANYWHERE] += taken
    return counts


def count_rows(exploration: Exploration) -> dict[Edge, int]:
    """How many transitions took each row of the table, in the order in which they were met."""
    counts: Counter[Edge] = Counter()
    for choice, taken in zip(exploration.space.choices, exploration.taken.tolist(), strict=True):
        for effect in choice.effects:
            if isinstance(effect, Transition) and taken:
                counts[effect.source, effect.target] += taken
    return dict(counts)
