"""Where a changed core behaves differently at all: whatever the reference is told in a scope, told to it once more.

What cannot be told apart from the reference there needs no search there (weak mutation: a change that infects no state
is not noticed). The reference's turns are written down as the core sees them: the state, the event, and what went
through the two doors to the services. A change of the core differs where it comes out differently, or asks otherwise;
one of `model.views` where it makes something else of any view of the scope.
"""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CoreEffect, Event
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.turn import Turn
from broadcast_orchestrator.model.views import Services, View
from broadcast_orchestrator.properties.model_check.scopes import NamedScope, explored

Passed = tuple[bool, str, Callable[..., Any], tuple[Any, ...], Any]
"""What went through a door: whether it was a question, the service, the function, its details, and the answer."""


class ReferenceTurn(NamedTuple):
    """One turn of the reference, as the core sees it."""

    before: CoreState
    event: Event
    passed: tuple[Passed, ...]
    after: CoreState
    effects: tuple[CoreEffect, ...]


class ReferenceTurns(NamedTuple):
    """Every turn of the reference in one scope, by number and by the functions that had a part in it; and of each
    service all views, with all that was ever made of them."""

    by_function: dict[str, dict[int, None]]
    views: tuple[tuple[View, ...], ...]
    changes: dict[tuple[str, tuple[Any, ...]], None]


_numbers: dict[ReferenceTurn, int] = {}
_turns: list[ReferenceTurn] = []
"""The turns of all scopes, each once: most of them are met in several."""


class Departed(Exception):
    """Something else was asked, or changed, than the reference would."""


class _Writing:
    """The doors, and a list of what goes through them."""

    def __init__(self, doors: Services) -> None:
        self._doors, self.passed = doors, list[Passed]()

    def ask(self, service: str, question: Callable[..., Any], *details: Any) -> Any:
        """Ask, and write it down."""
        answer = self._doors.ask(service, question, *details)
        self.passed.append((True, service, question, details, answer))
        return answer

    def change(self, service: str, change: Callable[..., View], *details: Any) -> None:
        """Change, and write it down."""
        self._doors.change(service, change, *details)
        self.passed.append((False, service, change, details, None))

    def result(self) -> tuple[View, ...]:
        """As the doors have it."""
        return self._doors.result()


class _Reading:
    """Doors with a list behind them; whoever strays from it raises `Departed`."""

    def __init__(self, passed: tuple[Passed, ...]) -> None:
        self._left = iter(passed)

    def ask(self, *asked: Any) -> Any:
        """The answer on the list."""
        return self._next(True, asked)

    def change(self, *changed: Any) -> None:
        """A change on the list."""
        self._next(False, changed)

    def _next(self, question: bool, wanted: tuple[Any, ...]) -> Any:
        passed = next(self._left, None)
        if passed is None or (*passed[:3], *passed[3]) != (question, *wanted):
            raise Departed
        return passed[4]

    def is_through(self) -> bool:
        """Whether everything on the list has come."""
        return next(self._left, None) is None

    def result(self) -> tuple[View, ...]:
        """Nobody asks."""
        return ()


@cache
def reference_turns(named: NamedScope) -> ReferenceTurns:
    """Explore the scope with a reference that writes down its turns."""
    found = ReferenceTurns({}, (), {})
    exploration = explored(named, _writing_into(found))
    known = (dict.fromkeys(state.view for state in each.values) for each in exploration.space.numbers.locals)
    return found._replace(views=tuple(map(tuple, known)))


def _writing_into(found: ReferenceTurns) -> type[Core]:
    taking_part: set[str] = set()

    def noted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **options: Any) -> Any:
            taking_part.add(name)
            return function(*args, **options)

        return wrapper

    def handle(turn: Core, event: Event) -> None:
        taking_part.clear()
        before, turn.views = turn.core, _Writing(turn.views)
        plain_handle(turn, event)
        passed = tuple(turn.views.passed)
        after = turn.core._replace(views=())
        told = ReferenceTurn(before._replace(views=()), event, passed, after, tuple(turn.effects))
        number = _numbers.setdefault(told, len(_turns))
        if number == len(_turns):
            _turns.append(told)
        for name in taking_part:
            found.by_function.setdefault(name, {})[number] = None
        for question, _, change, details, _ in passed:
            if not question:
                found.changes[change.__name__, details] = None

    functions = {
        name: noted(name, value)
        for owner in (Turn, Core)
        for name, value in vars(owner).items()
        if inspect.isfunction(value) and name != "__init__"
    }
    plain_handle = functions["handle"]
    return type("Writing", (Core,), {**functions, "handle": handle})


def infects(turn: ReferenceTurn, rules: type[Core]) -> bool:
    """Whether the turn goes otherwise under these rules."""
    doors = _Reading(turn.passed)
    mine = rules(turn.before, doors)
    try:
        mine.handle(turn.event)
    except Exception:  # whatever a changed core does, the reference does not
        return True
    return (mine.core, tuple(mine.effects)) != (turn.after, turn.effects) or not doors.is_through()


class Infections:
    """What becomes of the turns of the reference under the rules of one mutant, each tried once."""

    def __init__(self, rules: type[Core]) -> None:
        self._rules, self._known = rules, dict[int, bool]()

    def any_in(self, named: NamedScope, function: str) -> bool:
        """Whether any turn of the scope, of those in which the function has a part, goes otherwise."""
        return any(map(self._is_infected, reference_turns(named).by_function.get(function, ())))

    def _is_infected(self, number: int) -> bool:
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = infects(_turns[number], self._rules)
        return known


def changes_a_view(named: NamedScope, changed: Any) -> bool:
    """Whether anything that is made of a view in the scope comes out otherwise with the `changed` functions."""
    turns = reference_turns(named)
    return any(
        _made(changed, name, view, details) != _made(views, name, view, details)
        for known in turns.views
        for name, details in turns.changes
        for view in known
    )


def _made(functions: Any, name: str, view: View, details: tuple[Any, ...]) -> Any:
    try:
        return getattr(functions, name)(view, *details)
    except Exception as raised:  # whatever a changed function does, and what no view of that service is ever asked
        return type(raised)
