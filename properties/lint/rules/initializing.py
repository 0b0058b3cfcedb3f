"""Where a page initializes the orchestrator, and how often (QS-1)."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from broadcast_orchestrator.properties.lint.catalogue import PageRule
from broadcast_orchestrator.properties.lint.page import ELEMENTS, Page, Site
from broadcast_orchestrator.properties.lint.reading.syntax import callee, field, text, within
from broadcast_orchestrator.properties.lint.reading.units import Unit
from broadcast_orchestrator.properties.lint.rules.effects import changing, effect_around, once

_STAYS = r"(layout|providers?|app|root|shell|main|dashboard|template|bootstrap|initializer)$"
_TOP = (re.compile(rf"(^|[-_.]){_STAYS}"), re.compile(rf"(^|[a-z0-9])(?=[A-Z])(?i:{_STAYS})"))
"""A name that says, by its last word, that the component stays while others come and go."""
_OUTLETS = ("Outlet", "Slot", "RouterProvider")


def initializing_hooks(page: Page) -> Iterator[str]:
    """The hooks of this file that initialize the orchestrator for whoever uses them."""
    for call in page.calls:
        if page.command_of(call) == "initialize" and page.unit(call).hook:
            yield page.unit(call).name


def places(page: Page, hooks: frozenset[str]) -> Iterator[Site]:
    """Components that initialize, themselves or by one of these `hooks`, and hold no page."""
    for call in page.calls:
        unit = page.unit(call)
        by = callee(call) if callee(call) in hooks else ""
        if unit.component and (by or page.command_of(call) == "initialize") and not top_level(page, unit):
            what = f"{unit.name} initializes{f' by {by}' if by else ''}, and is no layout"
            yield Site(PageRule.INITIALIZE_PLACE, call, what)


def top_level(page: Page, unit: Unit) -> bool:
    """Whether the component is one that stays: by its name or its file's, or as it shows what it is given to hold."""
    names = (unit.name, page.stem)
    if any(top.search(name) for name in names for top in _TOP) or any(
        name in page.vocabulary.top_level for name in names
    ):
        return True
    return any(_holds(page, each) for each in within(unit.node))


def _holds(page: Page, node: Node) -> bool:
    if node.type == "jsx_expression":
        return any(text(each) in ("children", "props.children", "this.props.children") for each in node.named_children)
    return node.type in ELEMENTS and text(field(node, "name")) in _OUTLETS


def again(page: Page) -> Iterator[Site]:
    """Calls of initialize in an effect that runs more than once."""
    for call in page.calls:
        effect = effect_around(page, call) if page.command_of(call) == "initialize" else None
        if effect is not None and not once(page, effect) and (why := changing(page, effect)):
            yield Site(PageRule.INITIALIZE_AGAIN, call, f"initialize is called again at {why}")
