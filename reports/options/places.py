"""Folders and files that a command is to write, looked at before it works."""

import os
from pathlib import Path

from broadcast_orchestrator.reports.output.files import BadInput


def made_folder(out: Path | None) -> Path | None:
    """The folder of `--out`, made now: a run of minutes must not end with a message about a name.

    Raises BadInput, one line, where it cannot be made or written to.
    """
    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as mistake:
            raise BadInput(f"--out {out}: {mistake.strerror}, try another folder") from None
        if not os.access(out, os.W_OK):
            raise BadInput(f"--out {out}: may not be written to, try another folder")
    return out


def writable(file: Path | None) -> Path | None:
    """The file to write, if any. Raises BadInput where it is a folder."""
    if file is not None and file.is_dir():
        raise BadInput(f"{file}: is a folder, try {file / 'NAME'}")
    return file
