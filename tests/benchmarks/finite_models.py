"""Finite models of your own, explored to the last state.

A model is a *control* (anything hashable: a phase, a program counter), a number of *facts* (named booleans) and a
*budget* (how much may go wrong in all). Its rules say, for each control, what may happen: which facts an action asks
for, where it leads, which facts it sets and clears, and what it costs. What must never be is said for each control in
the same way. Rules are data: a mapping from controls to rules, or a function that makes them.

A door of two wings, of which the second may open only while the first is open, and a latch that may fail once:

>>> from finite_models import Forbidden, Model, Rule, explore
>>> door = Model(
...     name="door",
...     facts=("first", "second", "latched"),
...     start="shut",
...     start_facts=("latched",),
...     rules={
...         "shut": [
...             Rule("unlatch", "moving", on=("latched",), clears=("latched",)),
...             Rule("latch breaks", "moving", on=("latched",), clears=("latched",), cost=1),
...             Rule("latch", "shut", off=("latched", "first", "second"), sets=("latched",)),
...         ],
...         "moving": [
...             Rule("open first", "moving", off=("first",), sets=("first",)),
...             Rule("open second", "moving", on=("first",), off=("second",), sets=("second",)),
...             Rule("close first", "moving", on=("first",), clears=("first",)),
...             Rule("close second", "moving", on=("second",), clears=("second",)),
...             Rule("rest", "shut", off=("first",)),
...         ],
...     },
...     never={"shut": [Forbidden("shut with a wing open", on=("second",))]},
...     budget=1,
... )
>>> result = explore(door)
>>> result.verdict, result.breach, result.states, result.transitions
('violated', 'shut with a wing open', 14, 23)
>>> [move.action for move in result.witness]
['unlatch', 'open first', 'open second', 'close first', 'rest']
>>> result.witness[-1].state
State(control='shut', facts=('second',), spent=0)

`explore` sees everything; `check` stops at the first violation. Both say which engine they used (`bitsets`
explains the two). `successors` is the plain reading of the same rules, one state at a time, and `replay` follows a
witness by it.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from bitsets import Search

Control = TypeVar("Control", bound=Hashable)
Part = TypeVar("Part")
Facts: TypeAlias = tuple[str, ...]
Engine: TypeAlias = Literal["bit sets", "sorted arrays"]

Verdict: TypeAlias = Literal["holds", "violated", "unknown"]


class ModelError(ValueError):
    """A model that cannot be explored; the message says in one line where, what is wrong, and what to try."""


class Rule(NamedTuple, Generic[Control]):
    """An action: possible where every fact of `on` is true and every fact of `off` is false.

    It leads to the control `to`, makes the facts of `sets` true and those of `clears` false, and takes `cost` from
    the model's budget. Two rules that lead to the same state are two transitions.
    """

    name: str
    to: Control
    on: Facts = ()
    off: Facts = ()
    sets: Facts = ()
    clears: Facts = ()
    cost: int = 0


class Forbidden(NamedTuple):
    """What must never be: every fact of `on` true and every fact of `off` false."""

    name: str
    on: Facts = ()
    off: Facts = ()


Everywhere: TypeAlias = Mapping[Control, Iterable[Part]] | Callable[[Control], Iterable[Part]]
"""Something for each control: a mapping, or a function that is asked once for each control that is reached."""


class Model(NamedTuple, Generic[Control]):
    """A finite model. It starts in the control `start` with the facts of `start_facts` true and nothing spent.

    `rules` has to know every control that is reached, if only to say that nothing follows; `never` may leave
    controls out. `budget` bounds the sum of the costs on any way from the start.
    """

    name: str
    facts: Facts
    start: Control
    rules: Everywhere[Control, Rule[Control]]
    never: Everywhere[Control, Forbidden] | None = None
    start_facts: Facts = ()
    budget: int = 0


class State(NamedTuple, Generic[Control]):
    """One state: its control, the facts that are true (in the model's order), and what has been spent."""

    control: Control
    facts: Facts
    spent: int


class Move(NamedTuple, Generic[Control]):
    """An action that was taken, and the state that it led to."""

    action: str
    state: State[Control]


class Exploration(NamedTuple, Generic[Control]):
    """What a search found.

    `verdict` is "holds", "violated", "unknown" (cut off before a violation was met), or None for a model that
    forbids nothing. `breach` names what was violated, and `witness` is a shortest way to a violation (empty if the
    start is one; None without a violation). `states` counts the distinct states seen and `transitions` the actions
    that are possible in them. `depth` is the largest distance from the start, None if the search did not go by
    levels. `cut_off` says why the search ended before it had seen everything ("" if it did not).
    """

    verdict: Verdict | None
    breach: str | None
    witness: tuple[Move[Control], ...] | None
    states: int
    transitions: int
    depth: int | None
    engine: Engine
    cut_off: str


def explore(
    model: Model[Control], *, levels: bool = False, most_states: int | None = None, engine: Engine | None = None
) -> Exploration[Control]:
    """Every state that can be reached, whether or not something forbidden is among them.

    With `levels` the search goes outwards by distance from the start, which tells the depth and takes longer. With
    `most_states` it does so too, and ends with the first level after which it has seen more states than that; what
    it then says holds for every state up to that distance. A model with endless controls needs it. `engine` overrules
    the choice by the number of facts.

    Raises ModelError for a malformed model, or for one with more facts than the engine can hold.
    """
    return _search(model, engine).explore(levels, most_states)


def check(
    model: Model[Control], *, most_states: int | None = None, engine: Engine | None = None
) -> Exploration[Control]:
    """Whether something forbidden can be reached: as `explore`, but a violation ends the search.

    After a violation, `states`, `transitions` and `depth` are those of the search by levels that found the witness.
    """
    return _search(model, engine).check(most_states)


def successors(model: Model[Control], state: State[Control]) -> Iterator[Move[Control]]:
    """What can happen in one state, by the letter of the rules and in their order."""
    for rule in rules_at(model, state.control):
        possible = set(rule.on) <= set(state.facts) and set(rule.off).isdisjoint(state.facts)
        if possible and state.spent + rule.cost <= model.budget:
            true = (set(state.facts) | set(rule.sets)) - set(rule.clears)
            facts = tuple(fact for fact in model.facts if fact in true)
            yield Move(rule.name, State(rule.to, facts, state.spent + rule.cost))


def start_of(model: Model[Control]) -> State[Control]:
    """The state in which the model starts."""
    return State(model.start, tuple(fact for fact in model.facts if fact in model.start_facts), 0)


def broken(model: Model[Control], state: State[Control]) -> Facts:
    """The names of what is forbidden and true in this state."""
    return tuple(
        each.name
        for each in forbidden_at(model, state.control)
        if set(each.on) <= set(state.facts) and set(each.off).isdisjoint(state.facts)
    )


def replay(model: Model[Control], witness: Sequence[Move[Control]]) -> State[Control]:
    """Follow a witness from the start, one state at a time, and return the state in which it ends.

    Raises ModelError at the first move that the rules do not allow.
    """
    state = start_of(model)
    for number, move in enumerate(witness, 1):
        if move not in successors(model, state):
            raise ModelError(f"model {model.name!r}: move {number}, {move.action!r}, does not follow from {state}")
        state = move.state
    return state


# -- Reading a model, and saying what is wrong with it --------------------------------------------


class Guarded(NamedTuple):
    """A rule on valuations (bit n is fact n): possible where `facts & test == value`, and then
    `facts & keep | add` follows."""

    test: int
    value: int
    keep: int
    add: int


def rules_at(model: Model[Control], control: Control) -> tuple[Rule[Control], ...]:
    """The rules of a control. Raises ModelError if the model has none for it, or something that is no rule."""
    where = f"model {model.name!r}, control {control!r}"
    if callable(model.rules):
        return _parts(model.rules(control), Rule, f"{where}: rules")
    if control not in model.rules:
        near = _near(str(control), map(str, model.rules))
        raise ModelError(f"{where}: the control is reached, and rules does not know it{near}")
    return _parts(model.rules[control], Rule, f"{where}: rules")


def forbidden_at(model: Model[Control], control: Control) -> tuple[Forbidden, ...]:
    """What is forbidden in a control. Raises ModelError if the model says something else there."""
    if model.never is None:
        return ()
    given = model.never(control) if callable(model.never) else model.never.get(control, ())
    return _parts(given, Forbidden, f"model {model.name!r}, control {control!r}: never")


def guarded(model: Model[Control], control: Control, part: Rule[Control] | Forbidden) -> Guarded:
    """A rule, or something forbidden, on valuations.

    Raises ModelError if it names unknown facts, contradicts itself, or has a cost that is no whole number from 0.
    """
    where = f"model {model.name!r}, control {control!r}: {part.name!r}"
    on, off = mask(model, part.on, f"{where} (on)"), mask(model, part.off, f"{where} (off)")
    sets = clears = 0
    if isinstance(part, Rule):
        sets, clears = mask(model, part.sets, f"{where} (sets)"), mask(model, part.clears, f"{where} (clears)")
        _check_cost(part.cost, where)
    _check_apart(model, on, off, f"{where} asks for the same fact in on and off")
    _check_apart(model, sets, clears, f"{where} names the same fact in sets and clears")
    return Guarded(on | off, on, ~(sets | clears), sets)


def mask(model: Model[Control], facts: Facts, where: str) -> int:
    """The valuation in which just these facts are true. Raises ModelError if there is no such fact."""
    if isinstance(facts, str):
        raise ModelError(f"{where} is the string {facts!r}: write a tuple of facts, ({facts!r},)")
    result = 0
    for fact in facts:
        if fact not in model.facts:
            raise ModelError(f"{where} names {fact!r}, which is no fact of the model{_near(str(fact), model.facts)}")
        result |= 1 << model.facts.index(fact)
    return result


def names(model: Model[Control], facts: int) -> Facts:
    """The facts that are true in a valuation."""
    return tuple(fact for at, fact in enumerate(model.facts) if facts >> at & 1)


def _parts(given: object, kind: type[Part], where: str) -> tuple[Part, ...]:
    if not isinstance(given, Iterable) or isinstance(given, kind):
        raise ModelError(f"{where} gives {given!r}: it has to give some iterable of {kind.__name__}, if only ()")
    parts = tuple(given)
    for part in parts:
        if not isinstance(part, kind):
            raise ModelError(f"{where} gives {part!r}, which is no {kind.__name__}")
    return parts


def _check_model(model: Model[Control]) -> None:
    where = f"model {model.name!r}"
    if isinstance(model.facts, str):
        raise ModelError(f"{where}: facts is the string {model.facts!r}: write a tuple, ({model.facts!r},)")
    twice = [fact for at, fact in enumerate(model.facts) if fact in model.facts[:at]]
    if twice:
        raise ModelError(f"{where}: facts names {twice[0]!r} twice")
    if type(model.budget) is not int or model.budget < 0:
        raise ModelError(f"{where}: budget is {model.budget!r}; it has to be a whole number from 0")
    mask(model, model.start_facts, f"{where}: start_facts")


def _check_cost(cost: int, where: str) -> None:
    if type(cost) is not int or cost < 0:
        raise ModelError(f"{where} costs {cost!r}; a cost has to be a whole number from 0")


def _check_apart(model: Model[Control], one: int, other: int, what: str) -> None:
    if one & other:
        raise ModelError(f"{what}: {', '.join(names(model, one & other))}")


def _near(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _search(model: Model[Control], engine: Engine | None) -> "Search[Control]":
    from bitsets import Search  # which is built on the definitions above

    _check_model(model)
    return Search(model, engine)
