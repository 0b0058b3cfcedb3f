"""What a process that is killed leaves behind: nothing that stays."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from processes import SHOWN, alive, until

from broadcast_orchestrator.reports.output.files import write_folder, write_whole
from broadcast_orchestrator.sim.processes.scratch import PREFIX, scratch
from broadcast_orchestrator.sim.processes.workers import worker_pool

HOLDING = """
import sys, time
from pathlib import Path
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
