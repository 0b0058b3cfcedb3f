"""Which files are read: TypeScript under the paths that someone named, without tests and without what others wrote."""

import codecs
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from broadcast_orchestrator.properties.lint.findings import Unread
from broadcast_orchestrator.sim.input.text_files import content_of

SUFFIXES = (".ts", ".tsx", ".mts", ".cts")
OTHERS = frozenset(("node_modules", "dist", "build", "out", "coverage", "__generated__", "_generated"))
_TEST_FOLDERS = frozenset(("__tests__", "__mocks__", "test", "tests", "e2e", "cypress", "playwright"))
_TEST = re.compile(r"\.(test|spec|stories|cy|e2e)\.[mc]?tsx?$")
MAX_BYTES = 2_000_000
"""A larger file is not read: nobody writes such a component by hand."""


class NoPages(ValueError):
    """A path that leads to nothing to read; the message is one line that says what to try."""


class Text(NamedTuple):
    """A file that is there to be read, and the path by which it is shown."""

    path: str
    source: bytes


class Found(NamedTuple):
    """The files to read, what cannot be read, and how many tests and declarations were left out."""

    texts: tuple[Text, ...]
    unread: tuple[Unread, ...]
    left_out: int


def find(paths: tuple[Path, ...], interesting: re.Pattern[bytes]) -> Found:
    """Every file once, in the order of the paths and of the names below them. A file that cannot be read matters where
    it has something `interesting`. Raises `NoPages` where a path is none, or holds no TypeScript."""
    texts: dict[str, Text] = {}
    unread: dict[str, Unread] = {}
    left_out: set[str] = set()
    for path in paths:
        before = len(texts) + len(unread)
        names = sorted(_under(path, unread), key=_in_order)
        for name in names:
            if _is_left_out(name, path):
                left_out.add(os.path.realpath(name))
            elif (real := os.path.realpath(name)) not in texts and name.as_posix() not in unread:
                _take(name, real, texts, unread, interesting)
        if len(texts) + len(unread) == before and not any(os.path.realpath(name) in texts for name in names):
            beside = " but tests, declarations and what tools wrote" if names else ""
            raise NoPages(f"{path}: holds no TypeScript (.ts, .tsx){beside}, try the folder of your components")
    return Found(tuple(texts.values()), tuple(unread.values()), len(left_out))


def _in_order(path: Path) -> tuple[str, ...]:
    return path.parts


def _under(path: Path, unread: dict[str, Unread]) -> Iterator[Path]:
    if path.is_dir():
        yield from _walk(path, (os.path.realpath(path),), unread)
    elif not os.path.lexists(path):
        raise NoPages(f"{path}: is not there, try the folder of your components")
    elif path.suffix not in SUFFIXES:
        raise NoPages(f"{path}: is no TypeScript (.ts, .tsx), try the folder of your components")
    else:
        yield path


def _walk(folder: Path, inside: tuple[str, ...], unread: dict[str, Unread]) -> Iterator[Path]:
    """The TypeScript in the folder and below; a link that leads back to where it is in is not followed."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as mistake:
        unread[folder.as_posix()] = Unread(folder.as_posix(), f"cannot be read: {mistake.strerror}", matters=True)
        return
    for entry in entries:
        path = folder / entry.name
        if _is_folder(entry):
            if entry.name in OTHERS or entry.name.startswith("."):
                continue
            real = os.path.realpath(path)
            if real in inside:
                unread[path.as_posix()] = Unread(path.as_posix(), "leads back to a folder that it is in", matters=False)
            else:
                yield from _walk(path, (*inside, real), unread)
        elif path.suffix in SUFFIXES and not entry.name.startswith("."):
            yield path


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_left_out(file: Path, root: Path) -> bool:
    below = file.parent.parts[len(root.parts) :] if root != file else ()
    if file.name.endswith((".d.ts", ".d.mts", ".d.cts")) or _TEST.search(file.name):
        return True
    return (
        not _TEST_FOLDERS.isdisjoint(below)
        or "node_modules" in file.parent.parts[len(root.parts) if root != file else 0 :]
    )


def _take(
    file: Path, real: str, texts: dict[str, Text], unread: dict[str, Unread], interesting: re.Pattern[bytes]
) -> None:
    """Read the file, or say why not."""
    name = file.as_posix()
    try:
        source = content_of(file, MAX_BYTES)
    except OSError as mistake:
        unread[name] = Unread(name, f"cannot be read: {mistake.strerror}", matters=True)
        return
    if why := _unreadable(source):
        unread[name] = Unread(name, why, matters=interesting.search(source) is not None)
    else:
        texts[real] = Text(name, source.removeprefix(codecs.BOM_UTF8))


def _unreadable(source: bytes) -> str:
    if b"\0" in source:
        return "is no text"
    if len(source) > MAX_BYTES:
        return f"is larger than {MAX_BYTES:,} bytes"
    try:
        source.decode()
    except UnicodeDecodeError as mistake:
        return f"is not UTF-8: line {source[: mistake.start].count(10) + 1}, try saving it as UTF-8"
    return ""
