"""Files that are either whole or not there: written beside their place first, then moved into it."""

import os
import tempfile
from pathlib import Path


class BadInput(Exception):
    """Something that the caller has to mend; the message is one line that says what to try."""


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write `content` to `path`, making its folder; whatever goes wrong, no half of a file is left behind.

    Raises OSError where the place cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
