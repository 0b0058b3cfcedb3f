"""State of a page's own for what the orchestrator's hooks tell (BP-4)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from broadcast_orchestrator.properties.lint.catalogue import PageRule
from broadcast_orchestrator.properties.lint.page import Page, Site
from broadcast_orchestrator.properties.lint.reading.meaning import Sort
from broadcast_orchestrator.properties.lint.reading.syntax import (
    FUNCTIONS,
    arguments,
    callee,
    field,
    literal,
    text,
    within,
)

TOLD_BY = (
    (
        re.compile(r"(?i)^(is_?live|(is_?)?(broadcasting|on_?air|broadcast_?(active|live|on|running)))$"),
        "useIsBroadcasting",
    ),
    (re.compile(r"(?i)^(broadcast|orchestrator)_?(state|status|phase)$"), "useBroadcastState"),
    (re.compile(r"(?i)^(broadcast|orchestrator)_?(error|failure)(_?message)?$"), "useBroadcastError"),
    (re.compile(r"(?i)^(has)_?(broadcast|orchestrator)_?error$"), "useHasError"),
    (re.compile(r"(?i)^can_?(start_?broadcast|go_?live)$"), "useCanStartBroadcast"),
    (re.compile(r"(?i)^can_?stop_?broadcast$"), "useCanStopBroadcast"),
    (re.compile(r"(?i)^(is_?)?(starting|stopping)_?broadcast$"), "useIsTransitioning"),
)
"""Names that say by themselves which hook tells it."""
TOLD_BESIDE = (
    (re.compile(r"(?i)^live$"), "useIsBroadcasting"),
    (re.compile(r"(?i)^can_?start$"), "useCanStartBroadcast"),
    (re.compile(r"(?i)^can_?stop$"), "useCanStopBroadcast"),
    (re.compile(r"(?i)^is_?transitioning$"), "useIsTransitioning"),
)
"""Names that say so in a component that has to do with the broadcast; elsewhere they may mean anything."""

_BUSY = re.compile(r"(?i)^(is_?)?(busy|pending|loading|starting|stopping|switching|working|in_?progress|submitting)$")
_STATES = ("idle", "initializing", "ready", "starting", "live", "stopping", "error")
_ENOUGH = 3
"""So many of the seven states, live and a passing one among them, are the orchestrator's and nobody else's."""
_KEEPERS = re.compile(r"^use(State|LocalStorage|SessionStorage|PersistedState|LocalStorageState|Atom|SyncedState)$")


class Kept(NamedTuple):
    """A piece of state: its name, the name of its setter, and the call that makes it."""

    name: str
    setter: str
    call: Node


def copies(page: Page) -> Iterator[Site]:
    """State whose name, states or source show that it repeats what a hook tells."""
    for kept in _states(page):
        hook = _by_name(kept.name) or _beside(page, kept) or _by_type(kept.call) or _by_source(page, kept)
        if hook:
            yield _site(page, kept.call, kept.name, hook)
    for call in page.calls:
        if callee(call) in ("useState", "useReducer"):
            for given in arguments(call):
                yield from _of_object(page, given)
    yield from _of_classes(page)


def _site(page: Page, node: Node, name: str, hook: str) -> Site:
    theirs = next((theirs for theirs, ours in page.vocabulary.hooks.items() if ours == hook), hook)
    return Site(PageRule.LOCAL_STATE, node, f"{name} repeats what {theirs} tells", f"const {name} = {theirs}()")


def _states(page: Page) -> Iterator[Kept]:
    for node in page.syntax.nodes:
        pattern, call = field(node, "name"), field(node, "value")
        if node.type != "variable_declarator" or pattern is None or call is None or pattern.type != "array_pattern":
            continue
        names = [text(each) for each in pattern.named_children]
        if call.type == "call_expression" and _KEEPERS.match(callee(call)) and names:
            yield Kept(names[0] if len(names) > 1 or pattern.children[1].is_named else "", names[-1], call)


def _by_name(name: str) -> str:
    return next((hook for pattern, hook in TOLD_BY if pattern.match(name)), "")


def _beside(page: Page, kept: Kept) -> str:
    hook = next((hook for pattern, hook in TOLD_BESIDE if pattern.match(kept.name)), "")
    return hook if hook and page.concerned(page.unit(kept.call)) else ""


def _by_type(call: Node) -> str:
    """Whether its values are the orchestrator's states, by its type or by what it begins with."""
    written = {literal(each) for each in within(call) if each.type == "string"}
    ours = written & set(_STATES)
    typed = any(text(each) == "BroadcastState" for each in within(call) if each.type == "type_identifier")
    passing = ours & {"initializing", "starting", "stopping"}
    return "useBroadcastState" if typed or ("live" in ours and passing and len(ours) >= _ENOUGH) else ""


def _by_source(page: Page, kept: Kept) -> str:
    """Whether it is set to an answer of the orchestrator's, to a command's failure, or to busy around a command."""
    unit = page.unit(kept.call).node
    for call in (each for each in page.calls if text(field(each, "function")) == kept.setter):
        if page.unit(call).node != unit or not arguments(call):
            continue
        given = page.meanings.of(arguments(call)[0])
        if given is not None and given.sort is Sort.ANSWER and given.name in page.vocabulary.hooks.values():
            return given.name
        if _failure(page, call):
            return "useBroadcastError"
        if _BUSY.match(kept.name) and _beside_command(page, call):
            return "useIsTransitioning"
    return ""


def _failure(page: Page, call: Node) -> bool:
    """Whether the setter gets what a catch around a command, or of its promise, has caught."""
    names = {text(each) for each in within(arguments(call)[0]) if each.type == "identifier"}
    for above in page.syntax.ancestors(call):
        if above.type == "catch_clause" and text(field(above, "parameter")) in names:
            tried = page.syntax.parent(above)
            body = None if tried is None else field(tried, "body")
            return body is not None and _commands(page, body)
        if above.type in FUNCTIONS and (catching := _catching(page, above)) is not None:
            return _commands(page, catching)
    return False


def _catching(page: Page, function: Node) -> Node | None:
    """The promise whose failure is given to this function."""
    above = page.syntax.parent(function)
    call = None if above is None or above.type != "arguments" else page.syntax.parent(above)
    if call is None or call.type != "call_expression" or callee(call) != "catch":
        return None
    target = field(call, "function")
    return None if target is None else field(target, "object")


def _beside_command(page: Page, call: Node) -> bool:
    function = page.syntax.function_around(call)
    return function is not None and _commands(page, function)


def _commands(page: Page, node: Node) -> bool:
    """Whether a command is given there, or an operation of a store called in its place."""
    for call in (each for each in within(node) if each.type == "call_expression"):
        meant = page.meanings.of(field(call, "function"))
        if meant is not None and meant.sort in (Sort.COMMAND, Sort.OPERATION):
            return True
    return False


def _of_object(page: Page, given: Node) -> Iterator[Site]:
    meant = page.meanings.of(given)
    whole = meant.node if meant is not None and meant.sort is Sort.LITERAL else None
    for pair in [] if whole is None else whole.named_children:
        name = text(field(pair, "key")) if pair.type == "pair" else ""
        if hook := _by_name(name):
            yield _site(page, pair, name, hook)


def _of_classes(page: Page) -> Iterator[Site]:
    """The state of class components, as a field or assigned in the constructor."""
    for node in page.syntax.nodes:
        value = None
        if node.type == "public_field_definition" and text(field(node, "name")) == "state":
            value = field(node, "value")
        elif node.type == "assignment_expression" and text(field(node, "left")) == "this.state":
            value = field(node, "right")
        if value is not None:
            yield from _of_object(page, value)
