"""Commands whose promise nobody awaits or catches (QS-3), and those given straight to an event handler (SB-1)."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from broadcast_orchestrator.properties.lint.catalogue import PageRule
from broadcast_orchestrator.properties.lint.page import Page, Site
from broadcast_orchestrator.properties.lint.reading.meaning import Sort
from broadcast_orchestrator.properties.lint.reading.syntax import (
    WRAPPERS,
    arguments,
    callee,
    field,
    operator,
    text,
    within,
)
from broadcast_orchestrator.properties.lint.rules.effects import effect_around

_EVENT = re.compile(
    r"on((Double)?Click|(Long)?Press(In|Out)?|Tap|(Mouse|Pointer|Touch|Key|Drag)\w*|Drop|Focus|Blur)(Capture)?"
)
_OF_THE_PAGE = re.compile(r"on(Submit|Change|Input|Select|Toggle|Load)|action|formAction")
"""Handlers that an element of HTML calls with an event or a form; a component of the application may call its own so
named with anything, a session's id for one."""
_TIMERS = (
    "setTimeout",
    "setInterval",
    "setImmediate",
    "queueMicrotask",
    "requestAnimationFrame",
    "requestIdleCallback",
)
_COMBINED = ("all", "allSettled", "race", "any")


def unhandled(page: Page) -> Iterator[Site]:
    """Calls of a command whose promise is dropped. An initialize in an effect is none: an effect cannot wait, and the
    guide's own layout does so (QS-1)."""
    for call in page.calls:
        command = page.command_of(call)
        dropped = command and _dropped(page, call) and not (command == "initialize" and effect_around(page, call))
        if name := command if dropped else _timed(page, call):
            written = page.vocabulary.written(name)
            instead = (
                f"try {{ await {written}(); }} catch (failure) {{ ... }}, or void {written}() where the error is shown"
            )
            yield Site(PageRule.UNHANDLED_COMMAND, call, f"nobody awaits {name} or catches its failure", instead)


def _timed(page: Page, call: Node) -> str:
    """The command that a timer calls, which looks at no promise."""
    given = page.meanings.of(arguments(call)[0]) if callee(call) in _TIMERS and arguments(call) else None
    return given.name if given is not None and given.sort is Sort.COMMAND else ""


def _dropped(page: Page, expression: Node) -> bool:
    """Whether the promise of the expression goes nowhere."""
    while (above := page.syntax.parent(expression)) is not None:
        if above.type == "expression_statement":
            return True
        if above.type == "variable_declarator":
            return _never_used(page, above)
        larger = _still_promise(page, expression, above)
        if larger is None:
            return False
        expression = larger
    return False


def _still_promise(page: Page, expression: Node, above: Node) -> Node | None:
    """The larger expression that fails as this one does, with nobody in between; None where somebody takes it."""
    match above.type:
        case "await_expression":
            return None
        case kind if kind in WRAPPERS or kind in ("sequence_expression", "array"):
            return above
        case "binary_expression":
            return above if field(above, "right") == expression else None
        case "ternary_expression":
            return above if field(above, "condition") != expression else None
        case "member_expression":
            chained = page.syntax.parent(above)
            return None if chained is None or chained.type != "call_expression" or _catches(chained) else chained
        case "arguments":
            combining = page.syntax.parent(above)
            return combining if combining is not None and _combines(combining) else None
    return None


def _catches(call: Node) -> bool:
    return callee(call) == "catch" or (callee(call) == "then" and len(arguments(call)) > 1)


def _combines(call: Node) -> bool:
    return text(field(call, "function")).startswith("Promise.") and callee(call) in _COMBINED


def _never_used(page: Page, declarator: Node) -> bool:
    """Whether the variable that keeps the promise is named nowhere else in its function."""
    name = field(declarator, "name")
    around = page.syntax.function_around(declarator) or page.syntax.root
    if name is None or name.type != "identifier":
        return False
    return sum(each.type == "identifier" and text(each) == text(name) for each in within(around)) == 1


def handed_to_events(page: Page) -> Iterator[Site]:
    """Commands as the handler itself, whatever they are called there; a toggle that chooses between a start and a stop,
    as the guide's own first example has it, is a note."""
    for node, handler in _handlers(page):
        commands = dict.fromkeys(_direct(page, handler))
        if not commands:
            continue
        starts = "startBroadcast" in commands
        written = page.vocabulary.written("startBroadcast" if starts else next(iter(commands)))
        harm = (
            "gets the event as its session id" if starts else "is called by the event, and nobody catches its failure"
        )
        what = f"{'startBroadcast' if starts else next(iter(commands))} {harm}"
        toggle = _is_toggle(page, handler)
        call = f"({_called_toggle(handler)})" if toggle else f"{written}()"
        instead = f"() => void {call}, or an async function that awaits it in try and catch"
        yield Site(PageRule.HANDLER_COMMAND, node, what, instead, note=toggle)


def _handlers(page: Page) -> Iterator[tuple[Node, Node]]:
    """Every handler of an event, with the attribute, property or call that sets it."""
    for element in page.elements:
        html = text(field(element, "name")).islower()
        for name, value in page.attributes(element).items():
            if value is not None and (_EVENT.fullmatch(name) or (html and _OF_THE_PAGE.fullmatch(name))):
                yield value, value
    for node in page.syntax.nodes:
        value = field(node, "value") if node.type == "pair" else None
        if value is not None and _EVENT.fullmatch(text(field(node, "key"))):
            yield node, value
    for call in page.calls:
        if callee(call) == "addEventListener" and len(arguments(call)) > 1:
            yield call, arguments(call)[1]


def _direct(page: Page, handler: Node) -> Iterator[str]:
    """The commands that the expression may be itself."""
    meant = page.meanings.of(handler)
    if meant is not None and meant.sort is Sort.COMMAND:
        yield meant.name
    elif handler.type == "ternary_expression":
        for branch in (field(handler, "consequence"), field(handler, "alternative")):
            if branch is not None:
                yield from _direct(page, branch)
    elif handler.type == "binary_expression" and operator(handler) in ("&&", "||", "??"):
        right = field(handler, "right")
        if right is not None:
            yield from _direct(page, right)
    elif handler.type in WRAPPERS and handler.named_children:
        yield from _direct(page, handler.named_children[0])


def _is_toggle(page: Page, handler: Node) -> bool:
    """Whether it chooses between stop and start, and nothing else."""
    while handler.type in WRAPPERS and handler.named_children:
        handler = handler.named_children[0]
    if handler.type != "ternary_expression":
        return False
    branches = [page.meanings.of(field(handler, name)) for name in ("consequence", "alternative")]
    return {each.name for each in branches if each is not None} == {"startBroadcast", "stopBroadcast"}


def _called_toggle(handler: Node) -> str:
    """The choice with calls in its branches."""
    while handler.type in WRAPPERS and handler.named_children:
        handler = handler.named_children[0]
    parts = (text(field(handler, name)) for name in ("condition", "consequence", "alternative"))
    return "{} ? {}() : {}()".format(*parts)
