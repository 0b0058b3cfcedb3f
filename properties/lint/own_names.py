"""The names that an application gives its stores, commands and hooks: from a small TOML, or from an adapter of the kit.

What the file does not say keeps the guide's name. TOML:

    orchestrator = "useShow"
    module = "src/lib/show.ts"              # the orchestrator's own file
    top_level = ["StudioFrame"]             # further components that may initialize
    monitor = "ShowMonitor"
    [stores]
    useAgent = "host"                       # host, producer, live_feed or session
    [operations]
    host = ["createAgent", "goOnAir", "goOffAir"]
    [flags]
    host = ["running"]                      # the fields that say that it is on air
    [commands]
    goLive = "startBroadcast"
    [hooks]
    useOnAir = "useIsBroadcasting"
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tree_sitter import Node

from broadcast_orchestrator.model.config import near_match, shown
from broadcast_orchestrator.properties.lint.reading.syntax import (
    FUNCTIONS,
    DoesNotParse,
    Syntax,
    arguments,
    callee,
    field,
    literal,
    text,
)
from broadcast_orchestrator.properties.lint.reading.vocabulary import (
    COMMANDS,
    FLAGS,
    GUIDE,
    HOOKS,
    KEPT,
    OPERATIONS,
    SERVICES,
    Vocabulary,
)
from broadcast_orchestrator.sim.input.plain_data import LONGEST_TOML, NoPlainData, toml_table
from broadcast_orchestrator.sim.input.text_files import text_of

_KNOWN = ("orchestrator", "module", "top_level", "monitor", "stores", "operations", "flags", "commands", "hooks")
_ADAPTERS = (".mjs", ".js", ".cjs", ".ts", ".mts", ".cts")
_COMMAND_OF = {
    "initialize": "initialize",
    "start_broadcast": "startBroadcast",
    "stop_broadcast": "stopBroadcast",
    "emergency_stop": "emergencyStop",
    "recover": "recover",
}


class NamesError(ValueError):
    """A file that gives no names; the message is one line that says where, what is wrong and what to try."""


def load_names(path: Path) -> Vocabulary:
    """The names in a TOML file, or in an adapter (JavaScript or TypeScript). Raises `NamesError`."""
    source = text_of(path, NamesError, "file of names", LONGEST_TOML)
    try:
        if path.suffix in _ADAPTERS:
            return _of_adapter(source)
        return _of_toml(source)
    except (NoPlainData, NamesError) as mistake:
        raise NamesError(f"{path}: {mistake}") from None


# -- TOML -----------------------------------------------------------------------------------------


def _of_toml(source: str) -> Vocabulary:
    data = toml_table(source)
    for key in data:
        if key not in _KNOWN:
            raise NamesError(f"{shown(key)} is unknown{near_match(key, _KNOWN)}")
    words = GUIDE._replace(
        stores=dict(GUIDE.stores) | _names(data, "stores", SERVICES),
        operations=dict(GUIDE.operations) | _lists(data, "operations"),
        flags=dict(GUIDE.flags) | _lists(data, "flags"),
        orchestrators=_texts(data, "orchestrator") or GUIDE.orchestrators,
        monitors=_texts(data, "monitor") or GUIDE.monitors,
        modules=_texts(data, "module"),
        top_level=_texts(data, "top_level"),
    )
    return _renamed(words, _names(data, "commands", COMMANDS), _names(data, "hooks", HOOKS))


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise NamesError(f"{name}: expected a table [{name}], got {shown(table)}")
    return table


def _names(data: Mapping[str, Any], name: str, ours: tuple[str, ...]) -> dict[str, str]:
    """A table from the application's names to ours."""
    for theirs, value in _table(data, name).items():
        if value not in ours:
            raise NamesError(f"{name}: {theirs}: {shown(value)} is unknown{near_match(value, ours)}")
    return dict(_table(data, name))


def _lists(data: Mapping[str, Any], name: str) -> dict[str, tuple[str, ...]]:
    """A table from services to names."""
    for service in _table(data, name):
        if service not in SERVICES:
            raise NamesError(f"{name}: {shown(service)} is unknown{near_match(service, SERVICES)}")
    return {service: _texts(_table(data, name), service, f"{name}: ") for service in _table(data, name)}


def _texts(data: Mapping[str, Any], name: str, where: str = "") -> tuple[str, ...]:
    """One text or a list of them."""
    value = data.get(name, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(each, str) and each for each in values):
        raise NamesError(f"{where}{name}: expected a name or a list of names, got {shown(value)}")
    return tuple(values)


def _renamed(words: Vocabulary, commands: Mapping[str, str], hooks: Mapping[str, str]) -> Vocabulary:
    """The words with other names for some commands and hooks, instead of the guide's for them."""
    return words._replace(
        commands={name: ours for name, ours in GUIDE.commands.items() if ours not in commands.values()}
        | dict(commands),
        hooks=dict(hooks) | dict(GUIDE.hooks),
    )


# -- An adapter -----------------------------------------------------------------------------------


def _of_adapter(source: str) -> Vocabulary:
    try:
        syntax = Syntax(source.encode(), tsx=False)
    except DoesNotParse as mistake:
        raise NamesError(f"{mistake}, so it is no adapter") from None
    calls = [node for node in syntax.nodes if node.type == "call_expression" and callee(node) in ("serve", "open")]
    given = next((arguments(call)[0] for call in calls if arguments(call)), None)
    if given is None or given.type != "object":
        raise NamesError("has no serve({ ... }) with its stores written out, try a TOML file of names")
    adapter = dict(_pairs(given))
    stores = dict(_stores(adapter.get("stores")))
    if not stores:
        raise NamesError("names no store under `stores`, try a TOML file of names")
    words = GUIDE._replace(stores=dict(GUIDE.stores) | stores, modules=tuple(_module(adapter.get("module"))))
    words = words._replace(orchestrators=(*_orchestrator(adapter.get("orchestrator")), *GUIDE.orchestrators))
    commands = {
        theirs: _COMMAND_OF[ours]
        for ours, value in _pairs(adapter.get("commands"))
        if ours in _COMMAND_OF and (theirs := literal(value) or "")
    }
    return _renamed(_shaped(words, adapter.get("services")), commands, {})


def _pairs(node: Node | None) -> Iterator[tuple[str, Node]]:
    """The keys of an object that is written out, with their values."""
    for pair in [] if node is None or node.type != "object" else node.named_children:
        key, value = field(pair, "key"), field(pair, "value")
        if pair.type == "pair" and key is not None and value is not None:
            yield literal(key) or text(key), value


def _stores(node: Node | None) -> Iterator[tuple[str, str]]:
    """Each export that a stand-in replaces, alone and with its module."""
    for module, exports in _pairs(node):
        stem = module.rpartition("/")[2].partition(".")[0]
        for name, service in _pairs(exports):
            if literal(service) in SERVICES:
                yield f"{stem}#{name}", literal(service) or ""
                if name != "default":
                    yield name, literal(service) or ""


def _module(node: Node | None) -> Iterator[str]:
    if node is not None and (path := literal(node)):
        yield path.removeprefix("./")


def _orchestrator(node: Node | None) -> Iterator[str]:
    """The export that a function takes out of the module."""
    body = field(node, "body") if node is not None and node.type in FUNCTIONS else None
    if body is not None and body.type == "member_expression":
        yield text(field(body, "property"))


def _shaped(words: Vocabulary, services: Node | None) -> Vocabulary:
    """The words with the names that the stores have for their methods and fields."""
    operations, flags, kept = dict(words.operations), dict(words.flags), dict(words.kept)
    for service, shape in _pairs(services):
        parts = dict(_pairs(shape))
        methods = {ours: literal(value) or ours for ours, value in _pairs(parts.get("methods"))}
        fields = {ours: literal(value) or ours for ours, value in _pairs(parts.get("fields"))}
        if service in SERVICES:
            operations[service] = tuple(methods.get(name, name) for name in OPERATIONS[service])
            flags[service] = tuple(fields.get(name, name) for name in FLAGS[service])
            kept[service] = tuple(fields.get(name, name) for name in KEPT[service])
    return words._replace(operations=operations, flags=flags, kept=kept)
