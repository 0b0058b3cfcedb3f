"""What an expression stands for: a store, an operation of it, a command, an answer of the orchestrator.

Names are followed through imports, renaming, destructuring, selectors, memoizing hooks and functions of the same file.
What cannot be followed means nothing, so that nobody is blamed for it.
"""

from enum import StrEnum
from typing import NamedTuple

from tree_sitter import Node

from broadcast_orchestrator.properties.lint.reading.scopes import Declared, Scopes, Step
from broadcast_orchestrator.properties.lint.reading.syntax import (
    FUNCTIONS,
    WRAPPERS,
    Syntax,
    arguments,
    callee,
    field,
    literal,
    text,
    unwrapped,
    within,
)
from broadcast_orchestrator.properties.lint.reading.vocabulary import FIELDS, Vocabulary


class Sort(StrEnum):
    """What sort of thing an expression is."""

    STORE = "store"
    SERVICE = "state of a store"
    OPERATION = "operation"
    FLAG = "flag"
    KEPT = "field that is the orchestrator's to change"
    ORCHESTRATOR_STORE = "orchestrator's store"
    ORCHESTRATOR = "orchestrator"
    COMMAND = "command"
    QUERY = "query"
    HOOK = "hook"
    ANSWER = "answer"
    MONITOR = "monitor"
    SELECTORS = "selectors of a store"
    MODULE = "module"
    LITERAL = "object or array"
    FUNCTION = "function"


class Meant(NamedTuple):
    """What an expression stands for: `name` is ours ("host.start", "startBroadcast"); `node` is the function, object or
    array itself."""

    sort: Sort
    name: str = ""
    node: Node | None = None


OURS = frozenset((Sort.STORE, Sort.ORCHESTRATOR_STORE))
DEEPEST = 100
"""How far a meaning is followed; a longer chain of calls is no store's."""
_TRANSPARENT = ("useShallow", "useCallback", "useEvent", "useEffectEvent", "useStableCallback")
"""Calls that give back the function that they are given."""


class Meanings:
    """The meanings of one file's expressions."""

    def __init__(self, syntax: Syntax, scopes: Scopes, vocabulary: Vocabulary) -> None:
        self._syntax, self._scopes, self._words = syntax, scopes, vocabulary
        self._known: dict[int, Meant | None] = {}
        self._given: dict[int, Meant] = {}
        self._depth = 0

    def of(self, node: Node | None) -> Meant | None:
        """What the expression stands for, if that is known; a name that leads back to itself means nothing."""
        if node is None:
            return None
        if node.id not in self._known:
            self._known[node.id] = None
            self._depth += 1
            self._known[node.id] = self._of(node) if self._depth < DEEPEST else None
            self._depth -= 1
        return self._known[node.id]

    def _of(self, node: Node) -> Meant | None:
        match node.type:
            case "identifier" | "shorthand_property_identifier":
                declared = self._scopes.declaration(node)
                return self.named(text(node)) if declared is None else self._declared(declared)
            case "member_expression":
                return self._part(self.of(field(node, "object")), text(field(node, "property")))
            case "subscript_expression":
                index = field(node, "index")
                name = None if index is None else literal(index)
                return None if name is None else self._part(self.of(field(node, "object")), name)
            case "call_expression":
                return self._called(node)
            case "object" | "array":
                return Meant(Sort.LITERAL, node=node)
            case kind if kind in FUNCTIONS:
                return Meant(Sort.FUNCTION, node=node)
            case kind if kind in WRAPPERS:
                return self.of(unwrapped(node))
        return None

    # -- Names ------------------------------------------------------------------------------------

    def named(self, name: str, module: str = "") -> Meant | None:
        """What a name of the application's stands for, imported from `module` or just there."""
        words = self._words
        service = words.stores.get(f"{_stem(module)}#{name}") or words.stores.get(name)
        if service is not None:
            return Meant(Sort.STORE, service)
        if name in words.orchestrators:
            return Meant(Sort.ORCHESTRATOR_STORE, name)
        if name in words.hooks:
            return Meant(Sort.HOOK, words.hooks[name])
        if name in words.monitors:
            return Meant(Sort.MONITOR, name)
        if "orchestrator" in module.lower() and name in words.commands:
            return Meant(Sort.COMMAND, words.commands[name])
        if "orchestrator" in module.lower() and name in words.queries:
            return Meant(Sort.QUERY, words.queries[name])
        return None

    def _declared(self, declared: Declared) -> Meant | None:
        if declared.kind == "import":
            return self._imported(declared)
        if declared.kind == "function":
            return Meant(Sort.FUNCTION, node=declared.node)
        if declared.kind == "parameter" and declared.node is not None:
            return self._along(self._given_to(declared.node), declared.path[1:]) if declared.path[0] == 0 else None
        return self._along(self.of(declared.node), declared.path) if declared.kind == "variable" else None

    def _imported(self, declared: Declared) -> Meant | None:
        if declared.exported == "*":
            return Meant(Sort.MODULE, declared.module)
        if declared.exported != "default":
            return self.named(declared.exported, declared.module)
        stem = _stem(declared.module)
        hook = f"use{stem[:1].upper()}{stem[1:]}"
        return self.named("default", declared.module) or self.named(stem) or self.named(hook)

    def _along(self, meant: Meant | None, path: tuple[Step, ...]) -> Meant | None:
        for step in path:
            meant = self._part(meant, step)
        return meant

    # -- Parts ------------------------------------------------------------------------------------

    def _part(self, whole: Meant | None, step: Step) -> Meant | None:
        """What a property, or a place in an array, of something is."""
        if whole is None:
            return None
        match whole.sort:
            case Sort.LITERAL:
                return self._part_of_literal(whole, step)
            case Sort.ANSWER:
                return whole
            case Sort.MODULE:
                return self.named(str(step), whole.name)
            case Sort.STORE | Sort.SERVICE:
                return self._of_service(whole, str(step))
            case Sort.ORCHESTRATOR_STORE | Sort.ORCHESTRATOR:
                return self._of_orchestrator(whole, str(step))
        return None

    def _part_of_literal(self, whole: Meant, step: Step) -> Meant | None:
        assert whole.node is not None
        parts = [each for each in whole.node.named_children if each.type != "comment"]
        if isinstance(step, int):
            return self.of(parts[step]) if step < len(parts) and whole.node.type == "array" else None
        for part in parts:
            key = field(part, "key")
            if part.type == "pair" and key is not None and (literal(key) or text(key)) == step:
                return self.of(field(part, "value"))
            if part.type == "shorthand_property_identifier" and text(part) == step:
                return self.of(part)
        return None

    def _of_service(self, whole: Meant, name: str) -> Meant | None:
        if name == "use":
            return Meant(Sort.SELECTORS, whole.name)
        if name in ("actions", "state"):
            return Meant(Sort.SERVICE, whole.name)
        for sort, names in (
            (Sort.OPERATION, self._words.operations),
            (Sort.FLAG, self._words.flags),
            (Sort.KEPT, self._words.kept),
        ):
            if name in names.get(whole.name, ()):
                return Meant(sort, f"{whole.name}.{name}")
        return None

    def _of_orchestrator(self, whole: Meant, name: str) -> Meant | None:
        if name == "actions":
            return Meant(Sort.ORCHESTRATOR, whole.name)
        if name in self._words.commands:
            return Meant(Sort.COMMAND, self._words.commands[name])
        if name in self._words.queries:
            return Meant(Sort.QUERY, self._words.queries[name])
        return Meant(Sort.ANSWER, name) if name in FIELDS else None

    # -- Calls ------------------------------------------------------------------------------------

    def _called(self, call: Node) -> Meant | None:
        function, given = field(call, "function"), arguments(call)
        if function is None:
            return None
        name = callee(call)
        if name in _TRANSPARENT and given:
            return self.of(given[0])
        if name == "useMemo" and given:
            return self._result(self.of(given[0]))
        if name == "useStore" and given and (store := self.of(given[0])) is not None and store.sort in OURS:
            return self._selected(store, given[1:])
        if name in ("require", "import") and given:
            return Meant(Sort.MODULE, literal(given[0]) or "")
        return self._call_of(function, given)

    def _call_of(self, function: Node, given: list[Node]) -> Meant | None:
        if function.type == "member_expression":
            owner, name = self.of(field(function, "object")), text(field(function, "property"))
            if owner is not None and owner.sort in OURS and name in ("getState", "getInitialState"):
                return self._state(owner)
            if owner is not None and owner.sort is Sort.SELECTORS:
                return self._of_service(owner, name)
        called = self.of(function)
        if called is None:
            return None
        if called.sort in OURS:
            return self._selected(called, given)
        if called.sort in (Sort.HOOK, Sort.QUERY):
            return Meant(Sort.ANSWER, called.name)
        return self._result(called)

    def _state(self, store: Meant) -> Meant:
        return Meant(Sort.SERVICE if store.sort is Sort.STORE else Sort.ORCHESTRATOR, store.name)

    def _selected(self, store: Meant, given: list[Node]) -> Meant | None:
        """What a store's hook gives back: the whole state, or what the selector takes of it."""
        state = self._state(store)
        selector = self.of(given[0]) if given else None
        if not given:
            return state
        if selector is None or selector.node is None:
            return None
        self._give(selector.node, state)
        return self._result(selector)

    def _give(self, function: Node, state: Meant) -> None:
        """From now on the function's first parameter is known to be this state."""
        if self._given.get(function.id) != state:
            self._given[function.id] = state
            for node in within(function):
                self._known.pop(node.id, None)

    def is_selector(self, function: Node) -> bool:
        """Whether the function is given the state of a store."""
        return function.id in self._given

    def _result(self, function: Meant | None) -> Meant | None:
        """What a function gives back: its expression, or what its only return says."""
        if function is None or function.sort is not Sort.FUNCTION or function.node is None:
            return None
        body = field(function.node, "body")
        if body is None or body.type != "statement_block":
            return self.of(body)
        returns = [
            each
            for each in within(body)
            if each.type == "return_statement" and self._syntax.function_around(each) == function.node
        ]
        return self.of(returns[0].named_children[0]) if len(returns) == 1 and returns[0].named_children else None

    def _given_to(self, function: Node) -> Meant | None:
        """What the first parameter of a function is, where it is a selector or a listener of a store."""
        if function.id in self._given:
            return self._given[function.id]
        call = self._call_with(function)
        if call is not None and callee(call) in _TRANSPARENT:
            call = self._call_with(call)
        if call is None:
            return None
        target = field(call, "function")
        if callee(call) == "useStore" and arguments(call):
            target = arguments(call)[0]
        elif target is not None and target.type == "member_expression" and callee(call) == "subscribe":
            target = field(target, "object")
        store = self.of(target)
        if store is None or store.sort not in OURS:
            return None
        self._give(function, self._state(store))
        return self._given[function.id]

    def _call_with(self, argument: Node) -> Node | None:
        """The call that has this among its arguments."""
        above = self._syntax.parent(argument)
        if above is None or above.type != "arguments":
            return None
        call = self._syntax.parent(above)
        return call if call is not None and call.type == "call_expression" else None


def _stem(module: str) -> str:
    """The last part of a module's path, without its suffix."""
    return module.rpartition("/")[2].partition(".")[0]
