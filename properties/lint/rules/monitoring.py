"""The state monitor, which is for development alone (MO-1)."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tree_sitter import Node

from broadcast_orchestrator.properties.lint.catalogue import PageRule
from broadcast_orchestrator.properties.lint.guards import guards
from broadcast_orchestrator.properties.lint.page import Page, Site
from broadcast_orchestrator.properties.lint.reading.meaning import Sort
from broadcast_orchestrator.properties.lint.reading.syntax import (
    arguments,
    callee,
    field,
    literal,
    operator,
    text,
    within,
)
from broadcast_orchestrator.properties.lint.reading.syntax import unwrapped as plain

_MODE = ("process.env.NODE_ENV", "import.meta.env.MODE", "process.env.APP_ENV", "process.env.NEXT_PUBLIC_APP_ENV")
_DEVELOPING = re.compile(
    r"(?i)^(is_?)?(dev|debug|development|local)(elop(ment|ing))?(_?(mode|only|env))?$|__DEV__|\.DEV$"
)
_PRODUCTION = re.compile(r"(?i)^(is_?)?prod(uction)?$|\.PROD$")


class Shown(NamedTuple):
    """That a component's element is in the code, and whether a condition keeps it to development."""

    name: str
    kept: bool


def shown(page: Page) -> Iterator[Shown]:
    """Every element of a component, in the order of the text."""
    for element in page.elements:
        name = text(field(element, "name"))
        if name[:1].isupper():
            yield Shown(name, kept=_kept_to_development(page, element))


def shipped(page: Page, everywhere: Iterable[Shown]) -> Iterator[Site]:
    """Monitors that are shown in production, too: no condition around them says development, nor around every use of
    the component that they are in."""
    uses: dict[str, list[bool]] = {}
    for each in everywhere:
        uses.setdefault(each.name, []).append(each.kept)
    for element in page.elements:
        if _is_monitor(page, element) and not _kept_to_development(page, element):
            around = uses.get(page.unit(element).name)
            if not around or not all(around):
                yield Site(PageRule.MONITOR_SHIPPED, element, "the state monitor is shown in production, too")


def _is_monitor(page: Page, element: Node) -> bool:
    name = field(element, "name")
    meant = page.meanings.of(name)
    if meant is not None:
        return meant.sort is Sort.MONITOR
    declared = None if name is None else page.scopes.declaration(name)
    return declared is not None and declared.kind == "variable" and _loads_monitor(page, declared.node)


def _loads_monitor(page: Page, value: Node | None) -> bool:
    """Whether the variable is the monitor, loaded when it is first shown."""
    if value is None or value.type != "call_expression" or callee(value) not in ("lazy", "dynamic", "loadable"):
        return False
    modules = (literal(each) or "" for call in within(value) for each in _imports(call))
    return any(module.rpartition("/")[2].partition(".")[0] in page.vocabulary.monitors for module in modules)


def _imports(node: Node) -> list[Node]:
    return arguments(node) if node.type == "call_expression" and callee(node) == "import" else []


def _kept_to_development(page: Page, place: Node) -> bool:
    """Whether some condition on the way is false in production."""
    return any(in_production(page, guard.condition) is (not guard.wanted) for guard in guards(page, place))


def in_production(page: Page, condition: Node) -> bool | None:
    """What the condition is in production; None where that is not known."""
    condition = plain(condition)
    match condition.type:
        case "true" | "false":
            return condition.type == "true"
        case "unary_expression" if operator(condition) == "!":
            inner = field(condition, "argument")
            value = None if inner is None else in_production(page, inner)
            return None if value is None else not value
        case "binary_expression":
            return _compared(page, condition)
        case "identifier" | "member_expression" | "call_expression":
            return _named(page, condition)
    return None


def _compared(page: Page, condition: Node) -> bool | None:
    left, right, sign = field(condition, "left"), field(condition, "right"), operator(condition)
    if left is None or right is None:
        return None
    if sign in ("&&", "||"):
        values = (in_production(page, left), in_production(page, right))
        if (decisive := sign == "||") in values:
            return decisive
        return None if None in values else not decisive
    if sign in ("===", "==", "!==", "!="):
        modes = [_mode(page, each) for each in (left, right)]
        return None if None in modes else (modes[0] == modes[1]) is (sign in ("===", "=="))
    return None


def _mode(page: Page, node: Node) -> str | None:
    """The text that is compared, with production for the mode of the build."""
    if text(node) in _MODE:
        return "production"
    value = _value(page, node)
    return literal(node) if value is None else _mode(page, value)


def _value(page: Page, node: Node) -> Node | None:
    """What a variable of the file is; None for what is no variable, or is another one."""
    declared = page.scopes.declaration(node) if node.type == "identifier" else None
    if declared is None or declared.kind != "variable" or declared.path or declared.node is None:
        return None
    return None if declared.node.type == "identifier" else declared.node


def _named(page: Page, node: Node) -> bool | None:
    name, value = text(node), _value(page, node)
    if value is not None and (known := in_production(page, value)) is not None:
        return known
    last = name.removesuffix("()").rpartition(".")[2]
    if _DEVELOPING.search(name) or _DEVELOPING.search(last):
        return False
    return True if _PRODUCTION.search(name) or _PRODUCTION.search(last) else None
