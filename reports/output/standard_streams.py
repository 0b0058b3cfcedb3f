"""The standard streams: there even where whoever started the command has closed them."""

import os
import sys


def ensure_streams() -> bool:
    """Let each stream that was closed lead nowhere, so that no file that is opened later takes its place, and nothing
    stumbles over what is not there. Whether there is somewhere to print to."""
    is_heard = sys.stdout is not None
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8")
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    return is_heard
