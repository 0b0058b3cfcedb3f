"""Buttons that start or stop a broadcast, and whether the orchestrator was asked if they may (BP-3, EX-1, EX-2)."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from broadcast_orchestrator.properties.lint.catalogue import PageRule
from broadcast_orchestrator.properties.lint.guards import guards
from broadcast_orchestrator.properties.lint.page import ELEMENTS, EXPRESSIONS, Page, Site
from broadcast_orchestrator.properties.lint.reading.meaning import Sort
from broadcast_orchestrator.properties.lint.reading.syntax import callee, field, text, within

_PRESSED = re.compile(
    r"on(Click|Press|Tap|Submit|Toggle|CheckedChange|PointerDown|PointerUp|MouseDown|MouseUp|TouchEnd)$"
)
_BLOCKED = (
    "disabled",
    "aria-disabled",
    "isDisabled",
    "enabled",
    "isEnabled",
    "loading",
    "isLoading",
    "hidden",
    "inert",
)
_BUSY = ("useIsTransitioning", "isTransitioning", "useBroadcastState", "state", "useBroadcastSnapshot", "getSnapshot")
_ENOUGH = {
    "startBroadcast": ("useCanStartBroadcast", "canStartBroadcast", "validateTransition", *_BUSY),
    "stopBroadcast": ("useCanStopBroadcast", "canStopBroadcast", "useIsBroadcasting", "validateTransition", *_BUSY),
}
"""Any one of these answers tells whether the command can be given now."""
_HOOK = {"startBroadcast": "useCanStartBroadcast", "stopBroadcast": "useCanStopBroadcast"}


def unasked(page: Page) -> Iterator[Site]:
    """Elements that start or stop when they are pressed, and are never blocked by an answer of the orchestrator."""
    for element in page.elements:
        attributes = page.attributes(element)
        pressed = [value for name, value in attributes.items() if value is not None and _PRESSED.match(name)]
        reached = [part for value in pressed for part in page.reached(value)]
        missing = [name for name in commands(page, reached) if not _asked(page, name, element, attributes, reached)]
        if missing:
            ours = _HOOK[missing[0]]
            hook = next((theirs for theirs, known in page.vocabulary.hooks.items() if known == ours), ours)
            what = f"the button gives {' or '.join(missing)} and is enabled without asking whether that is possible"
            instead = f"const possible = {hook}(); and in the button disabled={{!possible}}"
            yield Site(PageRule.UNASKED_BUTTON, element, what, instead)


def commands(page: Page, reached: list[Node]) -> tuple[str, ...]:
    """The start and the stop, as far as these functions give them."""
    found = dict.fromkeys(
        meant.name
        for part in reached
        for node in within(part)
        if node.type in EXPRESSIONS and (meant := page.meanings.of(node)) is not None and meant.sort is Sort.COMMAND
    )
    return tuple(name for name in _ENOUGH if name in found)


def _asked(page: Page, name: str, element: Node, attributes: dict[str, Node | None], reached: list[Node]) -> bool:
    if "..." in attributes:
        return True
    blocked = [*_blocking(attributes), *(value for each in _around(page, element) for value in _blocking(each))]
    if _holds_blocked(page, element):
        return True
    conditions = [*blocked, *(guard.condition for guard in guards(page, element)), *reached]
    enough = _ENOUGH[name]
    if any(not page.answers(condition).isdisjoint(enough) for condition in conditions):
        return True
    return any(_from_outside(page, value) for value in blocked)


def _blocking(attributes: dict[str, Node | None]) -> list[Node]:
    return [value for key, value in attributes.items() if key in _BLOCKED and value is not None]


def _around(page: Page, element: Node) -> Iterator[dict[str, Node | None]]:
    """The attributes of the elements that the element is in: a fieldset blocks what it holds."""
    for above in page.syntax.ancestors(element):
        opening = field(above, "open_tag") if above.type == "jsx_element" else None
        if opening is not None and opening != element:
            yield page.attributes(opening)


def _holds_blocked(page: Page, element: Node) -> bool:
    """Whether it is a form, whose buttons are looked at instead."""
    if text(field(element, "name")) != "form":
        return False
    whole = page.syntax.parent(element)
    return whole is not None and any(
        "disabled" in page.attributes(each) for each in within(whole) if each.type in ELEMENTS
    )


def _from_outside(page: Page, value: Node) -> bool:
    """Whether what blocks the button comes from elsewhere (a property, a hook of the application's), which may ask."""
    return any(_unknown(page, node) for node in page.origins(value))


def _unknown(page: Page, node: Node) -> bool:
    if node.type == "member_expression" and text(field(node, "object")) == "this.props":
        return True
    if node.type == "call_expression":
        return callee(node) not in ("useState", "useReducer", "useRef", "useMemo", "useCallback", "Boolean") and (
            page.meanings.of(field(node, "function")) is None
        )
    if node.type != "identifier":
        return False
    declared = page.scopes.declaration(node)
    return declared is not None and declared.kind == "parameter"
