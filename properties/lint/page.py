"""One file that was read: its tree, what its expressions mean, its units, and what rules ask about them."""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from tree_sitter import Node

from broadcast_orchestrator.properties.lint.catalogue import PageRule
from broadcast_orchestrator.properties.lint.reading.meaning import Meanings, Meant, Sort
from broadcast_orchestrator.properties.lint.reading.scopes import Scopes
from broadcast_orchestrator.properties.lint.reading.syntax import FUNCTIONS, Syntax, field, text, within
from broadcast_orchestrator.properties.lint.reading.units import Unit, Units
from broadcast_orchestrator.properties.lint.reading.vocabulary import Vocabulary

EXPRESSIONS = frozenset(("identifier", "shorthand_property_identifier", "member_expression", "subscript_expression"))
"""The nodes that may name something."""

PATTERNS = frozenset(("array_pattern", "pair_pattern", "rest_pattern", "import_clause", "import_specifier"))
_DECLARING = {
    "variable_declarator": "name",
    "function_declaration": "name",
    "class_declaration": "name",
    "required_parameter": "pattern",
    "optional_parameter": "pattern",
    "arrow_function": "parameter",
}
"""The part of a declaration that is the new name."""

_OF_THE_BROADCAST = frozenset(Sort) - {Sort.MONITOR, Sort.MODULE, Sort.LITERAL, Sort.FUNCTION}
"""What an expression stands for where it has to do with the broadcast."""

ELEMENTS = frozenset(("jsx_opening_element", "jsx_self_closing_element"))
"""The nodes that have the name and the attributes of an element."""


class Site(NamedTuple):
    """One place where a rule is broken: what is wrong there in words, what to write `instead` ("" for the rule's own
    words), and whether it is a mere `note`, as the guide's own example does so."""

    rule: PageRule
    node: Node
    what: str
    instead: str = ""
    note: bool = False


class Page:
    """A file's source, understood. Raises `DoesNotParse`."""

    def __init__(self, source: bytes, stem: str, vocabulary: Vocabulary, *, tsx: bool) -> None:
        self.syntax = Syntax(source, tsx=tsx)
        self.scopes = Scopes(self.syntax)
        self.vocabulary = vocabulary
        self.meanings = Meanings(self.syntax, self.scopes, vocabulary)
        self.units = Units(self.syntax, stem)
        self.stem = stem

    @cached_property
    def meant(self) -> tuple[tuple[Node, Meant], ...]:
        """Every name and every part that means something, in the order of the text; not those in patterns."""
        for call in self.calls:
            self.meanings.of(call)  # so that a selector is known wherever it stands
        used = (node for node in self.syntax.nodes if node.type in EXPRESSIONS and not self._is_new(node))
        found = ((node, self.meanings.of(node)) for node in used)
        return tuple((node, meant) for node, meant in found if meant is not None)

    def _is_new(self, node: Node) -> bool:
        """Whether the name is being declared, not used."""
        above = self.syntax.parent(node)
        if above is None or above.type in PATTERNS:
            return True
        part = "left" if above.type.endswith("assignment_pattern") else _DECLARING.get(above.type)
        return part is not None and field(above, part) == node

    @cached_property
    def calls(self) -> tuple[Node, ...]:
        """Every call, in the order of the text."""
        return tuple(node for node in self.syntax.nodes if node.type == "call_expression")

    def command_of(self, call: Node) -> str:
        """The command that is given by a call; "" for any other call."""
        meant = self.meanings.of(field(call, "function"))
        return meant.name if meant is not None and meant.sort is Sort.COMMAND else ""

    @cached_property
    def concerned_units(self) -> tuple[Unit, ...]:
        """The units that have to do with the broadcast, in the order of the text."""
        found = (self.unit(node) for node, meant in self.meant if meant.sort in _OF_THE_BROADCAST)
        return tuple({unit.node.id: unit for unit in found}.values())

    def concerned(self, unit: Unit) -> bool:
        """Whether the unit has to do with the broadcast."""
        return any(each.node == unit.node for each in self.concerned_units)

    def unit(self, node: Node) -> Unit:
        """The component, hook or function that the node belongs to."""
        return self.units.of(node)

    def reached(self, expression: Node) -> tuple[Node, ...]:
        """The expression, and the functions of this file that it names, with those that they name."""
        found: dict[int, Node] = {}
        waiting = [expression]
        while waiting:
            node = waiting.pop()
            if node.id in found:
                continue
            found[node.id] = node
            waiting.extend(filter(None, map(self._function, within(node))))
        return tuple(found.values())

    def _function(self, node: Node) -> Node | None:
        if node.type == "member_expression" and text(field(node, "object")) == "this":
            return self._member_of_class(node)
        if node.type not in ("identifier", "shorthand_property_identifier"):
            return None
        meant = self.meanings.of(node)
        return meant.node if meant is not None and meant.sort is Sort.FUNCTION else None

    def _member_of_class(self, node: Node) -> Node | None:
        """The method or function that `this` has under the name."""
        body = next((each for each in self.syntax.ancestors(node) if each.type == "class_body"), None)
        wanted = text(field(node, "property"))
        for member in [] if body is None else body.named_children:
            if text(field(member, "name")) == wanted:
                value = field(member, "value")
                return member if member.type == "method_definition" else value
        return None

    def answers(self, expression: Node) -> frozenset[str]:
        """What the expression asks of the orchestrator, also by names that were computed from it before."""
        return frozenset(meant.name for meant in self._told(expression) if meant.sort in (Sort.ANSWER, Sort.QUERY))

    def _told(self, expression: Node) -> Iterator[Meant]:
        for node in self.origins(expression):
            meant = self.meanings.of(node)
            if meant is not None:
                yield meant

    def origins(self, expression: Node) -> Iterator[Node]:
        """Every expression that this one is computed from, through the variables of the file, itself first."""
        seen: set[int] = set()
        waiting = [expression]
        while waiting:
            for node in within(waiting.pop()):
                if node.id in seen:
                    continue
                seen.add(node.id)
                yield node
                if node.type in ("identifier", "shorthand_property_identifier") and not self._known(node):
                    declared = self.scopes.declaration(node)
                    if declared is not None and declared.kind in ("variable", "function") and declared.node is not None:
                        waiting.append(declared.node)

    def _known(self, name: Node) -> bool:
        """Whether the name is one of the orchestrator's or a store's, and not computed from anything."""
        meant = self.meanings.of(name)
        return meant is not None and meant.sort not in (Sort.FUNCTION, Sort.LITERAL)

    def attributes(self, element: Node) -> dict[str, Node | None]:
        """The attributes of an opening or self-closing element, each with its value; "..." stands for a spread."""
        found: dict[str, Node | None] = {}
        for part in element.named_children:
            if part.type == "jsx_attribute":
                name, *value = (each for each in part.named_children if each.type != "comment")
                found[text(name)] = _inside(value[0]) if value else None
            elif part.type == "jsx_expression" and any(each.type == "spread_element" for each in part.named_children):
                found["..."] = part
        return found

    @cached_property
    def elements(self) -> tuple[Node, ...]:
        """Every element of JSX: its opening tag, or all of it where it closes itself."""
        return tuple(node for node in self.syntax.nodes if node.type in ELEMENTS)

    def functions_around(self, node: Node) -> Iterator[Node]:
        """The functions that the node is in, from inside out."""
        return (each for each in self.syntax.ancestors(node) if each.type in FUNCTIONS)


def _inside(value: Node) -> Node | None:
    """The expression in the braces of an attribute."""
    if value.type != "jsx_expression":
        return value
    return next((each for each in value.named_children if each.type != "comment"), None)
