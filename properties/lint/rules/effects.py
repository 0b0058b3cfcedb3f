"""Effects of React: which one a place is in, and when it runs again."""

from tree_sitter import Node

from broadcast_orchestrator.properties.lint.page import Page
from broadcast_orchestrator.properties.lint.reading.meaning import Sort
from broadcast_orchestrator.properties.lint.reading.syntax import FUNCTIONS, arguments, callee, field, text, within

MOUNTS = ("useMount", "useOnMount", "useEffectOnce", "useMountEffect")
EFFECTS = ("useEffect", "useLayoutEffect", "useInsertionEffect", *MOUNTS)
METHODS = ("componentDidMount", "componentDidUpdate")
"""What a class has in place of effects."""
_STEADY = ("useRef", "useRouter", "useDispatch", "useEffectEvent", "useEvent", "useNavigate", "useId")
"""Hooks that give back the same thing at every rendering."""


def effect_around(page: Page, place: Node) -> Node | None:
    """The call of useEffect that the place is in, or that calls the function that it is in; or a class's method."""
    seen: set[int] = set()
    waiting = [place]
    while waiting:
        node = waiting.pop()
        for each in (node, *page.functions_around(node)):
            if (effect := _effect_of(page, each)) is not None:
                return effect
            if each.type in FUNCTIONS and each.id not in seen:
                seen.add(each.id)
                waiting.extend(use for use, meant in page.meant if meant == (Sort.FUNCTION, "", each))
    return None


def _effect_of(page: Page, work: Node) -> Node | None:
    """The effect whose work this is."""
    if work.type == "method_definition" and text(field(work, "name")) in METHODS:
        return work
    above = page.syntax.parent(work)
    call = None if above is None or above.type != "arguments" else page.syntax.parent(above)
    return call if call is not None and callee(call) in EFFECTS and arguments(call)[0] == work else None


def changing(page: Page, effect: Node) -> str:
    """In words, what makes the effect run again; "" where nothing does."""
    if effect.type == "method_definition":
        return "every update" if text(field(effect, "name")) == METHODS[1] else ""
    given = arguments(effect)
    if callee(effect) in MOUNTS:
        return ""
    if len(given) < 2:
        return "every rendering, as it names nothing that it depends on"
    if given[1].type != "array":
        return ""
    names = [text(each) for each in given[1].named_children if each.type != "comment" and not steady(page, each)]
    return f"every change of {', '.join(names)}" if names else ""


def once(page: Page, effect: Node) -> bool:
    """Whether the effect looks at a ref first, and so does its work one time."""
    return any(
        each.type == "member_expression" and text(field(each, "property")) == "current" for each in within(effect)
    )


def steady(page: Page, dependency: Node) -> bool:
    """Whether the value stays the same from one rendering to the next."""
    meant = page.meanings.of(dependency)
    if meant is not None and meant.sort in (Sort.COMMAND, Sort.QUERY, Sort.OPERATION, *_HANDLES):
        return True
    if dependency.type == "member_expression":
        inner = field(dependency, "object")
        return inner is not None and text(field(dependency, "property")) == "current"
    if dependency.type != "identifier":
        return dependency.type in ("string", "number", "true", "false", "null")
    declared = page.scopes.declaration(dependency)
    if declared is None or declared.kind == "import":
        return True
    if declared.kind == "function" or declared.node is None:
        return page.syntax.function_around(declared.node) is None if declared.node is not None else False
    return declared.kind == "variable" and _steady_value(page, declared.node, declared.path)


_HANDLES = (Sort.STORE, Sort.ORCHESTRATOR_STORE)


def _steady_value(page: Page, value: Node, path: tuple[str | int, ...]) -> bool:
    if page.syntax.function_around(value) is None:
        return True
    if value.type != "call_expression":
        return False
    name = callee(value)
    if name in ("useState", "useReducer", "useTransition"):
        return path == (1,)
    if name in ("useCallback", "useMemo") and len(arguments(value)) > 1 and arguments(value)[1].type == "array":
        return all(steady(page, each) for each in arguments(value)[1].named_children if each.type != "comment")
    return name in _STEADY
