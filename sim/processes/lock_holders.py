"""Who holds a file that is locked, so that whoever waits for it knows for whom."""

import os
from pathlib import Path

LOCKS, PROCESSES = Path("/proc/locks"), Path("/proc")
"""Where Linux tells every lock, and every process."""

MOST_LETTERS = 100


def holder_of(*files: Path) -> str:
    """Who else has locked one of these files against others, in words: the process and its command line.

    Where the system does not tell, as elsewhere than on Linux, it is "another program".
    """
    wanted = {place for place in map(_place_of, files) if place is not None}
    for process, place in _locked():
        if process != os.getpid() and (place in wanted or not wanted.isdisjoint(_opened_by(process))):
            return f"process {process}{_command_of(process)}"
    return "another program"


def _place_of(file: Path) -> tuple[int, int] | None:
    """The device and the number of a file."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _opened_by(process: int) -> set[tuple[int, int]]:
    """The files that a process has open, as far as one may see: in some file systems a lock tells another place of a
    file than its status does."""
    try:
        places = [_place_of(each) for each in (PROCESSES / str(process) / "fd").iterdir()]
    except OSError:
        return set()
    return {place for place in places if place is not None}


def _locked() -> list[tuple[int, tuple[int, int]]]:
    """The process and the place of every lock that keeps others out."""
    try:
        rows = [line.split() for line in LOCKS.read_text(encoding="ascii", errors="replace").splitlines()]
    except OSError:
        return []
    return [(int(row[4]), _place(row[5])) for row in rows if row[3:4] == ["WRITE"] and int(row[4]) > 0]


def _place(text: str) -> tuple[int, int]:
    """The device and the number of a file, from "08:01:1234"."""
    major, minor, number = text.split(":")
    return os.makedev(int(major, 16), int(minor, 16)), int(number)


def _command_of(process: int) -> str:
    try:
        words = (PROCESSES / str(process) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return ""
    if not any(words):  # a process of the system, or one that is just ending
        return ""
    program, *rest = filter(None, words)
    if Path(program).name.startswith("python") and rest and not rest[0].startswith("-"):
        program, *rest = rest
    told = " ".join((Path(program).name, *rest))
    line = "".join(letter if letter.isprintable() else "?" for letter in told)
    return f" ({line if len(line) <= MOST_LETTERS else f'{line[:MOST_LETTERS]}...'})"
