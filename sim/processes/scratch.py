"""A folder for what is not done yet: gone when it is done, and swept by the next one where we were killed meanwhile."""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = ".broadcast-scratch-"
"""How the names of these folders begin."""


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A folder in this one, which no other process touches while this one lives; those that nobody lives for any more
    are taken away on the way. Raises OSError, with the name of `parent`, where none can be made."""
    sweep(parent)
    try:
        folder, handle = _made(parent)
    except OSError as mistake:
        raise OSError(mistake.errno, os.strerror(mistake.errno or errno.EIO), str(parent)) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def sweep(parent: Path) -> None:
    """Take away what processes that were killed have left in this folder: what no process has locked any more."""
    for folder in sorted(parent.glob(f"{PREFIX}*")):
        with suppress(OSError):  # somebody else's, or swept by another process right now
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)


def _made(parent: Path) -> tuple[Path, int]:
    """A new folder, locked by the handle. Another process may take it away before the lock: then another one."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        with suppress(FileNotFoundError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            with suppress(OSError):  # a file system without locks: then nobody sweeps there either
                fcntl.flock(handle, fcntl.LOCK_EX)
            if folder.exists():
                return folder, handle
            os.close(handle)
