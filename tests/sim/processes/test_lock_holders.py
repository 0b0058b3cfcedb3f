"""A results file that somebody holds: who it is, said at once."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from broadcast_orchestrator.properties.experiments.measured import columns, work
from broadcast_orchestrator.sim.campaign import store as stores
from broadcast_orchestrator.sim.campaign.running import conduct
from broadcast_orchestrator.sim.campaign.store import ResultStore, StoreError
from broadcast_orchestrator.sim.experiments.files import load
from broadcast_orchestrator.sim.processes import lock_holders
from broadcast_orchestrator.sim.processes.lock_holders import holder_of

STUDY = load("healthy", {"runs": 4})

TOLD = pytest.mark.skipif(not lock_holders.LOCKS.is_file(), reason="the system does not tell who holds a lock")

LOCKING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute(sys.argv[2])
print("held", flush=True)
sys.stdin.readline()
connection.rollback()
connection.close()
"""
"""A process that locks the file, until it is told to let go."""

Lock = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results file with four runs."""
    path = tmp_path / "results.sqlite"
    with ResultStore.begin(path, STUDY, columns(STUDY.experiment)) as store:
        conduct(STUDY, store, work, 4)
    return path


@pytest.fixture
def lock(results: Path) -> Iterator[Lock]:
    """Has another process lock the file by this statement."""
    begun: list[subprocess.Popen[str]] = []

    def begin(how: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", LOCKING, str(results), how]
        begun.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        assert begun[-1].stdout is not None
        begun[-1].stdout.readline()
        return begun[-1]

    yield begin
    for each in begun:
        each.kill()
        each.communicate()


def opened(path: Path, told: Callable[[str], None]) -> ResultStore:
    """The store, opened for the study."""
    return ResultStore.begin(path, STUDY, columns(STUDY.experiment), told)


@TOLD
def test_it_says_at_once_for_whom_it_waits(results: Path, lock: Lock) -> None:
    """A campaign that wants to write tells the process and its command, waits until that lets go, and goes on."""
    holder, told = lock("BEGIN IMMEDIATE"), list[str]()

    def waiting(line: str) -> None:
        told.append(line)
        holder.communicate("let go\n")

    with opened(results, waiting) as store:
        store.add(0, [(4, 5, *[None] * len(store.columns))])
        assert store.total == 5
    (line,) = told
    assert line.startswith(f"{results}: is locked by process {holder.pid} ({Path(sys.executable).name} -c ")
    assert line.endswith("; waiting up to 10 seconds")


@TOLD
def test_whoever_never_lets_go_is_named(results: Path, lock: Lock, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time it gives up with one line, and what was in the file is still there."""
    monkeypatch.setattr(stores, "PATIENCE_S", 0.1)
    holder, told = lock("BEGIN IMMEDIATE"), list[str]()
    with (
        pytest.raises(StoreError, match=rf"is locked by process {holder.pid} .*; try again when that has ended$"),
        opened(results, told.append) as store,
    ):
        store.add(0, [(4, 5, *[None] * len(store.columns))])
    assert len(told) == 1
    holder.communicate("let go\n")
    with closing(sqlite3.connect(results)) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (4,)


def test_where_nobody_tells_it_is_another_program(
    results: Path, lock: Lock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On a system without a list of locks the lock is told all the same."""
    monkeypatch.setattr(lock_holders, "LOCKS", tmp_path / "none")
    lock("BEGIN IMMEDIATE")
    assert holder_of(results) == "another program"


@TOLD
def test_a_lock_that_tells_another_place_is_found_by_who_has_the_file_open(
    results: Path, lock: Lock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As in the layered file system of a container: a holder of some lock that has this very file open is the one."""
    holder = lock("BEGIN IMMEDIATE")
    (tmp_path / "locks").write_text(f"1: POSIX  ADVISORY  WRITE {holder.pid} 00:01:1 120 120\n")
    monkeypatch.setattr(lock_holders, "LOCKS", tmp_path / "locks")
    assert holder_of(results).startswith(f"process {holder.pid} ")
    assert holder_of(tmp_path / "locks") == "another program"


def test_nobody_holds_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Asked about nothing, it names nobody."""
    assert holder_of(tmp_path / "none") == "another program"
