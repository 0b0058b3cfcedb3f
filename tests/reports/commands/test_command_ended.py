"""A command that is ended from outside: it ends in order where it can, and nothing of it stays where it cannot."""

import os
import re
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import pytest
from processes import BROADCAST, SHOWN, descendants, end, gone, until

from broadcast_orchestrator.reports import cli

INT, TERM, HUP, KILL = signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL


class Begun:
    """A command under way, with a folder of its own for temporary files."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.temporary, self.out = folder / "temporary", folder / "out"
        self.temporary.mkdir()
        self.said = (folder / "said").open("wb")
        environment = {**os.environ, "TMPDIR": str(self.temporary)}
        self.is_server = words[0] == "monitor"
        command = [BROADCAST, *(word.format(out=self.out) for word in words)]
        self.process = subprocess.Popen(
            command, stdout=self.said, stderr=subprocess.PIPE, env=environment, start_new_session=True
        )

    def at_work(self) -> bool:
        """Whether it has started others; where it is a server, whether it serves."""
        if self.process.poll() is not None:
            return True
        if not self.is_server:
            return len(descendants(self.process.pid)) >= 2
        address = re.search(r"http://\S+/", Path(self.said.name).read_text())
        return address is not None and bool(urlopen(address[0], timeout=60).read())

    def ended_by(self, number: signal.Signals) -> tuple[int, str]:
        """Send the signal; its exit code, and what it said on standard error in the end."""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=60)
        return self.process.returncode, err.decode()


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Callable[..., Begun]]:
    """Begins a command; in the end nothing of it is left, whatever went wrong."""
    commands: list[Begun] = []

    def begin(*words: str) -> Begun:
        commands.append(Begun(tmp_path, *words))
        return commands[-1]

    yield begin
    for each in commands:
        end((*descendants(each.process.pid), each.process.pid))
        each.process.communicate()
        each.said.close()


def rows(results: Path) -> int:
    """How many runs are in the file so far."""
    try:
        with closing(sqlite3.connect(f"file:{results}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM runs").fetchone()[0])
    except sqlite3.OperationalError:  # it is not there yet
        return 0


MUTANTS = ("mutants", "--jobs", "2")
VERIFY = ("verify", "--faults", "1")
EXPERIMENT = ("experiment", "retry-storm", "--runs", "900000", "--jobs", "2")
KEPT = (*EXPERIMENT, "--out", "{out}")
MONITOR = ("monitor", "--port", "0", "--subject", BROADCAST + " serve-reference")


@SHOWN
@pytest.mark.parametrize(
    ("words", "number", "code", "said"),
    [
        (MUTANTS, TERM, 143, "broadcast: terminated"),
        (MUTANTS, KILL, -9, ""),
        (VERIFY, HUP, 129, "broadcast: hung up"),
        (VERIFY, KILL, -9, ""),
        (EXPERIMENT, TERM, 143, "broadcast: terminated"),
        (EXPERIMENT, KILL, -9, ""),
        (KEPT, HUP, 129, "runs are kept in"),
        (MONITOR, TERM, 0, ""),
        (MONITOR, HUP, 0, ""),
        (MONITOR, KILL, -9, ""),
    ],
    ids=lambda each: each.name if isinstance(each, signal.Signals) else each[0] if isinstance(each, tuple) else "",
)
def test_nothing_of_a_command_stays(
    begun: Callable[..., Begun], words: tuple[str, ...], number: signal.Signals, code: int, said: str
) -> None:
    """However it is ended while its workers or its subject are at work: no process and no temporary file is left, and
    where it is not killed it says so in its own words."""
    command = begun(*words)
    until(command.at_work)
    started = descendants(command.process.pid)
    ended, err = command.ended_by(number)
    assert ended == code, err
    assert number == KILL or "Traceback" not in err, err
    assert said in err
    gone(started)
    assert not list(command.temporary.iterdir())


@SHOWN
def test_an_interrupt_tells_what_there_is_so_far(begun: Callable[..., Begun]) -> None:
    """Of an experiment with --out: how many runs there are, where they are kept, and that they are not lost."""
    command = begun(*KEPT[:-4], "--jobs", "1", "--out", "{out}")
    until(lambda: rows(command.out / "results.sqlite") > 0)
    code, err = command.ended_by(INT)
    assert code == 130
    far, kept, last = err.splitlines()
    assert far.startswith("broadcast: so far: runs: ")
    assert kept.endswith(f" runs are kept in {command.out}, the same command goes on from there")
    assert last == "broadcast: interrupted"
    assert [path.name for path in command.out.iterdir()] == ["results.sqlite"]


def test_a_wish_that_comes_twice_is_one(begun: Callable[..., Begun]) -> None:
    """A supervisor that tells the process and then its whole group does not cut the end short."""
    command = begun(*MONITOR[:3])
    until(command.at_work)
    os.kill(command.process.pid, TERM)
    os.killpg(command.process.pid, TERM)
    _, err = command.process.communicate(timeout=60)
    assert (command.process.returncode, err) == (0, b"")


def broken_off(*_: object, **__: object) -> None:
    """A library that is interrupted while it begins something, and then cannot end what never began."""
    try:
        signal.raise_signal(TERM)
    except KeyboardInterrupt:
        raise RuntimeError("cannot join thread before it is started") from None


def test_an_interrupt_that_breaks_a_library_off_is_still_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever comes up after a signal has come is no mistake of ours: one line says what ended the command."""
    monkeypatch.setattr(cli, "app", broken_off)
    with pytest.raises(SystemExit) as left:
        cli.main(["verify"])
    assert (left.value.code, capsys.readouterr().err) == (143, "broadcast: terminated\n")
