"""Folders and files that a command is to write, looked at before it works."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.processes.lock_holders import holder_of


@contextmanager
def made_folder(out: Path | None) -> Iterator[Path | None]:
    """The folder of `--out`, made now: a run of minutes must not end with a message about a name. Until the end of the
    block it is for one command alone.

    Raises BadInput, one line, where it cannot be made or written to, or is another command's at the moment.
    """
    if out is None:
        yield None
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        handle = os.open(out, os.O_RDONLY)
    except OSError as mistake:
        raise BadInput(f"--out {out}: {mistake.strerror}, try another folder") from None
    try:
        if not os.access(out, os.W_OK):
            raise BadInput(f"--out {out}: may not be written to, try another folder")
        _claim(out, handle)
        yield out
    finally:
        os.close(handle)


def _claim(folder: Path, handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BadInput(
            f"--out {folder}: {holder_of(folder)} writes there, try another folder, or wait for it"
        ) from None
    except OSError:  # a file system without locks
        pass


def writable(file: Path | None) -> Path | None:
    """The file to write, if any. Raises BadInput where it is a folder."""
    if file is not None and file.is_dir():
        raise BadInput(f"{file}: is a folder, try {file / 'NAME'}")
    return file
