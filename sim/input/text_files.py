"""Reading a file that someone named, within bounds: what is wrong with it is one line that begins with its name."""

import codecs
import os
import select
import stat
import sys
from io import FileIO
from pathlib import Path

LARGEST = 32 * 2**20
"""How long such a file may be, in bytes: what is made of it takes many times as much memory."""

_CHUNK = 2**18
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def text_of(path: str | Path, mistake: type[ValueError], what: str, largest: int = LARGEST) -> str:
    """The text of the file, of at most `largest` bytes. Raises `mistake`, one line, where it cannot be read, is longer,
    or is no text and so no `what` ("trace")."""
    return decoded(bytes_of(path, mistake, what, largest), str(path), mistake, what)


def bytes_of(path: str | Path, mistake: type[ValueError], what: str, largest: int = LARGEST) -> bytes:
    """What is in the file, of at most `largest` bytes. Raises `mistake` as `text_of` does."""
    try:
        content = content_of(path, largest)
    except OSError as error:
        raise mistake(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:  # Python's own word for it names no file
        raise mistake("cannot be read: no file has a zero byte in its name") from None
    return _within(largest, content, str(path), mistake, what)


def text_heard(mistake: type[ValueError], what: str, largest: int = LARGEST) -> str:
    """What comes through standard input, which messages call "-", of at most `largest` bytes. Raises `mistake` as
    `text_of` does."""
    try:
        with os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as file:
            content = _beginning(file, largest)
    except OSError as error:
        raise mistake(f"-: cannot be read: {error.strerror}") from None
    return decoded(_within(largest, content, "-", mistake, what), "-", mistake, what)


def _within(largest: int, content: bytes, name: str, mistake: type[ValueError], what: str) -> bytes:
    if len(content) > largest:
        raise mistake(f"{name}: is longer than {largest:,} bytes, so it is no {what}")
    return content


def content_of(path: str | Path, largest: int = LARGEST) -> bytes:
    """What is in the file, of a longer one `largest` + 1 bytes.

    A pipe is read as long as somebody may still write to it. Raises OSError where there is nothing to read: a folder, a
    pipe that nobody writes to.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY), "rb", buffering=0) as file:
        content = _beginning(file, largest)
        if not content and stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
            raise OSError(None, "nothing comes through this pipe, try a file")
    return content


def _beginning(file: FileIO, largest: int) -> bytes:
    content = bytearray()
    while len(content) <= largest:
        chunk = file.read(min(_CHUNK, largest + 1 - len(content)))
        if chunk is None:  # nothing yet
            select.select([file], [], [])
        elif chunk:
            content += chunk
        else:
            break
    return bytes(content)


def decoded(content: bytes, name: str, mistake: type[ValueError], what: str) -> str:
    """The text that these bytes are in UTF-8, without the mark that some editors put before it. Raises `mistake`."""
    if content.startswith(_UTF_16) or b"\0" in content[:4]:
        raise mistake(f"{name}: is not text in UTF-8, so it is no {what}; if it is UTF-16, save it as UTF-8")
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise mistake(f"{name}, line {line}: is not text in UTF-8, so it is no {what}; save it as UTF-8") from None
