"""Reading a file that someone named: what is wrong with it is one line that begins with its name."""

from pathlib import Path


def text_of(path: str | Path, mistake: type[ValueError], what: str) -> str:
    """The text of the file. Raises `mistake` where it cannot be read, or is no text and so no `what` ("trace")."""
    try:
        return Path(path).read_bytes().decode()
    except OSError as error:
        raise mistake(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise mistake(f"{path}: is not text, so it is no {what}") from None
