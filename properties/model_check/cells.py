"""Which cells of the matrix are proved and which are violated, and by which witness, once everything is searched.

The largest search decides: what it does not break is proved. What it breaks is told by the witness with the fewest
faults: one without any fault, which breaks every column alike; else one whose only fault is of the cell's own class and
at its own place; else a way of the largest search itself, which belongs to the columns of all its faults.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from broadcast_orchestrator.model.events import Transition
from broadcast_orchestrator.model.table import Edge
from broadcast_orchestrator.properties.guarantees.by_design import foreseen
from broadcast_orchestrator.properties.guarantees.catalogue import EVERY, GUARANTEES
from broadcast_orchestrator.properties.guarantees.verdicts import ANYWHERE, PROVED, UNKNOWN, VIOLATED, Cell, Witness
from broadcast_orchestrator.sim.explore.diagrams.reach import Explored
from broadcast_orchestrator.sim.explore.exploration import Found
from broadcast_orchestrator.sim.explore.fault_record import Column
from broadcast_orchestrator.sim.world.fault_semantics import SEMANTICS
from broadcast_orchestrator.sim.world.faults import ABANDONED, NONE, PLACES, FaultClass
from broadcast_orchestrator.sim.world.service_state import is_awaited
from broadcast_orchestrator.sim.world.steps import fault_of
from broadcast_orchestrator.sim.world.world import Scene, Scope, costs, local_of, place_of

Kind = tuple[str, str]
"""What a search tells violations apart by: the guarantee, and the gap of the guide's own that explains it."""


def kind_of(found: Found) -> Kind:
    """Of which kind the violation is."""
    return found.violation.guarantee, found.violation.gap


class Searched(NamedTuple):
    """What one search has found, and its size. `happened` counts the steps that were faults of each class at each
    place, `arisen` has the guarantees whose premise occurs behind each fault that is told apart (None: behind any
    others), and behind no fault at all (`calm`). It may have been `cut_off`, or have so that part of it that is about
    faults that are told apart. The exploration itself stays behind where the summary travels."""

    states: int
    transitions: int
    depth: int
    beyond: int
    cut_off: str
    cut_off_apart: str
    rows_taken: Mapping[Edge, int]
    happened: Mapping[Column, int]
    calm: frozenset[str]
    arisen: Mapping[Column | None, frozenset[str]]
    found: tuple[Found, ...]
    told: Mapping[Found, Witness]

    @classmethod
    def of(cls, exploration: Explored, told: Mapping[Found, Witness]) -> "Searched":
        """The summary of an exploration; `told` are the witnesses of what it found."""
        calm, arisen = _arisen(exploration)
        return cls(
            exploration.states,
            exploration.transitions,
            exploration.depth,
            exploration.beyond,
            exploration.cut_off,
            exploration.cut_off,
            count_rows(exploration),
            count_faults(exploration),
            calm,
            arisen,
            exploration.found,
            told,
        )

    def beside(self, apart: "Searched") -> "Searched":
        """This search and one over runs with faults that were told apart, as one."""
        arisen: dict[Column | None, frozenset[str]] = {None: self.arisen.get(None, frozenset())}
        arisen |= {column: occur for column, occur in apart.arisen.items() if column is not None}
        return Searched(
            self.states + apart.states,
            self.transitions + apart.transitions,
            max(self.depth, apart.depth),
            self.beyond + apart.beyond,
            self.cut_off,
            apart.cut_off,
            dict(Counter(self.rows_taken) + Counter(apart.rows_taken)),
            Counter(self.happened) + Counter(apart.happened),
            self.calm,
            arisen,
            (*self.found, *(found for found in apart.found if found.faults.apart is not None)),
            {**self.told, **apart.told},
        )


def _arisen(exploration: Explored) -> tuple[frozenset[str], dict[Column | None, frozenset[str]]]:
    """The guarantees whose premise occurs in what was explored; all of them where that is not known."""
    calm, arisen = frozenset[str](), dict[Column | None, frozenset[str]]()
    for record, controls in exploration.controls().items():
        occur = frozenset(g.id for g in GUARANTEES if any(g.premise(*control) for control in controls))
        calm = calm if record.total else occur
        arisen[record.apart] = arisen.get(record.apart, frozenset()) | occur
    return calm, arisen


def count_faults(exploration: Explored) -> Counter[Column]:
    """How many transitions were a fault of this class at this place."""
    counts: Counter[Column] = Counter()
    for choice, taken in zip(exploration.space.choices, exploration.taken.tolist(), strict=False):
        if fault_of(choice.step) and taken:
            counts[fault_of(choice.step), choice.place] += taken
    return counts


def count_rows(exploration: Explored) -> dict[Edge, int]:
    """How many transitions took each row of the table, in the order in which they were met."""
    counts: Counter[Edge] = Counter()
    for choice, taken in zip(exploration.space.choices, exploration.taken.tolist(), strict=False):
        for effect in choice.effects:
            if isinstance(effect, Transition) and taken:
                counts[effect.source, effect.target] += taken
    return dict(counts)


def places_of(fault: str) -> tuple[str, ...]:
    """Where faults of this class can hit at all."""
    does = SEMANTICS[FaultClass(fault)]
    if fault == NONE or does.change is not None or does.dashboard is not None:
        return (ANYWHERE,)
    return tuple(place for place in PLACES if place != ABANDONED or not does.awaited)


def column_of(fault: str, place: str) -> Column:
    """How a search calls the class and the place of a cell."""
    return fault, "" if place == ANYWHERE else place


# -- What is told of what was found -------------------------------------------------------------------


def fewest(found: Iterable[Found]) -> dict[tuple[Kind, Column | None], Found]:
    """Of each kind, and for each fault that is told apart, the violation with the fewest faults behind it."""
    kept: dict[tuple[Kind, Column | None], Found] = {}
    for each in sorted(found, key=lambda each: (each.faults.total, each.level)):
        kept.setdefault((kind_of(each), each.faults.apart), each)
    return kept


def deeper(exploration: Explored, nearest: "Searched") -> list[Found]:
    """What the largest search alone has found: what takes more faults than the nearest one allows."""
    near = {kind_of(each) for each in nearest.found if not each.faults.total}
    own = {(kind_of(each), each.faults.apart) for each in nearest.found}
    shown = {kind for kind, _ in own}
    alone = exploration.space.apart.alone
    return [
        found
        for (kind, apart), found in fewest(exploration.found).items()
        if (apart is not None or not alone)
        and kind not in near
        and (kind, apart) not in own
        and (apart is not None or kind not in shown)
    ]


def struck(witness: Witness) -> frozenset[Column]:
    """The classes and places of all faults of a witness."""
    columns = set[Column]()
    for before, step, *_ in witness.passages:
        if fault_of(step) and costs(Scene(before), step):
            flight = getattr(step, "flight", None)
            awaited = None if flight is None else is_awaited(local_of(before, step.service), flight)  # type: ignore[union-attr]
            columns.add((fault_of(step), place_of(before.core.procedure, awaited)))
    return frozenset(columns)


# -- The cells ------------------------------------------------------------------------------------


class Decision:
    """Decides cells by two searches: the `whole` one, with the classes of which `depths` says that a run may have two
    faults or more, and the `nearest` one, with one fault of any at the most. Those `apart` were searched by themselves.
    `measures` are those of the core, `guarantees` those that were judged."""

    def __init__(
        self,
        whole: Searched,
        nearest: Searched,
        scope: Scope,
        depths: Mapping[str, int],
        apart: tuple[str, ...],
        measures: tuple[str, ...] = (),
        guarantees: tuple[str, ...] = EVERY,
    ) -> None:
        self.whole, self.nearest, self.scope, self._depths = whole, nearest, scope, {NONE: 0, **depths}
        self._apart, self._measures, self._guarantees = apart, measures, guarantees
        self._near = fewest(nearest.found)
        self._calm = {kind for kind, found in ((kind_of(f), f) for f in nearest.found) if not found.faults.total}
        self._struck = {found: struck(told) for found, told in whole.told.items()}

    def columns(self) -> list[Column]:
        """Every class of the scope at every place where it can hit, and no fault."""
        classes = (NONE, *self.scope.faults)
        return [(fault, place) for fault in classes for place in places_of(fault) if self._is_possible(fault, place)]

    def _is_possible(self, fault: str, place: str) -> bool:
        return place == ANYWHERE or place in self.scope.places

    def happened(self, fault: str, place: str) -> int:
        """How many steps of the search were such a fault; all of them where it is none."""
        searched = self.searched(fault)
        return searched.transitions if fault == NONE else searched.happened.get(column_of(fault, place), 0)

    def searched(self, fault: str) -> Searched:
        """The largest search with faults of the class."""
        return self.whole if fault == NONE or self._depths[fault] > 1 else self.nearest

    def _cut_off(self, fault: str) -> str:
        """Why the search was cut off on which the cells of the class rest."""
        searched = self.searched(fault)
        return searched.cut_off_apart if fault in self._apart else searched.cut_off

    def unreached(self) -> tuple[Column, ...]:
        """The classes and places that no fault can reach, so far as that was searched to the end."""
        return tuple(column for column in self.columns() if not self._is_reached(*column))

    def _is_reached(self, fault: str, place: str) -> bool:
        return bool(self.happened(fault, place) or (self._depths[fault] and self._cut_off(fault)))

    def cells(self) -> Iterator[Cell]:
        """A cell for each guarantee that was judged and each class and place that was reached, or may be, in their
        order."""
        reached = [column for column in self.columns() if self._is_reached(*column)]
        for guarantee in self._guarantees:
            for fault, place in reached:
                yield self._cell(guarantee, fault, place)

    def _cell(self, guarantee: str, fault: str, place: str) -> Cell:
        searched = self.searched(fault)
        verdict, told, by_design = UNKNOWN if self._cut_off(fault) else PROVED, None, ""
        shown = list(self._shown(guarantee, fault, column_of(fault, place)))
        if shown:
            verdict = VIOLATED
            told, by_design = next((each for each in shown if not each[1]), shown[0])
        limit, states, count = self._depths[fault], searched.states, self.happened(fault, place)
        arose = self._arose(guarantee, fault, column_of(fault, place))
        return Cell(guarantee, fault, place, verdict, limit, states, count, told, by_design, arose)

    def _shown(self, guarantee: str, fault: str, column: Column) -> Iterator[tuple[Witness, str]]:
        """The witnesses that break the cell, each with what the design says of it: those about its own fault first."""
        own = [f for (_, apart), f in self._near.items() if apart == column and kind_of(f) not in self._calm]
        calm = [f for (_, apart), f in self._near.items() if apart is None and kind_of(f) in self._calm]
        deep = [f for f, columns in self._struck.items() if column in columns and f.faults.apart in (None, column)]
        for found, told in ((f, t) for each, t in ((own, fault), (deep, fault), (calm, NONE)) for f in each):
            if found.violation.guarantee == guarantee:
                witness = self.nearest.told.get(found) or self.whole.told[found]
                yield witness, foreseen(found.violation, told, self._measures)

    def _arose(self, guarantee: str, fault: str, column: Column) -> bool:
        """Whether what the guarantee is about occurs at all in what the cell rests on."""
        searched = self.searched(fault)
        if self._cut_off(fault):
            return True
        if fault == NONE:
            return guarantee in self.nearest.calm
        return guarantee in searched.arisen.get(column, searched.arisen.get(None, frozenset()))
