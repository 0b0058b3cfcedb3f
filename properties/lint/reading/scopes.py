"""Which declaration a name leads to."""

from typing import Literal, NamedTuple

from tree_sitter import Node

from broadcast_orchestrator.properties.lint.reading.syntax import FUNCTIONS, Syntax, field, literal, text

Step = str | int
"""How a pattern takes a part: by the name of a property, or by its place in an array; "..." is the rest."""


class Declared(NamedTuple):
    """A name's declaration: `node` is the initializer of a variable, the function of a parameter, the function or class
    itself; `path` is what a pattern takes of it. An import has its `module` and the name under which it is exported
    there ("default", "*" for all of it)."""

    kind: Literal["import", "variable", "parameter", "function", "other"]
    node: Node | None
    path: tuple[Step, ...] = ()
    module: str = ""
    exported: str = ""


_SCOPES = FUNCTIONS | frozenset(
    ("program", "statement_block", "for_statement", "for_in_statement", "catch_clause", "class_body", "switch_body")
)


class Scopes:
    """The declarations of a file, each in the block or function in which its name is known."""

    def __init__(self, syntax: Syntax) -> None:
        self._syntax = syntax
        self._known: dict[int, dict[str, Declared]] = {}
        self._around: dict[int, Node] = {}
        for node in syntax.nodes:
            above = syntax.parent(node)
            if above is not None:
                self._around[node.id] = above if above.type in _SCOPES else self._around[above.id]
        for node in syntax.nodes:
            self._declare(node)

    def declaration(self, name: Node) -> Declared | None:
        """What the name at this place was declared as; None where the file does not say."""
        wanted, scope = text(name), self._around.get(name.id)
        while scope is not None:
            if found := self._known.get(scope.id, {}).get(wanted):
                return found
            scope = self._around.get(scope.id)
        return None

    def _declare(self, node: Node) -> None:
        match node.type:
            case "variable_declarator":
                self._pattern(node, field(node, "name"), Declared("variable", field(node, "value")))
            case "required_parameter" | "optional_parameter":
                self._parameter(node)
            case "arrow_function" if (single := field(node, "parameter")) is not None:
                self._put(node, single, Declared("parameter", node, (0,)))
            case "function_declaration" | "generator_function_declaration":
                self._put(self._scope(node), field(node, "name"), Declared("function", node))
            case "class_declaration" | "catch_clause" | "enum_declaration":
                name = field(node, "name") or field(node, "parameter")
                self._put(node if node.type == "catch_clause" else self._scope(node), name, Declared("other", node))
            case "for_in_statement":
                self._pattern(node, field(node, "left"), Declared("other", node))
            case "import_statement":
                self._import(node)

    def _scope(self, node: Node) -> Node:
        return self._around.get(node.id, self._syntax.root)

    def _put(self, scope: Node, name: Node | None, declared: Declared) -> None:
        if name is not None:
            self._known.setdefault(scope.id, {}).setdefault(text(name), declared)

    def _parameter(self, node: Node) -> None:
        function = self._syntax.function_around(node)
        parameters = self._syntax.parent(node)
        if function is not None and parameters is not None:
            place = [each.id for each in parameters.named_children if each.type != "comment"].index(node.id)
            self._pattern(node, field(node, "pattern"), Declared("parameter", function, (place,)))

    def _pattern(self, node: Node, pattern: Node | None, declared: Declared) -> None:
        """Declare every name in a pattern, if there is one, with the way to its part."""
        if pattern is not None:
            self._names(node, pattern, declared)

    def _names(self, node: Node, pattern: Node, declared: Declared) -> None:
        match pattern.type:
            case "identifier" | "shorthand_property_identifier_pattern":
                step = () if pattern.type == "identifier" else (text(pattern),)
                self._put(self._scope_of(node, declared), pattern, declared._replace(path=declared.path + step))
            case "object_pattern":
                for part in pattern.named_children:
                    self._pattern(node, part, declared)
            case "pair_pattern":
                key, value = field(pattern, "key"), field(pattern, "value")
                name = (literal(key) or text(key)) if key is not None else ""
                self._pattern(node, value, declared._replace(path=(*declared.path, name)))
            case "assignment_pattern" | "object_assignment_pattern":
                self._pattern(node, field(pattern, "left"), declared)
            case "rest_pattern":
                self._pattern(node, pattern.named_children[0], declared)
            case "array_pattern":
                self._array(node, pattern, declared)

    def _array(self, node: Node, pattern: Node, declared: Declared) -> None:
        place = 0
        for part in pattern.children:
            if part.is_named:
                self._pattern(node, part, declared._replace(path=(*declared.path, place)))
            place += part.type == ","

    def _scope_of(self, node: Node, declared: Declared) -> Node:
        return declared.node if declared.kind == "parameter" and declared.node is not None else self._scope(node)

    def _import(self, node: Node) -> None:
        source = field(node, "source")
        module = "" if source is None else literal(source) or ""
        for clause in (each for each in node.named_children if each.type == "import_clause"):
            for part in clause.named_children:
                match part.type:
                    case "identifier":
                        self._imported(part, module, "default")
                    case "namespace_import":
                        self._imported(part.named_children[0], module, "*")
                    case "named_imports":
                        for each in (one for one in part.named_children if one.type == "import_specifier"):
                            name = field(each, "name")
                            self._imported(field(each, "alias") or name, module, text(name))

    def _imported(self, name: Node | None, module: str, exported: str) -> None:
        self._put(self._syntax.root, name, Declared("import", None, (), module, exported))
