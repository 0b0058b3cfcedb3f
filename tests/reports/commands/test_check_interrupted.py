"""A check that is interrupted: it tells and writes what it has found, and leaves no process behind."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from processes import BROADCAST, SHOWN, alive, end, until

STUBBORN = """
import os, signal, sys
for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(each, signal.SIG_IGN)
with open({pids!r}, "a") as file:
    print(os.getpid(), file=file)
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.sim.subjects.protocol.serve import serve
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
class Counting(ReferenceSubject):
    taken = 0
    def take(self, steps):
        Counting.taken += 1
        if Counting.taken == 150:
            print(os.getpid(), file=open({far!r}, "a"), flush=True)
        return super().take(steps)
try:
    serve(Counting(BY_NAME[{name!r}].rules if {name!r} else Core), sys.stdin.buffer, sys.stdout.buffer)
finally:
    while True:  # whatever it is told
        signal.pause()
"""


class Checked:
    """A check under way of a subject that ignores every signal it can, and does not end with its input."""

    def __init__(self, folder: Path, name: str, *options: str) -> None:
        self.pids, self.far, self.out = folder / "pids", folder / "far", folder / "out"
        script = folder / "stubborn.py"
        script.write_text(STUBBORN.format(pids=str(self.pids), far=str(self.far), name=name))
        command = [BROADCAST, "check", "--out", str(self.out), *options, "--", sys.executable, str(script)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)

    def children(self) -> list[int]:
        """The processes of the subject that have been started so far."""
        return [int(pid) for pid in self.pids.read_text().split()] if self.pids.is_file() else []

    def tried(self) -> int:
        """How many of them have been told a good deal."""
        return len(self.far.read_text().split()) if self.far.is_file() else 0

    def workers(self) -> list[int]:
        """The processes that the command started and that are none of the subject's: its workers, and who watches."""
        found = subprocess.run(["ps", "-eo", "pid=,sid="], capture_output=True, text=True, check=True).stdout
        pairs = [tuple(map(int, line.split())) for line in found.splitlines()]
        others = {self.process.pid, *self.children()}
        return [pid for pid, session in pairs if session == self.process.pid and pid not in others]


@pytest.fixture
def checking(tmp_path: Path) -> Iterator[Callable[..., Checked]]:
    """Begins a check; in the end nothing of it is left, whatever went wrong."""
    begun: list[Checked] = []

    def begin(name: str, *options: str, jobs: int = 1) -> Checked:
        begun.append(Checked(tmp_path, name, "--jobs", str(jobs), *options))
        until(lambda: begun[-1].tried() >= jobs)
        return begun[-1]

    yield begin
    for each in begun:
        end((each.process.pid, *each.children()))
        each.process.communicate()


@SHOWN
class TestInterrupted:
    """On a system that shows its processes."""

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda each: each.name)
    def test_what_was_found_is_told_and_written(self, checking: Callable[..., Checked], number: signal.Signals) -> None:
        """A finding, the files of --out, exit code 1, the mark that it was cut off; and no process is left."""
        check = checking("starts-the-host-first", "--json")
        check.process.send_signal(number)
        out, err = check.process.communicate(timeout=120)
        report = json.loads(out)
        assert (check.process.returncode, report["verdict"], report["cut_off"]) == (1, "violated", True), err
        assert report["findings"]
        assert json.loads((check.out / "check.json").read_text())["cut_off"]
        assert not any(map(alive, check.children()))

    def test_nothing_found_until_then_is_unknown(self, checking: Callable[..., Checked]) -> None:
        """Of an implementation that is right so far: exit code 3."""
        check = checking("")
        check.process.send_signal(signal.SIGTERM)
        out, err = check.process.communicate(timeout=120)
        assert check.process.returncode == 3, err
        assert b"interrupted after" in out
        assert not any(map(alive, check.children()))

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda each: each.name)
    def test_no_process_outlives_the_command(self, checking: Callable[..., Checked], number: signal.Signals) -> None:
        """With two workers, each with a subject of its own that ignores signals; also where the command is killed and
        can end nothing any more."""
        check = checking("", jobs=2)
        workers = check.workers()
        assert len(workers) >= 4, "two workers, and who watches over the subject of each"
        check.process.send_signal(number)
        check.process.communicate(timeout=120)
        until(lambda: not any(map(alive, (*check.children(), *workers))), seconds=20)
