"""What a process that is killed leaves behind: nothing that stays."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from processes import BROADCAST, SHOWN, alive, descendants, gone, until

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
    gone(map(int, pids.read_text().split()))


def test_what_cannot_be_watched_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no room for the process that watches, the other is not even begun."""
    begun: list[object] = []

    def no_room(command: list[str], **_: object) -> None:
        begun.append(command[0])
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", no_room)
    with pytest.raises(SubjectError, match="sleep: cannot be started: Resource temporarily unavailable"):
        ChildSubject(("sleep", "600"))
    assert begun == ["/bin/sh"]


@SHOWN
def test_what_cannot_be_started_leaves_nobody_who_watches() -> None:
    """Neither a process nor an entry that nobody has asked for."""
    before = descendants(os.getpid())
    with pytest.raises(SubjectError, match=r"no-such-program: cannot be started: No such file or directory; is it in"):
        ChildSubject(("no-such-program",))
    after = set(descendants(os.getpid())) - set(before)
    assert not [pid for pid in after if Path(f"/proc/{pid}").exists()]


KILLED_WHILE_IT_STARTS = """
import os, signal, subprocess, sys
from broadcast_orchestrator.sim.processes import no_orphans
class Killing(subprocess.Popen):
    def __init__(self, command, **options):
        super().__init__(command, **options)
        print(self.pid, flush=True)
        if command[0] == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGKILL)
no_orphans.subprocess.Popen = Killing
no_orphans.started(["sleep", "600"], stdin=subprocess.DEVNULL)
"""
"""A process that is killed at once when the system has started this command for it, before it does anything more."""


def told_by_killed(script: str, *arguments: str) -> list[int]:
    """The processes that this one names until it is killed."""
    command = [sys.executable, "-c", script, *arguments]
    killed = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    return list(map(int, killed.stdout.split()))


@SHOWN
@pytest.mark.parametrize(("last", "many"), [("/bin/sh", 1), ("sleep", 2)])
def test_who_is_killed_while_it_starts_a_process_leaves_none(last: str, many: int) -> None:
    """Neither between the one that watches and the one that is watched nor after it; as joblib kills its workers, which
    have just lost a subject and start it afresh."""
    started = told_by_killed(KILLED_WHILE_IT_STARTS, last)
    assert len(started) == many
    gone(started)


HOSTILE = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
sys.stdin.readline()
os.kill(0, signal.SIGTERM)
print(os.getpid(), flush=True)
signal.pause()
"""
"""A process that ends all others of its group once it is told to."""


def ignores(pid: int, number: signal.Signals) -> bool:
    """Whether the process passes over this signal."""
    status = Path(f"/proc/{pid}/status").read_text()
    return bool(int(status.partition("SigIgn:")[2].split()[0], 16) >> number - 1 & 1)


@SHOWN
def test_what_ends_its_whole_group_is_still_watched() -> None:
    """A subject that ends what it has started by its group does not end the one that watches over it."""
    process, watcher = no_orphans.started([sys.executable, "-c", HOSTILE], stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    until(lambda: ignores(watcher.group, signal.SIGTERM))
    process.stdin.write(b"\n")
    assert int(process.stdout.readline()) == process.pid
    assert alive(watcher.group)
    no_orphans.end_group(process, watcher)
    assert not alive(process.pid)
    assert not alive(watcher.group)


LEAVES = """
import os, signal, sys
{"setsid": os.setsid, "setpgid": lambda: os.setpgid(0, 0)}[sys.argv[1]]()
for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(each, signal.SIG_IGN)
child = os.fork() or os.getpid()
if child != os.getpid():
    print(os.getpid(), child, flush=True)
signal.pause()
"""
"""A process that leaves its group, as `setsid` and `timeout` do, and starts another that does nothing of what it is
told."""


@SHOWN
@pytest.mark.parametrize("way", ["setsid", "setpgid"])
def test_what_has_left_its_group_is_ended_too(way: str) -> None:
    """With what it has started, by whoever has started it."""
    process, watcher = no_orphans.started([sys.executable, "-c", LEAVES, way], stdin=subprocess.DEVNULL)
    assert process.stdout is not None
    pids = list(map(int, process.stdout.readline().split()))
    assert [os.getpgid(pid) for pid in pids] == [process.pid, process.pid] != [watcher.group, watcher.group]
    no_orphans.end_group(process, watcher)
    assert process.returncode == -signal.SIGKILL
    gone(pids)


KILLED_AFTERWARDS = """
import os, signal, subprocess, sys
from broadcast_orchestrator.sim.processes import no_orphans
process, _ = no_orphans.started([sys.executable, "-c", *sys.argv[1:]], stdin=subprocess.DEVNULL)
print(process.stdout.readline().decode(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@SHOWN
@pytest.mark.parametrize("way", ["setsid", "setpgid"])
def test_what_has_left_its_group_outlives_nobody(way: str) -> None:
    """Where whoever has started it is killed."""
    started = told_by_killed(KILLED_AFTERWARDS, LEAVES, way)
    assert len(started) == 2
    gone(started)


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
    gone([int(told.read_text())])
