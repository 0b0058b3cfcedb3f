"""The engine for models of `finite_models`: it moves whole sets of states at a time.

The idea. A *node* is a control with an amount spent. Nodes are explicit and few; what is many are the valuations of
the facts, and each node has its set of them. With n facts a set is one integer of 2**n bits, bit v for valuation v
(class `Bits`). Then a rule is a few operations on long integers, whatever the number of states:

- It is possible where some facts have some values: `and` with a mask, made once.
- Making fact b true moves every valuation without it up by 2**b: a shift to the left. Clearing is a shift to the
  right. Where the rule itself says what the fact was, all of its shifts are one; elsewhere the valuations that
  already have the fact stay, so the set is cut in two by a mask and one half is shifted.

Each node keeps what it has seen and what is pending. To take a node is to close its pending set under the rules that
stay in the node (they are many and repeat), and to put the images of what is new under the other rules on the nodes
where they lead. Nothing pending anywhere: everything has been seen. Costs are never negative, so nodes with less
spent are done before the others begin. Each state is met in some order, not the shortest; for depths and shortest
witnesses the search goes by levels instead, all pending sets at once. A witness is then found backwards: some state
of the level before, by the inverse of some rule.

Sets of 2**n bits cost the same however few states are in them. With more than 20 facts a set is a sorted array of
valuations instead (class `Arrays`, up to 63 facts): slower where states are dense, and the same search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from finite_models import (
    Control,
    Engine,
    Exploration,
    Guarded,
    Model,
    ModelError,
    Move,
    Rule,
    State,
    Verdict,
    broken,
    forbidden_at,
    guarded,
    mask,
    names,
    rules_at,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MOST_FACTS_IN_BITS, MOST_FACTS = 20, 63

Set = TypeVar("Set")


# -- Two ways to hold a set of valuations ---------------------------------------------------------


class Sets(Protocol[Set]):
    """What the search asks of a way to hold sets."""

    name: Engine
    empty: Set

    def one(self, facts: int) -> Set:
        """The set of one valuation."""

    def some(self, held: Set) -> bool:
        """Whether there is anything in the set."""

    def count(self, held: Set) -> int:
        """How many valuations are in the set."""

    def lowest(self, held: Set) -> int:
        """The lowest valuation of a set that is not empty."""

    def plus(self, one: Set, other: Set) -> Set:
        """What is in one or the other."""

    def minus(self, one: Set, other: Set) -> Set:
        """What is in one and not in the other."""

    def possible(self, rule: Guarded, held: Set) -> Set:
        """The valuations in which the rule is possible."""

    def image(self, rule: Guarded) -> Callable[[Set], Set]:
        """The function that takes a set to what follows from it by the rule."""

    def origins(self, rule: Guarded, facts: int, held: Set) -> Set:
        """The valuations in the set from which one valuation follows by the rule."""


class Bits:
    """Sets of valuations as integers: bit v says that valuation v is in the set."""

    name: Engine = "bit sets"
    empty = 0

    def __init__(self, facts: int) -> None:
        self._off = [self._without(fact, facts) for fact in range(facts)]
        self._on = [off << (1 << fact) for fact, off in enumerate(self._off)]
        self._masks: dict[tuple[int, int], int] = {(0, 0): (1 << (1 << facts)) - 1}

    @staticmethod
    def _without(fact: int, facts: int) -> int:
        block = (1 << (1 << fact)) - 1
        for doubled in range(fact + 1, facts):
            block |= block << (1 << doubled)
        return block

    def one(self, facts: int) -> int:
        """The set of one valuation."""
        return 1 << facts

    def some(self, held: int) -> bool:
        """Whether there is anything in the set."""
        return held != 0

    def count(self, held: int) -> int:
        """How many valuations are in the set."""
        return held.bit_count()

    def lowest(self, held: int) -> int:
        """The lowest valuation of a set that is not empty."""
        return (held & -held).bit_length() - 1

    def plus(self, one: int, other: int) -> int:
        """What is in one or the other."""
        return one | other

    def minus(self, one: int, other: int) -> int:
        """What is in one and not in the other; `~` would be slower, it makes a negative number."""
        return (one | other) ^ other

    def possible(self, rule: Guarded, held: int) -> int:
        """The valuations in which the rule is possible."""
        return held & self._mask(rule.test, rule.value) if rule.test else held

    def image(self, rule: Guarded) -> Callable[[int], int]:
        """The function that takes a set to what follows from it by the rule."""
        touched, known = ~rule.keep, ~rule.keep & rule.test
        asked = self._mask(rule.test, rule.value) if rule.test else None
        up = (rule.add & known) - (rule.value & known)
        rises = tuple((self._off[fact], 1 << fact) for fact in facts_of(rule.add & ~known))
        falls = tuple((self._on[fact], 1 << fact) for fact in facts_of(touched & ~rule.add & ~known))

        def move(held: int) -> int:
            if asked is not None:
                held &= asked
            held = held << up if up > 0 else held >> -up if up else held
            for without, width in rises:
                moving = held & without
                held = held ^ moving | moving << width
            for having, width in falls:
                moving = held & having
                held = held ^ moving | moving >> width
            return held

        return move

    def origins(self, rule: Guarded, facts: int, held: int) -> int:
        """The valuations in the set from which one valuation follows by the rule."""
        if facts & ~rule.keep != rule.add:
            return 0
        before = 1 << (facts & rule.keep)
        for fact in facts_of(~rule.keep):
            before |= before << (1 << fact)
        return self.possible(rule, before & held)

    def _mask(self, test: int, value: int) -> int:
        """All valuations with these values of the tested facts."""
        if (test, value) not in self._masks:
            first = test & -test
            having = (self._on if value & first else self._off)[first.bit_length() - 1]
            self._masks[test, value] = having & self._mask(test ^ first, value & ~first)
        return self._masks[test, value]


def facts_of(valuation: int) -> Iterator[int]:
    """The numbers of the facts that are true in a valuation."""
    while valuation:
        lowest = valuation & -valuation
        yield lowest.bit_length() - 1
        valuation ^= lowest


if TYPE_CHECKING:
    Valuations = npt.NDArray[np.int64]


class Arrays:
    """Sets of valuations as sorted arrays of distinct 64-bit numbers.

    numpy is imported where it is called: loading it takes longer than many a search on bit sets.
    """

    name: Engine = "sorted arrays"

    def __init__(self) -> None:
        import numpy as np

        self.empty: Valuations = np.zeros(0, dtype=np.int64)

    def one(self, facts: int) -> Valuations:
        """The set of one valuation."""
        import numpy as np

        return np.array([facts], dtype=np.int64)

    def some(self, held: Valuations) -> bool:
        """Whether there is anything in the set."""
        return len(held) > 0

    def count(self, held: Valuations) -> int:
        """How many valuations are in the set."""
        return len(held)

    def lowest(self, held: Valuations) -> int:
        """The lowest valuation of a set that is not empty."""
        return int(held[0])

    def plus(self, one: Valuations, other: Valuations) -> Valuations:
        """What is in one or the other; a stable sort merges two sorted runs."""
        import numpy as np

        if not (len(one) and len(other)):
            return one if len(one) else other
        return distinct(np.sort(np.concatenate([one, other]), kind="stable"))

    def minus(self, one: Valuations, other: Valuations) -> Valuations:
        """What is in one and not in the other."""
        if not (len(one) and len(other)):
            return one
        at = other.searchsorted(one)
        at[at == len(other)] = 0
        rest: Valuations = one[other[at] != one]
        return rest

    def possible(self, rule: Guarded, held: Valuations) -> Valuations:
        """The valuations in which the rule is possible."""
        return held[held & rule.test == rule.value] if rule.test else held

    def image(self, rule: Guarded) -> Callable[[Valuations], Valuations]:
        """The function that takes a set to what follows from it by the rule."""
        keeps_order = ~rule.keep & ~rule.test == 0  # all that moves moves by the same

        def move(held: Valuations) -> Valuations:
            moved = self.possible(rule, held) & rule.keep | rule.add
            if not keeps_order:
                moved.sort()
                moved = distinct(moved)
            return moved

        return move

    def origins(self, rule: Guarded, facts: int, held: Valuations) -> Valuations:
        """The valuations in the set from which one valuation follows by the rule."""
        possible = self.possible(rule, held)
        before: Valuations = possible[possible & rule.keep | rule.add == facts]
        return before


def distinct(valuations: Valuations) -> Valuations:
    """A sorted array with each number once."""
    if len(valuations) < 2:
        return valuations
    import numpy as np

    fresh = np.ones(len(valuations), dtype=bool)
    np.not_equal(valuations[1:], valuations[:-1], out=fresh[1:])
    return valuations[fresh]


def sets_for(model: Model[Any], engine: Engine | None) -> Sets[Any]:
    """The way to hold this model's sets: bit sets up to 20 facts, unless `engine` says otherwise.

    Raises ModelError if the model has more facts than fit.
    """
    engine = engine or ("bit sets" if len(model.facts) <= MOST_FACTS_IN_BITS else "sorted arrays")
    most = {"bit sets": MOST_FACTS_IN_BITS, "sorted arrays": MOST_FACTS}.get(engine)
    if most is None:
        raise ModelError(f"there is no engine {engine!r}: try 'bit sets' or 'sorted arrays'")
    if len(model.facts) > most:
        other = " try 'sorted arrays'" if engine == "bit sets" else " make some of them part of the control"
        raise ModelError(f"model {model.name!r} has {len(model.facts)} facts, {engine} hold at most {most}:{other}")
    return Bits(len(model.facts)) if engine == "bit sets" else Arrays()


# -- The rules, compiled where they are first needed ----------------------------------------------


class Action(NamedTuple, Generic[Set]):
    """A rule of one control, ready to move sets; controls are numbers from here on."""

    name: str
    rule: Guarded
    to: int
    cost: int
    image: Callable[[Set], Set]


class Program(NamedTuple, Generic[Set]):
    """What a control does: all actions, those that stay in the node, those that leave it, and what is forbidden."""

    actions: tuple[Action[Set], ...]
    stays: tuple[Action[Set], ...]
    leaves: tuple[Action[Set], ...]
    forbidden: tuple[Guarded, ...]


class Programs(Generic[Control, Set]):
    """The controls met so far, by number, and their programs."""

    def __init__(self, model: Model[Control], sets: Sets[Set]) -> None:
        self.controls: list[Control] = []
        self._model, self._sets = model, sets
        self._numbers: dict[Control, int] = {}
        self._programs: dict[int, Program[Set]] = {}

    def number(self, control: Control) -> int:
        """The number of a control, a new one if it has none yet."""
        try:
            number = self._numbers.setdefault(control, len(self.controls))
        except TypeError:
            kind = type(control).__name__
            raise ModelError(
                f"model {self._model.name!r}: a control is {control!r}, a {kind}, which is not hashable: try a tuple"
            ) from None
        if number == len(self.controls):
            self.controls.append(control)
        return number

    def __getitem__(self, number: int) -> Program[Set]:
        if number not in self._programs:
            self._programs[number] = self._compile(number)
        return self._programs[number]

    def _compile(self, number: int) -> Program[Set]:
        model, control = self._model, self.controls[number]
        actions = tuple(self._action(control, rule) for rule in rules_at(model, control))
        stays = tuple(each for each in actions if each.to == number and not each.cost)
        leaves = tuple(each for each in actions if each.to != number or each.cost)
        forbidden = tuple(guarded(model, control, each) for each in forbidden_at(model, control))
        return Program(actions, stays, leaves, forbidden)

    def _action(self, control: Control, rule: Rule[Control]) -> Action[Set]:
        moves = guarded(self._model, control, rule)
        return Action(rule.name, moves, self.number(rule.to), rule.cost, self._sets.image(moves))


# -- The search -----------------------------------------------------------------------------------


class Node(NamedTuple):
    """The number of a control, and what has been spent."""

    control: int
    spent: int


class Where(NamedTuple):
    """One state: its node and its valuation."""

    node: Node
    facts: int


class Levels(NamedTuple, Generic[Set]):
    """What a search by levels saw: everything, the levels that were kept, the depth, the first forbidden state, and
    why it ended early."""

    seen: dict[Node, Set]
    kept: list[dict[Node, Set]]
    depth: int
    bad: Where | None
    cut_off: str


class Search(Generic[Control]):
    """The search through one model."""

    def __init__(self, model: Model[Control], engine: Engine | None) -> None:
        self._model = model
        self._sets = sets_for(model, engine)
        self._programs: Programs[Control, Any] = Programs(model, self._sets)
        facts = mask(model, model.start_facts, f"model {model.name!r}: start_facts")
        self._start = {Node(self._programs.number(model.start), 0): self._sets.one(facts)}

    def explore(self, levels: bool, most_states: int | None) -> Exploration[Control]:
        """See `finite_models.explore`."""
        if levels or most_states is not None:
            seen, _, depth, bad, cut_off = self._by_levels(most_states)
            return self._result(seen, depth, bad and self._by_levels(stop=True), cut_off)
        seen, bad = self._in_any_order()
        return self._result(seen, None, bad and self._by_levels(stop=True), "")

    def check(self, most_states: int | None) -> Exploration[Control]:
        """See `finite_models.check`."""
        if most_states is None:
            seen, bad = self._in_any_order(stop=True)
            if not bad:
                return self._result(seen, None, None, "")
        levels = self._by_levels(most_states, stop=True)
        return self._result(levels.seen, levels.depth, levels.bad and levels, levels.cut_off)

    def _in_any_order(self, stop: bool = False) -> tuple[dict[Node, Any], Where | None]:
        """Everything there is (up to something forbidden, with `stop`), as fast as it goes."""
        sets, budget = self._sets, self._model.budget
        seen: dict[Node, Any] = {}
        bad: Where | None = None
        pending: list[dict[int, Any]] = [{} for _ in range(budget + 1)]
        for (control, _), held in self._start.items():
            pending[0][control] = held
        for spent, layer in enumerate(pending):
            while layer and not (stop and bad):
                control, held = layer.popitem()  # the latest first: so a procedure is run to its end
                node, program = Node(control, spent), self._programs[control]
                known = seen.get(node, sets.empty)
                fresh = sets.minus(held, known)
                if not sets.some(fresh):
                    continue
                fresh = sets.minus(self._close(program, fresh), known)
                seen[node] = sets.plus(known, fresh)
                bad = bad or self._forbidden(node, fresh)
                for action in program.leaves:
                    if spent + action.cost <= budget:
                        onward = pending[spent + action.cost]
                        onward[action.to] = sets.plus(onward.get(action.to, sets.empty), action.image(fresh))
        return seen, bad

    def _close(self, program: Program[Any], held: Any) -> Any:
        """A set with all that follows from it without leaving the node."""
        sets, before = self._sets, self._sets.empty
        while sets.some(sets.minus(held, before)):
            before = held
            for action in program.stays:
                held = sets.plus(held, action.image(held))
        return held

    def _by_levels(self, most_states: int | None = None, stop: bool = False) -> Levels[Any]:
        """Everything by its distance from the start; with `stop`, up to something forbidden, and keeping levels."""
        sets, level, depth, states = self._sets, self._start, 0, 1
        seen, kept = dict(level), [level]
        bad = self._first_forbidden(level)
        while not (stop and bad):
            level = self._next_level(level, seen)
            if not level:
                return Levels(seen, kept, depth, bad, "")
            if most_states is not None and states > most_states:
                return Levels(seen, kept, depth, bad, f"more than {most_states} states")
            depth += 1
            states += sum(map(sets.count, level.values()))
            seen.update({node: sets.plus(seen.get(node, sets.empty), held) for node, held in level.items()})
            bad = bad or self._first_forbidden(level)
            if stop:
                kept.append(level)
        return Levels(seen, kept, depth, bad, "")

    def _next_level(self, level: dict[Node, Any], seen: dict[Node, Any]) -> dict[Node, Any]:
        sets, pending = self._sets, dict[Node, Any]()
        for (control, spent), held in level.items():
            for action in self._programs[control].actions:
                if spent + action.cost <= self._model.budget:
                    node = Node(action.to, spent + action.cost)
                    pending[node] = sets.plus(pending.get(node, sets.empty), action.image(held))
        fresh = {node: sets.minus(held, seen.get(node, sets.empty)) for node, held in pending.items()}
        return {node: held for node, held in fresh.items() if sets.some(held)}

    def _first_forbidden(self, level: dict[Node, Any]) -> Where | None:
        found = (self._forbidden(node, held) for node, held in level.items())
        return next((bad for bad in found if bad), None)

    def _forbidden(self, node: Node, held: Any) -> Where | None:
        """A forbidden state among those of a node."""
        for rule in self._programs[node.control].forbidden:
            bad = self._sets.possible(rule, held)
            if self._sets.some(bad):
                return Where(node, self._sets.lowest(bad))
        return None

    # -- What it comes to -------------------------------------------------------------------------

    def _result(
        self, seen: dict[Node, Any], depth: int | None, violation: Levels[Any] | None, cut_off: str
    ) -> Exploration[Control]:
        verdict: Verdict | None = None if self._model.never is None else "unknown" if cut_off else "holds"
        breach = witness = None
        if violation and violation.bad:
            verdict, witness = "violated", self._witness(violation.kept, violation.bad)
            breach = broken(self._model, self._state(violation.bad))[0]
        states = sum(map(self._sets.count, seen.values()))
        transitions = sum(self._transitions(node, held) for node, held in seen.items())
        return Exploration(verdict, breach, witness, states, transitions, depth, self._sets.name, cut_off)

    def _transitions(self, node: Node, held: Any) -> int:
        """How many actions are possible in the states of a node; many rules share what they ask for."""
        affordable = [
            action.rule
            for action in self._programs[node.control].actions
            if node.spent + action.cost <= self._model.budget
        ]
        alike = Counter((rule.test, rule.value) for rule in affordable)
        return sum(
            times * self._sets.count(self._sets.possible(Guarded(test, value, -1, 0), held))
            for (test, value), times in alike.items()
        )

    def _witness(self, kept: list[dict[Node, Any]], bad: Where) -> tuple[Move[Control], ...]:
        """A shortest way to the forbidden state, from its end to the start."""
        moves: list[Move[Control]] = []
        state = bad
        for level in reversed(kept[:-1]):
            name, before = self._before(level, state)
            moves.append(Move(name, self._state(state)))
            state = before
        return tuple(reversed(moves))

    def _before(self, level: dict[Node, Any], state: Where) -> tuple[str, Where]:
        """An action that leads to the state, and the state on the level from which it does."""
        for (control, spent), held in level.items():
            for action in self._programs[control].actions:
                if (action.to, spent + action.cost) == state.node:
                    origins = self._sets.origins(action.rule, state.facts, held)
                    if self._sets.some(origins):
                        return action.name, Where(Node(control, spent), self._sets.lowest(origins))
        raise LookupError("no state of this level leads there")

    def _state(self, state: Where) -> State[Control]:
        facts = names(self._model, state.facts)
        return State(self._programs.controls[state.node.control], facts, state.node.spent)
