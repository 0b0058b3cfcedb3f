"""Files that are either whole or not there: written beside their place first, then moved into it."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from broadcast_orchestrator.sim.input.text_files import text_of
from broadcast_orchestrator.sim.processes.scratch import scratch

STDOUT = Path("-")
"""As the name of a file that is to be written: standard output."""

OPEN_FILES = ("/dev/fd/", "/dev/stdout", "/dev/stderr", "/proc/self/fd/")
"""What names a file that is open already: it is written to, and never replaced."""


class BadInput(Exception):
    """Something that the caller has to mend; the message is one line that says what to try."""


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write `content` to `path`, making its folder; whatever goes wrong, no half of a file is left behind.

    A link is followed, and what it leads to is written. A file that is there keeps its owner and its mode; what is no
    regular file (a device, a pipe) is written through, and stays what it is, as does a file that is open ("-" is
    standard output). Raises OSError where the place cannot be written.
    """
    data = _encoded(content)
    if path == STDOUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
    elif _is_written_through(path):
        with path.open("wb", buffering=0) as file:
            _write_all(file.fileno(), data)
    else:
        target = Path(os.path.realpath(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        with _about(path), scratch(target.parent) as room:
            (room / "whole").write_bytes(data)
            _moved(room / "whole", target)
    return path


def write_folder(folder: Path, files: Iterable[tuple[str, str | bytes]]) -> tuple[Path, ...]:
    """Write all these files, by their names within the folder, or none: first all of them beside it, then each to its
    place. Those that an earlier call has written there and this one does not are taken away, so that nothing old passes
    for new; whatever else is in the folder stays.

    Raises OSError where the place cannot be written; what was there before is still there then.
    """
    contents = {name: _encoded(content) for name, content in files}
    earlier = _listed(folder / LIST)
    listing = "".join(f"{name}\n" for name in sorted({*contents, LIST}))
    with _about(folder), scratch(folder) as staged:
        for name, data in {**contents, LIST: listing.encode()}.items():
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            (staged / name).write_bytes(data)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
        for name, data in contents.items():
            if (folder / name).is_symlink() or _is_written_through(folder / name):
                write_whole(folder / name, data)
            else:
                _moved(staged / name, folder / name)
        for name in earlier - {*contents, LIST}:
            (folder / name).unlink(missing_ok=True)
        _moved(staged / LIST, folder / LIST)
    return tuple(folder / name for name in contents)


LIST = ".broadcast-files"
"""In a folder of reports, the names of those files that were written by us, one a line."""


def _listed(file: Path) -> set[str]:
    """What an earlier call has written; nothing that would be outside of the folder."""
    try:
        names = text_of(file, ValueError, "list").splitlines()
    except ValueError:
        return set()
    return {name for name in names if not Path(name).is_absolute() and ".." not in Path(name).parts}


def _encoded(content: str | bytes) -> bytes:
    """As UTF-8; half a surrogate pair, which UTF-8 cannot say, is spelled out."""
    return content if isinstance(content, bytes) else content.encode(errors="backslashreplace")


def _is_written_through(path: Path) -> bool:
    if str(path.absolute()).startswith(OPEN_FILES):
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


@contextmanager
def _about(place: Path) -> Iterator[None]:
    """Whatever goes wrong within is told of this place, the only one that the caller knows."""
    try:
        yield
    except OSError as mistake:
        raise OSError(mistake.errno, mistake.strerror, str(place)) from None


def _moved(staged: Path, target: Path) -> None:
    _like(staged, target)
    staged.replace(target)


def _like(file: Path, target: Path) -> None:
    """Give the file the owner and the mode of the one that it is to replace, or those of a new one."""
    try:
        there = target.stat()
    except OSError:
        file.chmod(0o666 & ~_umask())
        return
    with suppress(PermissionError):  # only the superuser can give files away
        os.chown(file, there.st_uid, there.st_gid)
    file.chmod(stat.S_IMODE(there.st_mode))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
