"""Which core is judged: the reference, or another one that is named by its import path, "module:Class"; and which
rules it has of its own."""

from collections.abc import Iterable

from broadcast_orchestrator.model import measures
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.measures import BY_NAME, rules_with
from broadcast_orchestrator.sim.input.import_paths import PathNotFound, object_at

REFERENCE = "broadcast_orchestrator.model.core:Core"
"""The path of the core that follows the guide."""


def is_of_the_model(path: str) -> bool:
    """Whether these are the reference's rules or those with its measures: then nobody else's module is run."""
    module, _, names = path.partition(":")
    return path == REFERENCE or (module == measures.__name__ and all(name in BY_NAME for name in names.split(",")))


def path_of(rules: type[Core]) -> str:
    """The import path of the rules."""
    return f"{rules.__module__}:{rules.__qualname__}"


def find_rules(path: str) -> type[Core]:
    """The rules at "module:Class". Modules in the current folder are found as well.

    Raises `PathNotFound` where there are none, and where a class calls itself what leads to no such class: other
    processes and traces know it by that. The module is run, as by any import.
    """
    found = object_at(path, REFERENCE, _is_core)
    if not (isinstance(found, type) and issubclass(found, Core)):
        raise PathNotFound(f"{path}: is no subclass of {REFERENCE}, try a class that inherits from it")
    if not _is_at(path_of(found), found):
        raise PathNotFound(f"{path}: the class there calls itself {path_of(found)}, try to define it under one name")
    return found


def _is_at(path: str, rules: type[Core]) -> bool:
    try:
        return object_at(path, REFERENCE, _is_core) is rules
    except PathNotFound:
        return False


def _is_core(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, Core)


def reference_of(rules: type[Core]) -> type[Core]:
    """The reference that these rules are to be compared with: the one with the measures that they name."""
    return rules_with(name for name in rules.measures if name in BY_NAME)


def own_names(rules: type[Core]) -> frozenset[str]:
    """The names of what these rules have of their own, the reference's overridden or not."""
    theirs = reference_of(rules).__mro__
    own = (each for each in rules.__mro__ if each not in theirs)
    return frozenset(name for each in own for name in vars(each) if not name.startswith("__"))


def overridden(rules: type[Core]) -> tuple[str, ...]:
    """The names of the reference's rules that these rules have of their own, sorted."""
    reference = reference_of(rules)
    return tuple(sorted(name for name in own_names(rules) if hasattr(reference, name)))


def without_rules(rules: type[Core], names: Iterable[str]) -> type[Core]:
    """The same rules with the reference's in place of those of these names."""
    reference = reference_of(rules)
    return type(rules.__name__, (rules,), {name: getattr(reference, name) for name in names})
