"""Processes that a test has started, looked at from outside."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

BROADCAST = str(Path(sys.executable).with_name("broadcast"))
"""The command, as it is installed beside this Python."""

SHOWN = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
"""For tests that need a system that shows its processes."""


def until(come: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something; fails where it does not come."""
    deadline = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether there is such a process, and it is more than an entry that nobody has asked for."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def end(pids: Iterable[int]) -> None:
    """Kill those of these processes that are left."""
    for pid in filter(alive, pids):
        os.kill(pid, signal.SIGKILL)


def gone(pids: Iterable[int], seconds: float = 20) -> None:
    """Wait until none of these processes is left; what is then, fails, and is killed."""
    these = list(pids)
    try:
        until(lambda: not any(map(alive, these)), seconds)
    finally:
        end(these)


def descendants(pid: int) -> list[int]:
    """Every process that this one has started, and those that these have started."""
    found = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    children: dict[int, list[int]] = {}
    for line in found.splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    wanted, reached = [pid], list[int]()
    while wanted:
        these = children.get(wanted.pop(), [])
        reached += these
        wanted += these
    return reached
