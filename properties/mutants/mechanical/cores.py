"""Cores whose source differs in one place: each is a subclass of the reference, made from the changed function.

Changed are the rules (`model.core`), the moves they are made of (`model.turn`), what is known of a service
(`model.views`) and what a start needs (`model.state.missing_for_start`). The functions that the explorer itself asks
of a service stay as they are, since it tells them apart by what they are.
"""

import ast
import difflib
import inspect
import textwrap
import types
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

from broadcast_orchestrator.model import core, state, turn, views
from broadcast_orchestrator.model.api import validation
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.turn import Turn
from broadcast_orchestrator.properties.mutants.mechanical.changes import changes
from broadcast_orchestrator.properties.queries.queries import Queries

LOCAL = ("issue", "close", "void", "confirm_off", "name_residue", "give_up", "_given_up")
"""The functions of `model.views` that are changed."""


class ChangedFunction(NamedTuple):
    """A function that is changed: the module that it stands in, the class, "" for none, and its name."""

    module: str
    owner: str
    name: str

    def __str__(self) -> str:
        return ".".join(filter(None, self))


class MechanicalMutant(NamedTuple):
    """One change: the function, the number of the change in it, and the lines that differ."""

    place: ChangedFunction
    number: int
    diff: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the change is called: stays the same as long as the function does."""
        return f"{self.place}#{self.number}"

    @property
    def identity(self) -> str:
        """The name, and a digest of the lines that differ, whichever quotation marks this Python writes: another change
        has another one."""
        lines = chr(10).join(self.diff).replace('"', "'")
        return f"{self.name} {sha256(lines.encode()).hexdigest()[:8]}"


def places() -> tuple[ChangedFunction, ...]:
    """Every function that is changed, in the order of the sources."""
    rules = [ChangedFunction("core", "Core", name) for name, value in vars(Core).items() if inspect.isfunction(value)]
    moves = [
        ChangedFunction("turn", "Turn", name)
        for name, value in vars(Turn).items()
        if inspect.isfunction(value) and name != "__init__"
    ]
    return (
        *rules,
        *moves,
        *(ChangedFunction("views", "", name) for name in LOCAL),
        ChangedFunction("state", "", "missing_for_start"),
    )


@cache
def mutants() -> tuple[MechanicalMutant, ...]:
    """Every mutant, in the order of the sources."""
    return tuple(mutant for place in places() for mutant in _mutants_of(place))


def _mutants_of(place: ChangedFunction) -> Iterator[MechanicalMutant]:
    original = _source(place)
    before = ast.unparse(original).splitlines()
    for number, changed in enumerate(changes(original)):
        after = ast.unparse(changed).splitlines()
        diff = [
            line for line in difflib.unified_diff(before, after, n=0, lineterm="") if line[:3] not in ("---", "+++")
        ]
        yield MechanicalMutant(place, number, tuple(line for line in diff if not line.startswith("@@")))


def _function(place: ChangedFunction) -> Any:
    module = {"core": core, "turn": turn, "views": views, "state": state}[place.module]
    return getattr(getattr(module, place.owner) if place.owner else module, place.name)


def _source(place: ChangedFunction) -> ast.FunctionDef:
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(_function(place)))).body
    assert isinstance(function, ast.FunctionDef)
    return function


def core_of(mutant: MechanicalMutant) -> type[Core]:
    """The core with the change; every call makes a new class."""
    changed = _compiled(mutant)
    if mutant.place.owner:
        return type("Mutant", (Core,), {mutant.place.name: changed, "__doc__": mutant.name})
    module = mutant.place.module
    names = {"views": _views_with(mutant.place.name, changed)} if module == "views" else {mutant.place.name: changed}
    methods = {
        name: _rebound(value, names)
        for owner in (Turn, Core)
        for name, value in vars(owner).items()
        if inspect.isfunction(value)
    }
    return type("Mutant", (Core,), {**methods, "__doc__": mutant.name})


def changed_views(mutant: MechanicalMutant) -> types.SimpleNamespace:
    """The functions of `model.views`, with the change of the mutant, which is one of them."""
    return _views_with(mutant.place.name, _compiled(mutant))


def queries_with(mutant: MechanicalMutant) -> Queries:
    """The queries, with the change of the mutant in a function of `model.state` that they share with the core."""
    names = {mutant.place.name: _compiled(mutant)}
    can_start = _rebound(validation.can_start, names)
    validate_transition = _rebound(validation.validate_transition, names)
    return Queries(can_start=can_start, validate_transition=validate_transition)


def _compiled(mutant: MechanicalMutant) -> Any:
    function = _function(mutant.place)
    changed = next(each for number, each in enumerate(changes(_source(mutant.place))) if number == mutant.number)
    scope: dict[str, Any] = {}
    code = compile(ast.Module([changed], []), f"<{mutant.name}>", "exec")
    exec(code, function.__globals__, scope)
    return scope[mutant.place.name]


def _views_with(name: str, changed: Any) -> types.SimpleNamespace:
    """The functions of `model.views`, all of them with the changed one among them."""
    known = dict(vars(views))
    known[name] = changed
    for other in LOCAL:
        known[other] = types.FunctionType(known[other].__code__, known, other, known[other].__defaults__)
    return types.SimpleNamespace(**known)


def _rebound(function: Any, names: dict[str, Any]) -> Any:
    """The function, in which these names mean something else."""
    known = {**function.__globals__, **names}
    made = types.FunctionType(function.__code__, known, function.__name__, function.__defaults__, function.__closure__)
    made.__kwdefaults__ = function.__kwdefaults__
    return made
