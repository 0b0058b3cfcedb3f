"""Which core is judged: the reference, or another one that is named by its import path, "module:Class"."""

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from broadcast_orchestrator.model.config import near_match
from broadcast_orchestrator.model.core import Core

REFERENCE = "broadcast_orchestrator.model.core:Core"
"""The path of the core that follows the guide."""


class RulesNotFound(ValueError):
    """A path that leads to no rules; the message is one line that says what to try."""


def path_of(rules: type[Core]) -> str:
    """The import path of the rules."""
    return f"{rules.__module__}:{rules.__qualname__}"


def find_rules(path: str) -> type[Core]:
    """The rules at "module:Class". Modules in the current folder are found as well.

    Raises `RulesNotFound` where there are none. The module is run, as by any import.
    """
    name, colon, qualname = path.partition(":")
    if not name or not colon or not qualname:
        raise RulesNotFound(f"{path}: expected module:Class, try {REFERENCE}")
    found: object = _module(path, name)
    for part in qualname.split("."):
        if not hasattr(found, part):
            raise RulesNotFound(f"{path}: {name} has no {qualname}{near_match(part, _rules_in(found) or (REFERENCE,))}")
        found = getattr(found, part)
    if not (isinstance(found, type) and issubclass(found, Core)):
        raise RulesNotFound(f"{path}: is no subclass of {REFERENCE}, try a class that inherits from it")
    return found


def _module(path: str, name: str) -> object:
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        if find_spec(name) is None:
            raise RulesNotFound(f"{path}: there is no module {name}{near_match(name, _modules_beside(name))}")
        return import_module(name)
    except RulesNotFound:
        raise
    except Exception as mistake:  # whatever the module does while it is run, or a parent that is no package
        raise RulesNotFound(f"{path}: cannot be imported: {type(mistake).__name__}: {mistake}") from None


def _modules_beside(name: str) -> list[str]:
    """The modules of this folder that could have been meant."""
    *folders, _ = name.split(".")
    files = sorted(Path(*folders).glob("*.py"))
    return [".".join((*folders, file.stem)) for file in files if file.stem != "__init__"] or [
        "broadcast_orchestrator.model.core"
    ]


def _rules_in(found: object) -> list[str]:
    return [n for n, value in sorted(vars(found).items()) if isinstance(value, type) and issubclass(value, Core)]


def own_names(rules: type[Core]) -> frozenset[str]:
    """The names of what these rules have of their own, the reference's overridden or not."""
    own = (each for each in rules.__mro__ if each not in Core.__mro__)
    return frozenset(name for each in own for name in vars(each) if not name.startswith("__"))
