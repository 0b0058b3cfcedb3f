"""What a process that is killed leaves behind: nothing that stays."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from processes import BROADCAST, SHOWN, alive, until

from broadcast_orchestrator.reports.output.files import write_folder, write_whole
from broadcast_orchestrator.sim.processes import no_orphans
from broadcast_orchestrator.sim.processes.scratch import PREFIX, scratch
from broadcast_orchestrator.sim.processes.workers import worker_pool
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.protocol.messages import SubjectError

HOLDING = """
import sys, time
from pathlib import Path
from broadcast_orchestrator.sim.processes import no_orphans
from broadcast_orchestrator.sim.processes.scratch import scratch
with scratch(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("half")
    print(folder.name, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Callable[[], tuple["subprocess.Popen[str]", str]]]:
    """Begins a process that is in the midst of writing into the folder; tells the name of what it writes there."""
    begun: list[subprocess.Popen[str]] = []

    def begin() -> tuple["subprocess.Popen[str]", str]:
        process = subprocess.Popen([sys.executable, "-c", HOLDING, tmp_path], stdout=subprocess.PIPE, text=True)
        begun.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    yield begin
    for each in begun:
        each.kill()
        each.communicate()


def test_what_a_killed_process_left_is_swept(
    tmp_path: Path, holder: Callable[[], tuple["subprocess.Popen[str]", str]]
) -> None:
    """The next file that is written into a folder takes away what was killed there, and not what somebody writes."""
    killed, left = holder()
    killed.kill()
    killed.wait()
    _, under_way = holder()
    assert sorted(path.name for path in tmp_path.glob(f"{PREFIX}*")) == [under_way], "the second one has swept"
    assert left != under_way
    write_whole(tmp_path / "file", "text")
    write_folder(tmp_path, [("a", "text")])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([under_way, ".broadcast-files", "a", "file"])


def test_what_is_done_leaves_nothing(tmp_path: Path) -> None:
    """Neither an end in order nor an error leaves the folder."""
    with scratch(tmp_path) as first:
        (first / "file").write_text("text")
    with pytest.raises(ZeroDivisionError), scratch(tmp_path):
        1 / 0  # noqa: B018
    assert not list(tmp_path.iterdir())


STUBBORN = """
import os, signal, time
from pathlib import Path
for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(each, signal.SIG_IGN)
Path("pids").write_text(f"{os.getpid()} {os.fork() or os.getpid()}")
time.sleep(600)
"""
"""A module whose import never ends, nor does the child that it starts, whatever it is told."""


@SHOWN
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda each: each.name)
def test_a_class_that_hangs_ends_with_the_command(tmp_path: Path, number: signal.Signals) -> None:
    """While `check --python` looks whether there is such a class, too, nothing outlives the command."""
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    pids = tmp_path / "pids"
    command = subprocess.Popen(
        [BROADCAST, "check", "--python", "stubborn:make"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        until(lambda: pids.is_file() and len(pids.read_text().split()) == 2)
        command.send_signal(number)
        command.communicate(timeout=60)
    finally:
        command.kill()
    assert command.returncode == (-9 if number == signal.SIGKILL else 143)
    until(lambda: not any(alive(int(pid)) for pid in pids.read_text().split()), seconds=20)


def test_what_cannot_be_watched_is_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has room for one process and not for a second one, which watches, the first is ended again."""
    seen: list[int] = []

    def no_room(watcher: object, leader: int) -> None:
        seen.append(leader)
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(no_orphans.Watcher, "__init__", no_room)
    with pytest.raises(SubjectError, match="sleep: cannot be started: Resource temporarily unavailable"):
        ChildSubject(("sleep", "600"))
    assert len(seen) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(seen[0], 0)


ENDED_WHILE_IT_STARTS = """
import subprocess, time
from multiprocessing import Pipe
from broadcast_orchestrator.sim.processes import no_orphans, workers
theirs, ours = Pipe(duplex=False)
workers.live_by(theirs)
watch = no_orphans.Watcher.__init__
def slowly(watcher, leader):
    print(leader, flush=True)
    ours.close()
    time.sleep(1)
    watch(watcher, leader)
no_orphans.Watcher.__init__ = slowly
no_orphans.started(["sleep", "600"], stdin=subprocess.DEVNULL)
time.sleep(600)
"""
"""A worker whose lifeline is let go while it starts a process, after that stands and before it is watched."""


@SHOWN
def test_a_worker_that_ends_while_it_starts_a_process_leaves_none() -> None:
    """However slow the system is between a process and the one that watches over it."""
    worker = subprocess.run(
        [sys.executable, "-c", ENDED_WHILE_IT_STARTS], stdout=subprocess.PIPE, text=True, timeout=60, check=False
    )
    started = int(worker.stdout)
    try:
        until(lambda: not alive(started), seconds=20)
    finally:
        if alive(started):
            os.kill(started, signal.SIGKILL)
    assert worker.returncode == 1


def wait(path: str) -> None:
    """Tell in this file which process it is, and wait for longer than any test."""
    Path(path).write_text(str(os.getpid()))
    signal.pause()


@SHOWN
def test_what_leaves_a_pool_ends_its_workers(tmp_path: Path) -> None:
    """An exception that leaves the block ends a worker that would never have ended by itself."""
    told = tmp_path / "pid"

    def leave() -> None:
        with worker_pool(1) as pool:
            pool.submit(wait, str(told))
            until(lambda: told.is_file() and bool(told.read_text()))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave()
    until(lambda: not alive(int(told.read_text())), seconds=20)
