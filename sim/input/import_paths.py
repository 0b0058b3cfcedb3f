"""Import paths, "package.module:Name": what a user names on the command line, found as Python would find it."""

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from broadcast_orchestrator.model.config import near_match


class PathNotFound(ValueError):
    """A path that leads to nothing; the message is one line that says what to try."""


def object_at(path: str, example: str, likely: Callable[[object], bool]) -> object:
    """What is at "module:Name". Modules in the current folder are found as well.

    `example` is a path that could have been meant, `likely` tells what of a module could have been. Raises
    `PathNotFound` where there is nothing. The module is run, as by any import.
    """
    name, colon, qualname = path.partition(":")
    if not name or not colon or not qualname:
        raise PathNotFound(f"{path}: expected module:Class, try {example}")
    found = _module(path, name, example)
    for part in qualname.split("."):
        if not hasattr(found, part):
            near = [key for key, value in sorted(vars(found).items()) if likely(value)]
            raise PathNotFound(f"{path}: {name} has no {qualname}{near_match(part, near or (example,))}")
        found = getattr(found, part)
    return found


def _module(path: str, name: str, example: str) -> object:
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        if not _is_there(name):
            near = _modules_beside(name) or [example.partition(":")[0]]
            raise PathNotFound(f"{path}: there is no module {name}{near_match(name, near)}")
        return import_module(name)
    except PathNotFound:
        raise
    except Exception as mistake:  # whatever the module does while it is run, or a parent that is no package
        raise PathNotFound(f"{path}: cannot be imported: {type(mistake).__name__}: {mistake}") from None


def _is_there(name: str) -> bool:
    """Whether there is such a module; those that it is in are run for that."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError as missing:
        if missing.name is not None and f"{name}.".startswith(f"{missing.name}."):
            return False
        raise


def _modules_beside(name: str) -> list[str]:
    """The modules of this folder that could have been meant."""
    *folders, _ = name.split(".")
    files = sorted(Path(*folders).glob("*.py"))
    return [".".join((*folders, file.stem)) for file in files if file.stem != "__init__"]
