"""Stores that are switched or asked behind the orchestrator's back (BP-2, OV-1), and both ways at once (SM-2)."""

from collections.abc import Iterator

from tree_sitter import Node

from broadcast_orchestrator.properties.lint.catalogue import PageRule
from broadcast_orchestrator.properties.lint.page import Page, Site
from broadcast_orchestrator.properties.lint.reading.meaning import OURS, Meant, Sort
from broadcast_orchestrator.properties.lint.reading.syntax import (
    WRAPPERS,
    arguments,
    callee,
    field,
    literal,
    text,
    within,
)
from broadcast_orchestrator.properties.lint.reading.units import HOOK

_STARTS = ("host.start", "producer.startProducer", "session.startBroadcastSession")
_STOPS = ("host.stop", "producer.stopProducer", "session.endBroadcastSession")


def operations(page: Page) -> Iterator[Site]:
    """Operations of a store that are called, or given to somebody who will."""
    called = ((node, page.meanings.of(node)) for node in page.calls)
    for node, meant in (*page.meant, *((node, meant) for node, meant in called if meant is not None)):
        if meant.sort is Sort.OPERATION and not _only_named(page, node):
            yield Site(PageRule.STORE_OPERATION, node, f"{meant.name} is {_use(page, node)}", _instead(page, meant))


def _only_named(page: Page, node: Node) -> bool:
    """Whether the operation is just taken out of its store here, or listed among what a hook depends on."""
    node = page.syntax.outside_wrappers(node)
    above = page.syntax.parent(node)
    if above is None:
        return True
    if above.type in ("variable_declarator", "typeof_expression", "type_query") or _depended_on(page, above):
        return True
    selected = any(page.meanings.is_selector(function) for function in page.functions_around(node))
    return selected and not _called(page, node)


def _depended_on(page: Page, listed: Node) -> bool:
    """Whether this is the list of what a hook depends on."""
    given = page.syntax.parent(listed)
    call = None if given is None or given.type != "arguments" else page.syntax.parent(given)
    if listed.type != "array" or call is None:
        return False
    return HOOK.match(callee(call)) is not None and arguments(call).index(listed) > 0


def _called(page: Page, node: Node) -> bool:
    above = page.syntax.parent(page.syntax.outside_wrappers(node))
    return above is not None and above.type == "call_expression" and field(above, "arguments") != node


def _use(page: Page, node: Node) -> str:
    return "called here" if _called(page, node) else "handed on here"


def _instead(page: Page, meant: Meant) -> str:
    if meant.name == "host.initialize":
        return f"{page.vocabulary.written('initialize')}() of the orchestrator, in the layout"
    operation = meant.name.partition(".")[2].lower()
    if meant.name in _STARTS or operation.startswith("start"):
        return f"await {page.vocabulary.written('startBroadcast')}(), which starts all four in their order"
    if meant.name in _STOPS or operation.startswith(("stop", "end")):
        return f"await {page.vocabulary.written('stopBroadcast')}(), which stops all four in their order"
    start, stop = page.vocabulary.written("startBroadcast"), page.vocabulary.written("stopBroadcast")
    return f"await {start}() or {stop}(), which switch all four in their order"


def fields(page: Page) -> Iterator[Site]:
    """Fields of a store, or of the orchestrator, that are set from outside."""
    for call in page.calls:
        function = field(call, "function")
        if function is None or function.type != "member_expression" or text(field(function, "property")) != "setState":
            continue
        owner = page.meanings.of(field(function, "object"))
        if owner is not None and owner.sort in OURS:
            for name in _set(page, owner, call):
                yield Site(PageRule.STORE_FIELD, call, f"{_owner(owner)}{name} is set by setState")
    for node in page.syntax.nodes:
        left = field(node, "left") if node.type.endswith("assignment_expression") else None
        if left is not None and left.type == "member_expression":
            owner, name = page.meanings.of(field(left, "object")), text(field(left, "property"))
            if owner is not None and owner.sort in (Sort.SERVICE, Sort.ORCHESTRATOR) and _guarded(page, owner, name):
                yield Site(PageRule.STORE_FIELD, node, f"{_owner(owner)}{name} is assigned")


def _owner(owner: Meant) -> str:
    return f"{owner.name}." if owner.sort in (Sort.STORE, Sort.SERVICE) else "the orchestrator's "


def _guarded(page: Page, owner: Meant, name: str) -> bool:
    """Whether the field is the orchestrator's to change."""
    words = page.vocabulary
    service = owner.sort in (Sort.STORE, Sort.SERVICE)
    return not service or name in (*words.flags.get(owner.name, ()), *words.kept.get(owner.name, ()))


def _set(page: Page, owner: Meant, call: Node) -> Iterator[str]:
    """The guarded names in what setState is given; "state" where it does not say which."""
    given = arguments(call)[0] if arguments(call) else None
    meant = page.meanings.of(given)
    if meant is not None and meant.sort is Sort.FUNCTION and meant.node is not None:
        given = field(meant.node, "body")
    elif meant is not None and meant.node is not None:
        given = meant.node
    keys = [] if given is None else [each for each in within(given) if each.type in ("pair", _SHORT)]
    names = [text(each) if each.type == _SHORT else _key(each) for each in keys]
    yield from (name for name in dict.fromkeys(names) if _guarded(page, owner, name))
    if not names:
        yield "state"


_SHORT = "shorthand_property_identifier"


def _key(pair: Node) -> str:
    key = field(pair, "key")
    return "" if key is None else literal(key) or text(key)


def states(page: Page) -> Iterator[Site]:
    """Flags of a store by which a component, or a hook, decides something."""
    for node, meant in page.meant:
        unit = page.unit(node)
        drawn = unit.component or unit.hook or unit.node.type == "program"
        if meant.sort is Sort.FLAG and drawn and _decides(page, node):
            instead = f"useBroadcastState() for the whole, useBroadcastSnapshot() for {meant.name} alone"
            yield Site(PageRule.STORE_STATE, node, f"it decides by {meant.name}", instead)


def _decides(page: Page, node: Node) -> bool:
    """Whether the value is part of a condition."""
    for above in page.syntax.ancestors(node):
        if above.type in ("binary_expression", "unary_expression"):
            return True
        if above.type in ("ternary_expression", "if_statement"):
            condition = field(above, "condition")
            return condition is not None and condition.start_byte <= node.start_byte < condition.end_byte
        if above.type not in WRAPPERS:
            return False
    return False


def mixed(page: Page, sites: tuple[Site, ...]) -> Iterator[Site]:
    """Components that switch stores and give commands; told where the store is first switched."""
    switched: dict[int, Site] = {}
    for site in sorted(sites, key=lambda each: each.node.start_byte):
        if site.rule in (PageRule.STORE_OPERATION, PageRule.STORE_FIELD):
            switched.setdefault(page.unit(site.node).node.id, site)
    commanding = {
        page.unit(node).node.id: meant for node, meant in reversed(page.meant) if _commands(page, node, meant)
    }
    for unit, site in switched.items():
        if unit in commanding:
            what = f"it gives {commanding[unit].name} to the orchestrator and switches a store too"
            yield Site(PageRule.MIXED_CONTROL, site.node, what)


def _commands(page: Page, node: Node, meant: Meant) -> bool:
    above = page.syntax.parent(node)
    return meant.sort is Sort.COMMAND and above is not None and above.type != "variable_declarator"
