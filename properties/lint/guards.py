"""What has to be so for a place in the code to be reached: the conditions around it, and the returns before it."""

from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from broadcast_orchestrator.properties.lint.page import Page
from broadcast_orchestrator.properties.lint.reading.syntax import field, operator, within


class Guard(NamedTuple):
    """The `condition` must be true, or false, for the place to be reached."""

    condition: Node
    wanted: bool


def guards(page: Page, place: Node) -> Iterator[Guard]:
    """Every condition on the way to the place, from inside out."""
    inner = place
    for outer in page.syntax.ancestors(place):
        yield from _of(outer, inner)
        inner = outer


def _of(outer: Node, inner: Node) -> Iterator[Guard]:
    match outer.type:
        case "binary_expression" if field(outer, "right") == inner and operator(outer) in ("&&", "||"):
            left = field(outer, "left")
            if left is not None:
                yield Guard(left, wanted=operator(outer) == "&&")
        case "ternary_expression" | "if_statement":
            condition = field(outer, "condition")
            if condition is not None and condition != inner:
                yield Guard(condition, wanted=field(outer, "consequence") == inner)
        case "switch_statement":
            value = field(outer, "value")
            if value is not None:
                yield Guard(value, wanted=True)
        case "statement_block" | "program":
            yield from _left_before(outer, inner)


def _left_before(block: Node, place: Node) -> Iterator[Guard]:
    """The conditions under which the block was left before the place."""
    for statement in block.named_children:
        if statement.start_byte >= place.start_byte:
            return
        if statement.type == "if_statement" and (then := field(statement, "consequence")) is not None and _leaves(then):
            condition = field(statement, "condition")
            if condition is not None:
                yield Guard(condition, wanted=False)


def _leaves(branch: Node) -> bool:
    last = branch.named_children[-1] if branch.type == "statement_block" and branch.named_children else branch
    return any(each.type in ("return_statement", "throw_statement") for each in (last, *within(last)))
