"""The explorer: every world that can be reached, by levels of a breadth-first search, many worlds at a time.

A world is one 64-bit number: its control, the faults it has had, and one digit a service, each an index into a
table of the values seen so far. A level is a sorted array of such numbers. Rules (see `sim.explore.symbolic_rules`) are
compiled when a control first meets a digit, and then applied to all worlds of a level at once: one look-up for the
rules that fit, one look-up a service for its next digit. What has been seen is kept as sorted runs.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CoreEffect
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.explore.symbolic_rules import (
    NOBODY,
    Compiler,
    Control,
    Program,
    SymbolicJudge,
    SymbolicRule,
    run,
)
from broadcast_orchestrator.sim.explore.symmetry import canonical
from broadcast_orchestrator.sim.world import service_state
from broadcast_orchestrator.sim.world.faults import ABANDONED, PLACES
from broadcast_orchestrator.sim.world.service_state import ServiceState
from broadcast_orchestrator.sim.world.steps import Step
from broadcast_orchestrator.sim.world.world import Scope, World, assemble, local_of, place_of

Keys = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]

DIGIT_BITS, FAULT_BITS, CONTROL_BITS = 10, 2, 12
DIGITS, FAULTS, CONTROLS = 1 << DIGIT_BITS, 1 << FAULT_BITS, 1 << CONTROL_BITS
SHIFTS = tuple(DIGIT_BITS * at for at in range(len(SERVICES)))
FAULT_SHIFT = DIGIT_BITS * len(SERVICES)
CONTROL_SHIFT = FAULT_SHIFT + FAULT_BITS
UNKNOWN, IMPOSSIBLE, BEYOND = -1, -2, -3
"""What a table may say instead of a digit: not looked at yet; the rule does not apply; outside the bounds."""

CHUNK = 1 << 18
"""How many worlds are expanded at a time: enough to be fast, few enough to stay small."""


class SearchTooLarge(RuntimeError):
    """The space has more different parts than a world's number has room for."""


class Bounds(NamedTuple):
    """What keeps the space finite, part of every claim: at most `older` calls a service that nobody waits for any
    more, and at most `states` worlds in all (None: no limit)."""

    older: int = 2
    states: int | None = None


BOUNDS = Bounds()

Value = TypeVar("Value")


class Interned(Generic[Value]):
    """Values by number, numbers by value."""

    def __init__(self, room: int, what: str) -> None:
        self.values: list[Value] = []
        self._numbers: dict[Value, int] = {}
        self._room, self._what = room, what

    def number(self, value: Value) -> int:
        """The number of the value; a new one if it is new. Raises SearchTooLarge when there is no room left."""
        number = self._numbers.get(value)
        if number is None:
            number = len(self.values)
            if number >= self._room:
                raise SearchTooLarge(f"more than {self._room} different {self._what}; narrow the scope or the bounds")
            self._numbers[value] = number
            self.values.append(value)
        return number


class Choice(NamedTuple):
    """One way to leave a world: the step, where its fault hit ("" for none), what the core asks for, and what the
    judge says of it."""

    step: Step
    place: str
    effects: tuple[CoreEffect, ...] = ()
    violations: tuple[Any, ...] = ()


class StepTable:
    """For each pair of a row and a digit, a number; filled in where it is first needed."""

    def __init__(self, fill: Callable[[int, int], int]) -> None:
        self._fill = fill
        self._cells = np.full((64, DIGITS), UNKNOWN, dtype=np.int32)

    def look_up(self, rows: Numbers, digits: Numbers) -> Numbers:
        """The numbers of these pairs."""
        highest = int(rows.max(initial=0))
        if highest >= len(self._cells):
            grown = np.full((2 * highest, DIGITS), UNKNOWN, dtype=np.int32)
            grown[: len(self._cells)] = self._cells
            self._cells = grown
        found = self._cells[rows, digits]
        missing = found == UNKNOWN
        if missing.any():
            for pair in np.unique(rows[missing] * DIGITS + digits[missing]).tolist():
                row, digit = divmod(pair, DIGITS)
                self._cells[row, digit] = self._fill(row, digit)
            found = self._cells[rows, digits]
        return found.astype(np.int64)


class Columns:
    """Rows of numbers, added one by one, read as columns."""

    def __init__(self, width: int) -> None:
        self._rows: list[tuple[int, ...]] = []
        self._columns = tuple(np.zeros(0, dtype=np.int64) for _ in range(width))

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: tuple[int, ...]) -> None:
        """Append a row."""
        self._rows.append(row)

    def arrays(self) -> tuple[Numbers, ...]:
        """The columns, all rows included."""
        known = len(self._columns[0])
        if known != len(self._rows):
            added = np.array(self._rows[known:], dtype=np.int64).T
            pairs = zip(self._columns, added, strict=True)
            self._columns = tuple(np.concatenate([column, more]) for column, more in pairs)
        return self._columns


class Lists:
    """Lists of choices by number, laid out so that many can be opened at once."""

    def __init__(self) -> None:
        self._starts, self._items = Columns(1), Columns(1)
        self._starts.add((0,))

    def add(self, items: list[int]) -> int:
        """Store a list; its number."""
        for item in items:
            self._items.add((item,))
        self._starts.add((len(self._items),))
        return len(self._starts) - 2

    def open(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """For each list, once for each of its items: which one it was, and the item."""
        (starts,), (items,) = self._starts.arrays(), self._items.arrays()
        firsts = starts[numbers]
        counts = starts[numbers + 1] - firsts
        ends = np.cumsum(counts)
        which = np.repeat(np.arange(len(numbers)), counts)
        return which, items[np.arange(len(which)) + np.repeat(firsts - ends + counts, counts)]


class Successors(NamedTuple):
    """The worlds that follow some worlds: their keys, where each came from, and by which choice."""

    keys: Keys
    origins: Numbers
    choices: Numbers


class StateSpace:
    """The worlds of one scope, as numbers: how to read and write them, and what follows them.

    With `settles_stale` the effects of calls that nobody waits for are tried at one moment only, where that makes no
    difference to anything that is judged (see `local.is_stale`).
    """

    def __init__(
        self,
        scope: Scope,
        rules: type[Core] = Core,
        judge: SymbolicJudge = NOBODY,
        bounds: Bounds = BOUNDS,
        *,
        settles_stale: bool = True,
    ) -> None:
        self.scope, self.bounds, self.judge = scope, bounds, judge
        self.controls: Interned[Control] = Interned(CONTROLS, "control states")
        self.locals: list[Interned[ServiceState]] = [Interned(DIGITS, f"local states of {each}") for each in SERVICES]
        self.choices: list[Choice] = []
        self.beyond = 0
        self._compiler = Compiler(scope, rules, judge, settles_stale)
        self._programs: list[Interned[Program]] = [Interned(1 << 30, "programs") for _ in SERVICES]
        for programs in self._programs:
            programs.number(())  # number 0 leaves the service as it is
        self._moves = [StepTable(self._runner(at)) for at in range(len(SERVICES))]
        self._lists = Lists()
        self._outcomes = Columns(2 + len(SERVICES))
        self._central = StepTable(self._list_central)
        self._untold = [StepTable(self._lister_of_untold(at)) for at in range(len(SERVICES))]
        self._told = [StepTable(self._lister_of_told(at)) for at in range(len(SERVICES))]
        self._settling = [StepTable(self._lister_of_settling(at)) for at in range(len(SERVICES))]
        self._stale = [Columns(1) for _ in SERVICES]
        self._told_before: dict[tuple[int, Step], list[tuple[list[int], list[Program]]]] = {}
        self._places = Columns(1)
        self._calm = Columns(1)
        self._still = [Columns(1) for _ in SERVICES]
        self.violating: list[int] = []

    # -- Reading and writing ----------------------------------------------------------------------

    def key(self, world: World, observer: Any) -> int:
        """The number of a world."""
        world = canonical(world)
        control = self.controls.number(Control(world.core._replace(views=()), observer))
        key = control << CONTROL_SHIFT | world.faults << FAULT_SHIFT
        for at, service in enumerate(SERVICES):
            key |= self.locals[at].number(local_of(world, service)) << SHIFTS[at]
        return key

    def world(self, key: int) -> tuple[World, Any]:
        """The world of a number, and what the judge remembers there."""
        control = self.controls.values[key >> CONTROL_SHIFT]
        states = [self.locals[at].values[key >> SHIFTS[at] & DIGITS - 1] for at in range(len(SERVICES))]
        faults = key >> FAULT_SHIFT & FAULTS - 1
        return assemble(control.core, states, faults), control.observer

    def quiet(self, keys: Keys) -> Keys:
        """The worlds among these in which nothing is under way, due or on its way."""
        for core, _ in self.controls.values[len(self._calm) :]:
            self._calm.add((core.procedure is None and not core.due,))
        control = (keys >> np.uint64(CONTROL_SHIFT)).astype(np.int64)
        keys = keys[self._calm.arrays()[0][control] != 0]
        for at, still in enumerate(self._still):
            for state in self.locals[at].values[len(still) :]:
                still.add((not state.flights and not state.reported,))
            keys = keys[still.arrays()[0][digits_of(keys, at)] != 0]
        return keys

    # -- What follows -----------------------------------------------------------------------------

    def successors(self, keys: Keys) -> Iterator[Successors]:
        """Everything that follows these worlds, a part at a time.

        Where a call that nobody waits for is about to take effect, nothing else is tried (see `local.is_stale`).
        """
        control = (keys >> np.uint64(CONTROL_SHIFT)).astype(np.int64)
        digits = [digits_of(keys, at) for at in range(len(SERVICES))]
        rest = np.arange(len(keys))
        if self._compiler.settles_stale:
            for at in range(len(SERVICES)):
                stale = self._is_stale(at)[digits[at][rest]]
                which = rest[stale]
                yield self._follow(
                    keys, control, digits, which, self._settling[at].look_up(control[which], digits[at][which])
                )
                rest = rest[~stale]
        place = self._place_of(control)
        central = self._central.look_up(control[rest], np.zeros_like(rest))
        yield self._follow(keys, control, digits, rest, central)
        for at in range(len(SERVICES)):
            digit = digits[at][rest]
            yield self._follow(keys, control, digits, rest, self._untold[at].look_up(place[rest], digit))
            yield self._follow(keys, control, digits, rest, self._told[at].look_up(control[rest], digit))

    def _is_stale(self, at: int) -> npt.NDArray[np.bool_]:
        """For each digit of a service, whether an abandoned call is about to take effect."""
        for state in self.locals[at].values[len(self._stale[at]) :]:
            self._stale[at].add((service_state.is_stale(state),))
        stale: npt.NDArray[np.bool_] = self._stale[at].arrays()[0] != 0
        return stale

    def _follow(
        self, keys: Keys, control: Numbers, digits: list[Numbers], which: Numbers, lists: Numbers
    ) -> Successors:
        """Open the lists of choices, and follow each choice as far as the services let it."""
        origins, choices = self._lists.open(lists)
        origins = which[origins]
        targets, costs, *programs = self._outcomes.arrays()
        faults = (keys[origins] >> np.uint64(FAULT_SHIFT)).astype(np.int64) & (FAULTS - 1)
        faults += costs[choices]
        fits = np.flatnonzero(faults <= self.scope.limit)
        origins, choices, faults = origins[fits], choices[fits], faults[fits]
        target = targets[choices]
        result = np.where(target < 0, control[origins], target) << CONTROL_SHIFT | faults << FAULT_SHIFT
        for at in range(len(SERVICES)):
            program = programs[at][choices]
            following = digits[at][origins]
            moved = np.flatnonzero(program)
            following[moved] = self._moves[at].look_up(program[moved], following[moved])
            possible = np.flatnonzero(following >= 0)
            if len(possible) < len(following):
                self.beyond += int(np.count_nonzero(following == BEYOND))
                result, origins, choices = result[possible], origins[possible], choices[possible]
                following = following[possible]
            result |= following << SHIFTS[at]
        return Successors(result.astype(np.uint64), origins, choices)

    def _place_of(self, control: Numbers) -> Numbers:
        """Where faults hit the calls that each control waits for, as an index into `PLACES`."""
        for core, _ in self.controls.values[len(self._places) :]:
            self._places.add((PLACES.index(place_of(core.procedure, True)),))
        return self._places.arrays()[0][control]

    # -- Compiling, where it is first needed ------------------------------------------------------

    def _runner(self, at: int) -> Callable[[int, int], int]:
        """What a program makes of a digit."""

        def fill(program: int, digit: int) -> int:
            following = run(self._programs[at].values[program], self.locals[at].values[digit])
            if following is None:
                return IMPOSSIBLE
            older = sum(not service_state.is_awaited(following, flight) for flight in range(len(following.flights)))
            return BEYOND if older > self.bounds.older else self.locals[at].number(following)

        return fill

    def _list_central(self, control: int, _: int) -> int:
        """The choices that belong to no single service."""
        return self._lists.add(self._add_rules(control, self._compiler.central(self.controls.values[control])))

    def _lister_of_untold(self, at: int) -> Callable[[int, int], int]:
        """The choices of one service that the core does not notice."""

        def fill(place: int, digit: int) -> int:
            state = self.locals[at].values[digit]
            return self._lists.add(
                [
                    self._add(Choice(step, hit), -1, cost, {SERVICES[at]: program})
                    for step, hit, cost, program in self._compiler.untold(PLACES[place], SERVICES[at], state)
                ]
            )

        return fill

    def _lister_of_told(self, at: int) -> Callable[[int, int], int]:
        """The choices of one service that the core is told of."""

        def fill(control: int, digit: int) -> int:
            state = self.locals[at].values[digit]
            choices: list[int] = []
            for step, place in self._compiler.told(self.controls.values[control].core, SERVICES[at], state):
                choices += self._told_choices(control, at, step, place, state)
            return self._lists.add(choices)

        return fill

    def _lister_of_settling(self, at: int) -> Callable[[int, int], int]:
        """The ways in which an abandoned call of one service takes effect, or does not."""

        def fill(control: int, digit: int) -> int:
            state = self.locals[at].values[digit]
            choices = [
                self._add(Choice(step, hit), -1, cost, {SERVICES[at]: program})
                for step, hit, cost, program in self._compiler.untold(ABANDONED, SERVICES[at], state)
                if service_state.settles_stale(step, state)
            ]
            for step, place in self._compiler.told(self.controls.values[control].core, SERVICES[at], state):
                if service_state.settles_stale(step, state):
                    choices += self._told_choices(control, at, step, place, state)
            return self._lists.add(choices)

        return fill

    def _told_choices(self, control: int, at: int, step: Step, place: str, state: ServiceState) -> list[int]:
        """Those made before for another local state, where all of them fit this one just as well; else new ones."""
        before = self._told_before.setdefault((control, step), [])
        for choices, programs in before:
            if all(run(program, state) is not None for program in programs):
                return choices
        rules = list(self._compiler.compile(self.controls.values[control], (SERVICES[at], state), step, place))
        choices = self._add_rules(control, rules)
        before.append((choices, [dict(rule.programs).get(SERVICES[at], ()) for rule in rules]))
        return choices

    def _add_rules(self, control: int, rules: Iterable[SymbolicRule]) -> list[int]:
        """The choices of these rules. What changes nothing, a refused command say, leads nowhere."""
        return [
            self._add(
                Choice(rule.step, rule.place, rule.effects, rule.violations),
                self.controls.number(rule.target),
                rule.cost,
                dict(rule.programs),
            )
            for rule in rules
            if rule.violations or rule.changes or rule.target != self.controls.values[control]
        ]

    def _add(self, choice: Choice, target: int, cost: int, programs: dict[str, Program]) -> int:
        if choice.violations:
            self.violating.append(len(self.choices))
        self.choices.append(choice)
        numbers = [self._programs[at].number(programs.get(service, ())) for at, service in enumerate(SERVICES)]
        self._outcomes.add((target, cost, *numbers))
        return len(self.choices) - 1


def digits_of(keys: Keys, at: int) -> Numbers:
    """The digit of one service in each world."""
    return ((keys >> np.uint64(SHIFTS[at])) & np.uint64(DIGITS - 1)).astype(np.int64)


# -- The search -----------------------------------------------------------------------------------


class Found(NamedTuple):
    """The first violation of its kind: the world on `level` in which it shows; or, where a choice breaks something,
    the world on `level` that the choice leaves."""

    violation: Any
    level: int
    key: int
    choice: int | None


class Exploration(NamedTuple):
    """What a search found: the distinct worlds by level, how many transitions, the first violation of each kind, how
    often each choice of the space was taken, and why it ended early ("" if it did not)."""

    space: StateSpace
    levels: tuple[Keys, ...]
    transitions: int
    found: tuple[Found, ...]
    taken: Numbers
    cut_off: str

    @property
    def states(self) -> int:
        """How many distinct worlds there are."""
        return sum(len(level) for level in self.levels)

    def path(self, found: Found) -> tuple[Step, ...]:
        """A shortest way from the start to the violation: one more pass, backwards over the levels."""
        steps = [] if found.choice is None else [self.space.choices[found.choice].step]
        key = found.key
        for level in reversed(self.levels[: found.level]):
            key, choice = before(self.space, level, key)
            steps.append(self.space.choices[choice].step)
        return tuple(reversed(steps))


def before(space: StateSpace, level: Keys, key: int) -> tuple[int, int]:
    """A world on the level from which `key` follows, and by which choice."""
    for chunk in chunks(level):
        for part in space.successors(chunk):
            at = np.flatnonzero(part.keys == np.uint64(key))
            if len(at):
                return int(chunk[part.origins[at[0]]]), int(part.choices[at[0]])
    raise LookupError("no world on this level leads there")


def chunks(level: Keys) -> list[Keys]:
    """The level in parts of a size that is quick to work on."""
    return np.array_split(level, -(-len(level) // CHUNK))


class SeenLevels:
    """Every world seen so far, as sorted runs, each at least twice as long as the next."""

    def __init__(self) -> None:
        self._runs: list[Keys] = []

    def new(self, keys: Keys) -> Keys:
        """Those of the sorted keys that were not seen before; now they are."""
        for known in self._runs:
            at = np.searchsorted(known, keys)
            at[at == len(known)] = 0
            keys = keys[known[at] != keys]
        self._runs.append(keys)
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.sort(np.concatenate([self._runs[-1], last]), kind="stable")
        return keys


def distinct(keys: Keys) -> Keys:
    """The keys sorted, each once."""
    keys = np.sort(keys)
    return keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if len(keys) else keys


Progress = Callable[[int, int], None]


def explore(
    space: StateSpace,
    start: World,
    progress: Progress = lambda states, level: None,
    kind_of: Callable[[Any], Any] = lambda violation: violation,
    until: Any = None,
) -> Exploration:
    """Every world that can be reached from `start`, and the first violation of each kind.

    `progress` is told the number of worlds and the level; `kind_of` says which violations are of one kind, and one of
    the kind `until` ends the search. Levels are taken in the order of distance, so a violation is found at its shortest
    distance. Raises SearchTooLarge when the space has more parts than a world's number has room for.
    """
    search = _Exploring(space, kind_of)
    search.meet(np.array([space.key(start, space.judge.start)], dtype=np.uint64))
    while len(search.levels[-1]) and until not in search.found and not search.cut_off():
        search.expand()
        progress(search.states, len(search.levels))
    levels = tuple(level for level in search.levels if len(level))
    found = tuple(search.found.values())
    return Exploration(space, levels, search.transitions, found, search.taken, search.cut_off())


class _Exploring:
    """A search while it lasts."""

    def __init__(self, space: StateSpace, kind_of: Callable[[Any], Any]) -> None:
        self.space, self.kind_of = space, kind_of
        self.levels: list[Keys] = []
        self.states = self.transitions = 0
        self.found: dict[Any, Found] = {}
        self.taken: Numbers = np.zeros(0, dtype=np.int64)
        self._seen = SeenLevels()

    def cut_off(self) -> str:
        """Why the search must end before everything has been seen."""
        limit = self.space.bounds.states
        return f"more than {limit} worlds" if limit is not None and self.states > limit else ""

    def expand(self) -> None:
        """Go one level further."""
        fresh: list[Keys] = []
        for chunk in chunks(self.levels[-1]):
            for part in self.space.successors(chunk):
                self._count(chunk, part)
                fresh.append(distinct(part.keys))
        self.meet(distinct(np.concatenate(fresh)))

    def meet(self, keys: Keys) -> None:
        """Those worlds that are new are the next level; the quiet ones among them are judged."""
        level = self._seen.new(keys)
        self.levels.append(level)
        self.states += len(level)
        for key in self.space.quiet(level).tolist():
            world, observer = self.space.world(key)
            for violation in self.space.judge.quiet(observer, world):
                self._note(violation, len(self.levels) - 1, key, None)

    def _count(self, chunk: Keys, part: Successors) -> None:
        self.transitions += len(part.keys)
        counts = np.bincount(part.choices, minlength=len(self.space.choices))
        counts[: len(self.taken)] += self.taken
        self.taken = counts
        for choice in self.space.violating:
            at = np.flatnonzero(part.choices == choice)
            if len(at):
                for violation in self.space.choices[choice].violations:
                    self._note(violation, len(self.levels) - 1, int(chunk[part.origins[at[0]]]), choice)

    def _note(self, violation: Any, level: int, key: int, choice: int | None) -> None:
        self.found.setdefault(self.kind_of(violation), Found(violation, level, key, choice))
