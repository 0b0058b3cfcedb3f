"""What a file is made of: components, hooks, and functions that are neither."""

import re
from typing import NamedTuple

from tree_sitter import Node

from broadcast_orchestrator.properties.lint.reading.syntax import CLASSES, FUNCTIONS, Syntax, field, text, within

HOOK = re.compile(r"use[A-Z0-9]")
_JSX = ("jsx_element", "jsx_self_closing_element", "jsx_fragment")


class Unit(NamedTuple):
    """A component, hook or function at the top of its file, or what stands there outside of any; `node` holds it."""

    name: str
    node: Node
    component: bool

    @property
    def hook(self) -> bool:
        """Whether it is a hook by its name."""
        return HOOK.match(self.name) is not None


class Units:
    """The units of a file; `stem` names what has no name, and what stands outside."""

    def __init__(self, syntax: Syntax, stem: str) -> None:
        self._syntax, self._stem = syntax, stem
        self._outside = Unit(stem, syntax.root, component=False)
        self._known: dict[int, Unit] = {}

    def of(self, node: Node) -> Unit:
        """The unit that the node belongs to."""
        top, declarator = node, None
        for above in self._syntax.ancestors(node):
            if above.type == "program":
                break
            if above.type == "variable_declarator":
                declarator = above
            top = above
        return self._unit(_statement(top), declarator)

    def _unit(self, statement: Node, declarator: Node | None) -> Unit:
        whole = declarator if declarator is not None and statement.type == "lexical_declaration" else statement
        if whole.id not in self._known:
            self._known[whole.id] = self._made(whole)
        return self._known[whole.id]

    def _made(self, whole: Node) -> Unit:
        inside = list(within(whole))
        if not any(each.type in FUNCTIONS or each.type in CLASSES for each in inside) or whole.type == "program":
            return self._outside
        if whole.type in ("expression_statement", "if_statement", "import_statement"):
            return self._outside
        name = text(field(whole, "name")) or self._anonymous(inside)
        drawn = any(each.type in _JSX for each in inside)
        is_component = not HOOK.match(name) and (drawn or "Component" in text(_heritage(whole)))
        return Unit(name, whole, component=is_component)

    def _anonymous(self, inside: list[Node]) -> str:
        """The name of a function that is wrapped or exported without a declaration, else the file's."""
        first = next(each for each in inside if each.type in FUNCTIONS or each.type in CLASSES)
        return text(field(first, "name")) or self._stem


def _statement(top: Node) -> Node:
    """The declaration in an export, or what is exported."""
    if top.type != "export_statement":
        return top
    return field(top, "declaration") or field(top, "value") or top


def _heritage(whole: Node) -> Node | None:
    return next((each for each in whole.named_children if each.type == "class_heritage"), None)
