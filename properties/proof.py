"""Proofs by exploration: every world of a scope is reached, every step and every quiet world is judged.

One search over all fault classes proves all their cells at once, since what holds with more faults allowed holds
with fewer. Only where it finds a breach is each class searched on its own, to tell the broken cells from the sound.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from model.config import OrchestratorConfig
from model.core import Core
from model.events import Effect, Transition
from model.state import CoreState
from model.table import Edge
from model.views import OpenCall
from properties.guarantees import GUARANTEES, Glimpse, Observer, judge_quiet, judge_step, observe, watch
from properties.verdicts import PROVED, UNKNOWN, VIOLATED, Breach, Cell, Moment, Witness
from sim.explorer import BOUNDS, Bounds, Exploration, Found, SearchTooLarge, Space, explore
from sim.faults import ABANDONED, CLEANUP, EMERGENCY, FORWARD, HANG, LATE, LOST_REPLY, NONE, PLACES, REFUSE, SHUTDOWN
from sim.rules import Judge
from sim.steps import Step, fault_of
from sim.world import Scope, World, happen

CONFIG = OrchestratorConfig(max_retries=1)
"""What is explored: with more retries, two faults could never make an initialization fail."""

CLASSES = (REFUSE, LOST_REPLY, HANG, LATE)
"""The fault classes that are explored by default."""

ANYWHERE = "anywhere"
"""The place of the cells in which nothing goes wrong."""

ON_THE_WAY = {"rollback": (FORWARD,), CLEANUP: (FORWARD,), ABANDONED: (FORWARD, SHUTDOWN, EMERGENCY)}
"""Where else a fault must be allowed to hit for this place to be reached at all."""


class Proof(NamedTuple):
    """What exploration proves and disproves, and the size of what it rests on: worlds, transitions, the depth of the
    search, the bounds in words, how often each row of the table was taken, and the fault classes and places that
    the number of faults was too small to reach."""

    cells: tuple[Cell, ...]
    states: int
    transitions: int
    depth: int
    bounds: tuple[str, ...]
    rows_taken: Mapping[Edge, int]
    unreached: tuple[tuple[str, str], ...]


def judged(
    observer: Observer,
    before: CoreState,
    step: Step,
    effects: tuple[Effect, ...],
    after: CoreState,
    call: OpenCall | None,
    residue: tuple[str, ...],
    touched: bool,
) -> tuple[Observer, tuple[Breach, ...]]:
    """What a search is told of one step."""
    glimpse = Glimpse(observer, before, step, effects, after, call, residue, touched)
    return observe(glimpse), judge_step(glimpse)


JUDGE = Judge(Observer(), judged, judge_quiet)
"""The guarantees, as a search consults them."""

Progress = Callable[[int, int], None]


def prove(
    faults: int = 2,
    *,
    classes: tuple[str, ...] = CLASSES,
    racing: bool = False,
    rules: type[Core] = Core,
    config: OrchestratorConfig = CONFIG,
    bounds: Bounds = BOUNDS,
    progress: Progress = lambda states, level: None,
) -> Proof:
    """Judge every guarantee against every class of fault at every place, with up to `faults` faults in all.

    `classes` are fault classes by id, `racing` lets commands come while a procedure is under way, `rules` are those of
    the core, and `progress` is told the number of worlds and the level as the search goes on. The verdicts are those
    of guarantees.md; a search that is cut off says unknown.
    """
    scope = Scope(faults=classes, limit=faults, racing=racing)
    search = Search(scope, rules, config, bounds, progress)
    union = search.run(scope)
    if union is None:
        return Proof(tuple(_unknown(classes, faults)), 0, 0, 0, search.in_words(0), {}, ())
    happened = count_faults(union)
    reached = [(fault, place) for fault in classes for place in PLACES if happened[fault, place]]
    hittable = [(f, p) for f in classes for p in PLACES if p != ABANDONED or f not in (HANG, LATE)]
    return Proof(
        tuple(_cells(search, union, happened, reached)),
        union.states,
        union.transitions,
        len(union.levels) - 1,
        search.in_words(union.space.beyond),
        count_rows(union),
        tuple(pair for pair in hittable if pair not in reached),
    )


def find_witnesses(
    scope: Scope,
    *,
    rules: type[Core] = Core,
    config: OrchestratorConfig = CONFIG,
    bounds: Bounds = BOUNDS,
    until: str | None = None,
    progress: Progress = lambda states, level: None,
) -> dict[str, Witness]:
    """For each guarantee that is broken within the scope, by its id, a shortest witness.

    The search ends early when the guarantee `until` is found broken; then others may be missing. Raises SearchTooLarge when the scope has more parts than a world's number has room for.
    """
    search = Search(scope, rules, config, bounds, progress)
    exploration = explore(Space(scope, rules, JUDGE, bounds), search.start, progress, _guarantee_of, until)
    return {found.breach.guarantee: search.witness(exploration, found) for found in exploration.found}


def _guarantee_of(breach: Breach) -> str:
    return breach.guarantee


class Search:
    """Explorations of one core under one configuration."""

    def __init__(
        self, scope: Scope, rules: type[Core], config: OrchestratorConfig, bounds: Bounds, progress: Progress
    ) -> None:
        self.scope, self.rules, self.bounds, self.progress = scope, rules, bounds, progress
        self.start = World(core=CoreState(config=config))

    def run(self, scope: Scope) -> Exploration | None:
        """Explore the scope; None where the space is too large to be explored at all."""
        try:
            space = Space(scope, self.rules, JUDGE, self.bounds)
            return explore(space, self.start, self.progress, _guarantee_of)
        except SearchTooLarge:
            return None

    def in_words(self, beyond: int) -> tuple[str, ...]:
        """The bounds that are part of the claim."""
        commands = "at any moment, racing" if self.scope.racing else "one at a time"
        left_out = f"; {beyond} transitions beyond that were left out" if beyond else "; nothing was beyond that"
        return (
            f"commands come {commands}",
            f"at most {self.scope.limit} fault{'' if self.scope.limit == 1 else 's'} in all",
            f"at most {self.bounds.older} calls a service that nobody waits for any more{left_out}",
            "the effects of one service land in the order of their calls",
            f"max_retries is {self.start.core.config.max_retries}, and starts give one session id",
        )

    def witness(self, exploration: Exploration, found: Found) -> Witness:
        """The shortest way to the breach, played again step by step."""
        world, observer, moments = self.start, Observer(), []
        breaches: tuple[Breach, ...] = ()
        for step in exploration.path(found):
            following, effects = happen(world, step, self.rules)
            observer, breaches = watch(observer, world, step, effects, following)
            world = following
            moments.append(Moment(step, effects, world.core.state))
        breach = next((b for b in breaches if b.guarantee == found.breach.guarantee), found.breach)
        return Witness(breach, tuple(moments))


def count_faults(exploration: Exploration) -> Counter[tuple[str, str]]:
    """How many transitions were a fault of this class at this place."""
    counts: Counter[tuple[str, str]] = Counter()
    for choice, taken in zip(exploration.space.choices, exploration.taken.tolist(), strict=True):
        if fault_of(choice.step) and taken:
            counts[fault_of(choice.step), choice.place] += taken
    return counts


def count_rows(exploration: Exploration) -> dict[Edge, int]:
    """How many transitions took each row of the table, in the order in which they were met."""
    counts: Counter[Edge] = Counter()
    for choice, taken in zip(exploration.space.choices, exploration.taken.tolist(), strict=True):
        for effect in choice.effects:
            if isinstance(effect, Transition) and taken:
                counts[effect.source, effect.target] += taken
    return dict(counts)


def _cells(
    search: Search, union: Exploration, happened: Mapping[tuple[str, str], int], reached: list[tuple[str, str]]
) -> Iterator[Cell]:
    broken = {found.breach.guarantee for found in union.found}
    narrow: dict[tuple[str, str], Exploration | None] = {}
    for guarantee in GUARANTEES:
        for fault, place in [(NONE, ANYWHERE), *reached]:
            exploration: Exploration | None = union
            if guarantee.id in broken:
                exploration = narrow.setdefault((fault, place), _narrowed(search, fault, place, narrow))
            yield _cell(search, guarantee.id, fault, place, exploration, happened)


def _narrowed(search: Search, fault: str, place: str, known: Mapping[Any, Exploration | None]) -> Exploration | None:
    """A search in which nothing but faults of this class at this place, and on the way there, can happen."""
    if (fault, place) in known:
        return known[fault, place]
    if fault == NONE:
        return search.run(search.scope._replace(faults=(), limit=0))
    return search.run(search.scope._replace(faults=(fault,), places=(place, *ON_THE_WAY.get(place, ()))))


def _cell(
    search: Search,
    guarantee: str,
    fault: str,
    place: str,
    exploration: Exploration | None,
    happened: Mapping[tuple[str, str], int],
) -> Cell:
    limit = 0 if fault == NONE and exploration is not None and not exploration.space.scope.limit else search.scope.limit
    if exploration is None:
        return Cell(guarantee, fault, place, UNKNOWN, limit, 0, happened.get((fault, place), 0))
    found = [found for found in exploration.found if found.breach.guarantee == guarantee]
    verdict = VIOLATED if found else UNKNOWN if exploration.cut_off else PROVED
    witness = search.witness(exploration, found[0]) if found else None
    count = happened.get((fault, place), 0) if fault != NONE else exploration.transitions
    return Cell(guarantee, fault, place, verdict, limit, exploration.states, count, witness)


def _unknown(classes: tuple[str, ...], faults: int) -> Iterator[Cell]:
    for guarantee in GUARANTEES:
        for fault in (NONE, *classes):
            yield Cell(guarantee.id, fault, ANYWHERE, UNKNOWN, faults, 0, 0)
