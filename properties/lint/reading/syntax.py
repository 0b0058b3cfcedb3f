"""A file as its syntax tree, with what a tree of tree-sitter does not have at hand: parents, and nodes in order."""

from collections.abc import Iterator
from functools import cache

import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

from broadcast_orchestrator.properties.lint.reading.grammar_gaps import doubtful, respelled

FUNCTIONS = frozenset(
    ("arrow_function", "function_expression", "function_declaration", "method_definition", "generator_function")
)
CLASSES = frozenset(("class_declaration", "class", "abstract_class_declaration"))
WRAPPERS = frozenset(
    ("parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression", "await_expression")
)
"""Around an expression, and of no weight for what it is."""


class DoesNotParse(ValueError):
    """The text is no TypeScript, as far as the grammar knows it; `line` is where the first mistake is."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} does not parse")
        self.line = line


class Syntax:
    """The tree of one file. Raises `DoesNotParse`."""

    def __init__(self, source: bytes, *, tsx: bool) -> None:
        self.lines = source.decode().split("\n")
        self.root = _parsed(source, _language(tsx=tsx))
        self.nodes: list[Node] = []
        self._parents: dict[int, Node] = {}
        self._follow()

    def _follow(self) -> None:
        """All named nodes in the order of the text, without recursion: an expression may be thousands deep."""
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            if node.type == "ERROR" or node.is_missing:
                raise DoesNotParse(node.start_point.row + 1)
            if node.is_named:
                self.nodes.append(node)
            children = node.children
            for child in children:
                self._parents[child.id] = node
            waiting.extend(reversed(children))

    def parent(self, node: Node) -> Node | None:
        """What the node is directly in; None for the whole file."""
        return self._parents.get(node.id)

    def ancestors(self, node: Node) -> Iterator[Node]:
        """What the node is in, from inside out."""
        above = self.parent(node)
        while above is not None:
            yield above
            above = self.parent(above)

    def outside_wrappers(self, node: Node) -> Node:
        """The outermost node that is this expression still: parentheses and assertions of types around it."""
        above = self.parent(node)
        while above is not None and above.type in WRAPPERS and above.type != "await_expression":
            node, above = above, self.parent(above)
        return node

    def function_around(self, node: Node) -> Node | None:
        """The innermost function that the node is in."""
        return next((each for each in self.ancestors(node) if each.type in FUNCTIONS), None)


def _parsed(source: bytes, language: Language) -> Node:
    """The tree of the text; where that has mistakes, the tree of another spelling of it that has none."""
    parser = Parser(language)
    root = parser.parse(source).root_node
    if not root.has_error:
        return root
    spelled = respelled(source)
    best = parser.parse(spelled).root_node
    for start, words in doubtful(spelled):
        if not best.has_error:
            break
        trial = spelled[:start] + words + spelled[start + len(words) :]
        tree = parser.parse(trial).root_node
        if _mistakes(tree) < _mistakes(best):
            best, spelled = tree, trial
    return root if best.has_error else best


def _mistakes(root: Node) -> int:
    return sum(node.type == "ERROR" or node.is_missing for node in _all(root)) if root.has_error else 0


def _all(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(each for each in node.children if each.has_error or each.is_missing)


@cache
def _language(*, tsx: bool) -> Language:
    return Language(tree_sitter_typescript.language_tsx() if tsx else tree_sitter_typescript.language_typescript())


def text(node: Node | None) -> str:
    """What is written there; "" for nothing."""
    return "" if node is None or node.text is None else node.text.decode()


def line(node: Node) -> int:
    """The number of the line on which the node begins, from 1."""
    return node.start_point.row + 1


def column(node: Node, code: str) -> int:
    """The place in its line of `code` at which the node begins, in characters from 1; the tree counts bytes."""
    return len(code.encode()[: node.start_point.column].decode()) + 1


def within(node: Node) -> Iterator[Node]:
    """The node and everything named in it, in the order of the text."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(reversed(each.named_children))


def unwrapped(node: Node) -> Node:
    """The expression without parentheses, assertions of types and await around it."""
    while node.type in WRAPPERS and node.named_children:
        node = node.named_children[0]
    return node


def arguments(call: Node) -> list[Node]:
    """What a call is given."""
    given = call.child_by_field_name("arguments")
    return [] if given is None else [each for each in given.named_children if each.type != "comment"]


def callee(call: Node) -> str:
    """The last name of what is called: useMemo for React.useMemo."""
    return text(call.child_by_field_name("function")).rpartition(".")[2].partition("<")[0]


def operator(node: Node) -> str:
    """The sign of a binary or unary expression."""
    return text(node.child_by_field_name("operator"))


def field(node: Node, name: str) -> Node | None:
    """The part of the node that has this role."""
    return node.child_by_field_name(name)


def literal(node: Node) -> str | None:
    """The text of a string that is written out; None for anything else."""
    if node.type == "string":
        return "".join(text(part) for part in node.named_children)
    if node.type == "template_string" and not node.named_children:
        return text(node)[1:-1]
    return None
