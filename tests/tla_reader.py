"""A small reader of TLA+, enough of the language for our own module: what TLC would do, where there is no TLC.

It takes the syntax tree of tree-sitter's grammar and follows it as the language defines it: expressions have values
(sets are frozen sets, sequences tuples), actions yield the next values of the variables.
"""

import warnings
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain, combinations
from typing import Any

import tree_sitter
import tree_sitter_tlaplus

Env = dict[str, Any]


class Record(dict[str, Any]):
    """A record, which may be an element of a set."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


def parse(text: str) -> tree_sitter.Tree:
    """The syntax tree of a module. Raises SyntaxError with the place of the first mistake."""
    tree = tree_sitter.Parser(_language()).parse(text.encode())
    if tree.root_node.has_error:
        raise SyntaxError(str(next(place for place in _mistakes(tree.root_node))))
    return tree


@cache
def _language() -> tree_sitter.Language:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the grammar is given in an older way
        return tree_sitter.Language(tree_sitter_tlaplus.language())


def _mistakes(node: tree_sitter.Node) -> Iterator[tuple[int, int]]:
    if node.type == "ERROR" or node.is_missing:
        yield node.start_point.row + 1, node.start_point.column + 1
    for child in node.children:
        yield from _mistakes(child)


def _text(node: tree_sitter.Node) -> str:
    assert node.text is not None
    return node.text.decode()


def _parts(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    return [child for child in node.named_children if child.type not in ("comment", "block_comment")]


def _subsets(values: frozenset[Any]) -> frozenset[Any]:
    some = sorted(values)
    return frozenset(map(frozenset, chain.from_iterable(combinations(some, n) for n in range(len(some) + 1))))


INFIX: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda a, b: a == b,
    "neq": lambda a, b: a != b,
    "in": lambda a, b: a in b,
    "notin": lambda a, b: a not in b,
    "subseteq": lambda a, b: a <= b,
    "cup": lambda a, b: a | b,
    "cap": lambda a, b: a & b,
    "setminus": lambda a, b: a - b,
    "circ": lambda a, b: a + b,
    "plus": lambda a, b: a + b,
    "minus": lambda a, b: a - b,
    "lt": lambda a, b: a < b,
    "leq": lambda a, b: a <= b,
    "dots_2": lambda a, b: frozenset(range(a, b + 1)),
}
BUILT_IN: dict[str, Callable[..., Any]] = {
    "Len": len,
    "Head": lambda seq: seq[0],
    "Tail": lambda seq: seq[1:],
    "Append": lambda seq, last: (*seq, last),
}


class Module:
    """The definitions of a module, with values for its constants."""

    def __init__(self, text: str, **constants: Any) -> None:
        self.constants = constants
        (module,) = (node for node in parse(text).root_node.children if node.type == "module")
        definitions = [node for node in module.children if node.type == "operator_definition"]
        self.definitions = {name: (names, body) for name, names, body in map(_definition, definitions)}

    # -- Values -----------------------------------------------------------------------------------

    def value(self, node: tree_sitter.Node, env: Env) -> Any:
        """What an expression is worth; `env` has the variables, their next values with a prime, and what is bound."""
        reader = getattr(self, f"_{node.type}", None)
        if reader is None:
            raise NotImplementedError(f"{node.type}: {_text(node)}")
        return reader(node, env)

    def ask(self, name: str, env: Env) -> Any:
        """The value of a definition without parameters."""
        return self.value(self.definitions[name][1], env)

    def _apply(self, name: str, values: list[Any], env: Env) -> Any:
        if name in BUILT_IN:
            return BUILT_IN[name](*values)
        names, body = self.definitions[name]
        outer = {key: value for key, value in env.items() if key.rstrip("'") in VARIABLES}
        return self.value(body, outer | dict(zip(names, values, strict=True)))

    def _identifier_ref(self, node: tree_sitter.Node, env: Env) -> Any:
        name = _text(node)
        if name in env:
            return env[name]
        return self.constants[name] if name in self.constants else self._apply(name, [], env)

    def _bound_op(self, node: tree_sitter.Node, env: Env) -> Any:
        name, *arguments = _parts(node)
        return self._apply(_text(name), [self.value(each, env) for each in arguments], env)

    def _bound_infix_op(self, node: tree_sitter.Node, env: Env) -> Any:
        left, sign, right = _parts(node)
        match sign.type:
            case "land":
                return self.value(left, env) and self.value(right, env)
            case "lor":
                return self.value(left, env) or self.value(right, env)
            case "implies":
                return not self.value(left, env) or self.value(right, env)
        return INFIX[sign.type](self.value(left, env), self.value(right, env))

    def _bound_prefix_op(self, node: tree_sitter.Node, env: Env) -> Any:
        sign, operand = _parts(node)
        value = self.value(operand, env)
        return _subsets(value) if sign.type == "powerset" else not value

    def _bound_postfix_op(self, node: tree_sitter.Node, env: Env) -> Any:
        return env[_text(node)]  # the next value of a variable

    def _parentheses(self, node: tree_sitter.Node, env: Env) -> Any:
        return self.value(_parts(node)[0], env)

    def _string(self, node: tree_sitter.Node, env: Env) -> str:
        return _text(node)[1:-1]

    def _nat_number(self, node: tree_sitter.Node, env: Env) -> int:
        return int(_text(node))

    def _boolean(self, node: tree_sitter.Node, env: Env) -> bool:
        return _text(node) == "TRUE"

    def _prev_func_val(self, node: tree_sitter.Node, env: Env) -> Any:
        return env["@"]

    def _finite_set_literal(self, node: tree_sitter.Node, env: Env) -> frozenset[Any]:
        return frozenset(self.value(each, env) for each in _parts(node))

    def _tuple_literal(self, node: tree_sitter.Node, env: Env) -> tuple[Any, ...]:
        return tuple(self.value(each, env) for each in _parts(node) if not each.type.endswith("angle_bracket"))

    def _record_literal(self, node: tree_sitter.Node, env: Env) -> Record:
        parts = [each for each in _parts(node) if each.type != "all_map_to"]
        return Record(
            (_text(name), self.value(value, env)) for name, value in zip(parts[::2], parts[1::2], strict=True)
        )

    def _record_value(self, node: tree_sitter.Node, env: Env) -> Any:
        record, name = _parts(node)
        return self.value(record, env)[_text(name)]

    def _function_evaluation(self, node: tree_sitter.Node, env: Env) -> Any:
        function, place = _parts(node)
        return self.value(function, env)[self.value(place, env) - 1]

    def _function_literal(self, node: tree_sitter.Node, env: Env) -> tuple[Any, ...]:
        bound, _, body = _parts(node)
        return tuple(self.value(body, inner) for inner in self._bindings(bound, env))

    def _set_map(self, node: tree_sitter.Node, env: Env) -> frozenset[Any]:
        body, bound = _parts(node)
        return frozenset(self.value(body, inner) for inner in self._bindings(bound, env))

    def _bounded_quantification(self, node: tree_sitter.Node, env: Env) -> bool:
        sign, bound, body = _parts(node)
        every = all if sign.type == "forall" else any
        return every(self.value(body, inner) for inner in self._bindings(bound, env))

    def _bindings(self, bound: tree_sitter.Node, env: Env) -> Iterator[Env]:
        name, _, values = _parts(bound)
        for value in sorted(self.value(values, env), key=_in_order):
            yield env | {_text(name): value}

    def _except(self, node: tree_sitter.Node, env: Env) -> Record:
        record, *updates = _parts(node)
        changed = Record(self.value(record, env))
        for update in updates:
            where, value = _parts(update)
            name = _text(where).removeprefix(".")
            changed[name] = self.value(value, env | {"@": changed[name]})
        return changed

    def _if_then_else(self, node: tree_sitter.Node, env: Env) -> Any:
        test, then, other = _parts(node)
        return self.value(then if self.value(test, env) else other, env)

    def _case(self, node: tree_sitter.Node, env: Env) -> Any:
        return self.value(self._arm(node, env), env)

    def _arm(self, node: tree_sitter.Node, env: Env) -> tree_sitter.Node:
        for arm in (each for each in _parts(node) if each.type in ("case_arm", "other_arm")):
            parts = [each for each in _parts(arm) if each.type != "case_arrow"]
            if arm.type == "other_arm" or self.value(parts[0], env):
                return parts[-1]
        raise ValueError(f"no arm fits: {_text(node)}")

    def _let_in(self, node: tree_sitter.Node, env: Env) -> Any:
        *definitions, body = _parts(node)
        return self.value(body, self._let(definitions, env))

    def _let(self, definitions: list[tree_sitter.Node], env: Env) -> Env:
        for name, _, body in map(_definition, definitions):
            env = env | {name: self.value(body, env)}
        return env

    def _conj_list(self, node: tree_sitter.Node, env: Env) -> bool:
        return all(self.value(_parts(item)[-1], env) for item in _parts(node))

    def _disj_list(self, node: tree_sitter.Node, env: Env) -> bool:
        return any(self.value(_parts(item)[-1], env) for item in _parts(node))

    # -- Actions ----------------------------------------------------------------------------------

    def steps(self, node: tree_sitter.Node, env: Env) -> Iterator[Env]:
        """Every way in which an action can happen: `env` with next values, which have a prime."""
        match node.type:
            case "conj_list":
                yield from self._all_of([_parts(item)[-1] for item in _parts(node)], env)
            case "bounded_quantification":
                _, bound, body = _parts(node)
                for inner in self._bindings(bound, env):
                    yield from self.steps(body, inner)
            case "if_then_else":
                test, then, other = _parts(node)
                yield from self.steps(then if self.value(test, env) else other, env)
            case "let_in":
                *definitions, body = _parts(node)
                yield from self.steps(body, self._let(definitions, env))
            case "identifier_ref" if _text(node) in self.definitions:
                yield from self.steps(self.definitions[_text(node)][1], env)
            case "bound_prefix_op" if _parts(node)[0].type == "unchanged":
                names = _text(_parts(node)[1]).strip("<>").split(",")
                yield env | {f"{name.strip()}'": env[name.strip()] for name in names}
            case "bound_infix_op":
                yield from self._infix_step(node, env)
            case _:
                if self.value(node, env):
                    yield env

    def _infix_step(self, node: tree_sitter.Node, env: Env) -> Iterator[Env]:
        left, sign, right = _parts(node)
        name = _text(left)
        if sign.type == "land":
            yield from self._all_of([left, right], env)
        elif left.type == "bound_postfix_op" and name not in env:
            value = self.value(right, env)
            for each in sorted(value, key=_in_order) if sign.type == "in" else [value]:
                yield env | {name: each}
        elif self.value(node, env):
            yield env

    def _all_of(self, nodes: list[tree_sitter.Node], env: Env) -> Iterator[Env]:
        if not nodes:
            yield env
            return
        for after in self.steps(nodes[0], env):
            yield from self._all_of(nodes[1:], after)


VARIABLES = ("core", "active", "faults")


def _definition(node: tree_sitter.Node) -> tuple[str, list[str], tree_sitter.Node]:
    name, *parameters, _, body = _parts(node)
    return _text(name), [_text(each) for each in parameters], body


def _in_order(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def actions(module: Module) -> tuple[str, ...]:
    """The names of the actions that make up the next-state relation."""
    return tuple(_text(_parts(item)[-1]) for item in _parts(module.definitions["Next"][1]))


State = tuple[Any, ...]


def initial(module: Module) -> State:
    """The one initial state: the right sides of its equations."""
    items = [_parts(item)[-1] for item in _parts(module.definitions["Init"][1])]
    values = {_text(_parts(each)[0]): module.value(_parts(each)[2], {}) for each in items}
    return tuple(values[name] for name in VARIABLES)


def followers(module: Module, state: State) -> Iterator[tuple[str, State]]:
    """What follows a state, and by which action."""
    env = dict(zip(VARIABLES, state, strict=True))
    for name in actions(module):
        for after in module.steps(module.definitions[name][1], env):
            yield name, tuple(after[f"{variable}'"] for variable in VARIABLES)
