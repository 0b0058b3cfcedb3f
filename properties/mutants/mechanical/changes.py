"""Every small change of a function's source: a comparison, a constant, a statement, a condition, an operand, a field.

The changes come in a fixed order, that of the syntax tree, so that each can be named by its number.
"""

import ast
import copy
from collections.abc import Iterator

OTHER_COMPARISON: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
"""What a comparison is changed to."""

ALIKE = (
    ("IDLE", "INITIALIZING", "READY", "STARTING", "LIVE", "STOPPING", "ERROR"),
    ("ATTEMPT", "DELAY", "FORWARD", "ROLLBACK", "SHUTDOWN_STEPS", "STOPPING_ALL", "CLEANING"),
    ("INITIALIZE", "START_BROADCAST", "STOP_BROADCAST", "EMERGENCY_STOP", "RECOVER", "CLEANUP"),
    ("LIMIT", "RETRY_DELAY", "DRAIN"),
    ("TIMED_OUT", "NOT_CONFIRMED", "REPORTED", "FAILED", "SUCCEEDED", "INTERRUPTED"),
    ("AWAITED", "GIVEN_UP", "VOID"),
    ("FINE", "TRIED", "RESIDUE"),
    ("HOST", "CONVEX"),
    ("initialization_timeout", "startup_timeout", "shutdown_timeout", "retry_delay"),
    ("enable_convex_sync", "enable_auto_recovery", "enable_state_validation"),
    ("failures", "notes", "earlier"),
    ("todo", "waiting", "issued"),
    ("initialized", "content"),
    ("operation", "session"),
    ("is_on_air", "is_residue", "is_uncertain"),
)
"""Names and fields that may stand for one another: each is changed to the next of its row."""

NEXT = {name: row[(at + 1) % len(row)] for row in ALIKE for at, name in enumerate(row)}

OTHER_TEXT = "something else"
"""What stands in place of a text."""


def changes(function: ast.FunctionDef) -> Iterator[ast.FunctionDef]:
    """The function with each of its changes, one at a time; its signature and docstring stay as they are."""
    number = 0
    while True:
        changer = _Changer(number)
        changed = copy.deepcopy(function)
        start = 1 if ast.get_docstring(changed) is not None else 0
        changed.body[start:] = changer.block(changed.body[start:])
        if not changer.done:
            return
        yield ast.fix_missing_locations(changed)
        number += 1


class _Changer(ast.NodeTransformer):
    """Makes the change of that number, the first being 0, and no other."""

    def __init__(self, number: int) -> None:
        self._left, self.done = number, False

    def _now(self) -> bool:
        """Whether the change that could be made here is the wanted one."""
        self._left -= 1
        self.done = self.done or self._left == -1
        return self._left == -1

    def block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """Statements one after the other: one is dropped, or two change places, or something within one changes."""
        for at in range(len(statements)):
            if not isinstance(statements[at], ast.Pass) and self._now():
                return [*statements[:at], ast.Pass(), *statements[at + 1 :]]
        for at in range(len(statements) - 1):
            if self._now():
                return [*statements[:at], statements[at + 1], statements[at], *statements[at + 2 :]]
        return [self.visit(each) for each in statements]

    def _condition(self, node: ast.If | ast.While | ast.IfExp) -> None:
        if self._now():
            node.test = ast.UnaryOp(ast.Not(), node.test)

    def visit_If(self, node: ast.If) -> ast.AST:
        """A condition, and two blocks."""
        self._condition(node)
        node.test = self.visit(node.test)
        node.body, node.orelse = self.block(node.body), self.block(node.orelse)
        return node

    def visit_While(self, node: ast.While) -> ast.AST:
        """A condition and a block."""
        node.test, node.body = self.visit(node.test), self.block(node.body)
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        """What is gone through, and a block."""
        node.iter, node.body = self.visit(node.iter), self.block(node.body)
        return node

    def visit_Match(self, node: ast.Match) -> ast.AST:
        """A block a case; what a case is about stays."""
        for case in node.cases:
            case.body = self.block(case.body)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """A condition inside an expression."""
        self._condition(node)
        return self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """What is gone through, with its conditions: one of them is dropped."""
        for at in range(len(node.ifs)):
            if self._now():
                del node.ifs[at]
                return node
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Another comparison."""
        for at, operator in enumerate(node.ops):
            if self._now():
                node.ops[at] = OTHER_COMPARISON[type(operator)]()
        return self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """And for or, or for and; or one of the parts is left out."""
        if self._now():
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        for at in range(len(node.values)):
            if self._now():
                rest = [*node.values[:at], *node.values[at + 1 :]]
                return rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        return self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """A negation is dropped."""
        if isinstance(node.op, ast.Not) and self._now():
            return node.operand
        return self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """One of two operands is left out."""
        if self._now():
            return node.left
        return self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        """An element is left out."""
        if isinstance(node.ctx, ast.Load):
            for at in range(len(node.elts)):
                if self._now():
                    del node.elts[at]
                    return node
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A keyword argument is left out."""
        for at in range(len(node.keywords)):
            if self._now():
                del node.keywords[at]
                return node
        return self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """A text with values in it becomes another text."""
        return ast.Constant(OTHER_TEXT) if self._now() else node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Another truth value, the next number, another text."""
        if isinstance(node.value, bool | int | str) and self._now():
            value = node.value
            other = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else OTHER_TEXT
            return ast.Constant(other)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Another of its kind."""
        if isinstance(node.ctx, ast.Load) and node.id in NEXT and self._now():
            return ast.Name(NEXT[node.id], node.ctx)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Another field of the record, or another function of its kind."""
        if node.attr in NEXT and self._now():
            return ast.Attribute(node.value, NEXT[node.attr], node.ctx)
        return self.generic_visit(node)
