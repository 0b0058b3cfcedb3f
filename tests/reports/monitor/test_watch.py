"""`broadcast watch`: the state monitor in a terminal."""

import os
import select
import subprocess
import sys
import time
from io import StringIO

import pytest
from live_runs import settled, state
from rich.console import Console

from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.monitor.board import KEYS, Board
from broadcast_orchestrator.sim.realtime.live_run import LiveRun


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    """The exit code and what was printed."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    captured = capsys.readouterr()
    return left.value.code, captured.out, captured.err


def test_watch_plays_one_broadcast_where_nobody_is(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe, `watch` prints every step of one broadcast, a line each, and ends."""
    code, out, _ = command(capsys, "watch", "--speed", "1000")
    assert code == 0
    assert [word for word in ("initialize", "start_broadcast", "stop_broadcast") if f"asks: {word}" not in out] == []
    assert out.splitlines()[-1].startswith("ends in ready after ")


def test_watch_shows_a_failing_start(capsys: pytest.CaptureFixture[str]) -> None:
    """`--fail` makes a call fail the first time, as in simulate; the broadcast then recovers."""
    _, out, _ = command(capsys, "watch", "--speed", "1000", "--fail", "producer.start:lost_reply")
    assert "starting → error (startup_failed)" in out


def test_watch_tells_of_a_broken_guarantee(capsys: pytest.CaptureFixture[str]) -> None:
    """With rules that are broken on purpose, exit code 1 and the guarantee."""
    rules = "broadcast_orchestrator.properties.mutants.starting:UndoesInStartupOrder"
    code, out, _ = command(capsys, "watch", "--speed", "1000", "--fail", "producer.start", "--rules", rules)
    assert (code, "G2 is violated" in out) == (1, True)


def test_the_keys_drive_the_run() -> None:
    """Each key does what the board says, and a key without a meaning nothing."""
    board = Board(LiveRun())
    for keys, ends_in in (("i", "ready"), ("s", "live"), ("x", "ready"), ("s", "live"), ("e", "idle"), ("?", "idle")):
        for key in keys:
            board.press(key)
        settled(board.run)
        assert state(board.run) == ends_in
    board.press("p")
    board.press("+")
    assert (board.run.paused, board.run.speed, board.left) == (True, 2, False)
    board.press("n")
    assert board.problem == "nothing is left to happen"
    board.press("q")
    assert board.left


def screen(board: Board, width: int = 80, height: int = 24) -> list[str]:
    """The rows of the screen."""
    console = Console(width=width, height=height, file=StringIO(), record=True)
    console.print(board.layout(console))
    return console.export_text().splitlines()


@pytest.mark.parametrize("keys", ["", "is", "if", "if8", "if82s", "isl", "isl6", "isb3e", "iw", "isd", "isd1", "n"])
def test_everything_fits_the_smallest_terminal(keys: str) -> None:
    """On 80 columns and 24 rows no row is longer, none is missing, every light is there, and every key with what it
    does, or every entry of the menu that is open."""
    board = Board(LiveRun(), "evening")
    for key in keys:
        board.press(key)
        if not board.menu:
            settled(board.run)
    rows = screen(board)
    assert (len(rows), max(map(len, rows))) == (24, 80)
    lights = " ".join(rows[:4])
    assert [f"G{number}" for number in range(1, 18) if f"G{number} " not in lights] == []
    shown = "\n".join(rows)
    wanted = (
        board.menu.lines() if board.menu else [pair for row in KEYS for pair in zip(row[::2], row[1::2], strict=True)]
    )
    assert [key for key, words in wanted if f" {key}  {words[:60]}" not in shown] == []


def test_a_broken_guarantee_is_told_at_the_top() -> None:
    """The frame of the head names what is broken, and its third row says it as the page does."""
    board = Board(LiveRun())
    for key in "isb3":
        board.press(key)
        settled(board.run)
    head, *_ = rows = screen(board)
    assert "broadcast: G3 broken" in head
    assert "✗G3" in rows[2]
    assert "G3 broken since step" in rows[3]
    assert "host is off in live" in rows[3]


def test_what_befalls_the_dashboard_by_keys() -> None:
    """On air, the page is reloaded; another dashboard stops what is on; the page sleeps through an answer."""
    board = Board(LiveRun())
    for key in "is":
        board.press(key)
        settled(board.run)
    for key in "d1":
        board.press(key)
    assert (state(board.run), board.run.studio.world.truth.active) == ("idle", (True,) * 4)
    for key in "d6":
        board.press(key)
    settled(board.run)
    assert board.run.studio.world.truth.active == (False,) * 4
    for key in "id3":
        board.press(key)
    board.run.studio.run(board.run.now_ms + 9_000)
    assert state(board.run) == "initializing"
    settled(board.run)
    assert state(board.run) in ("ready", "error")
    for key in "ed1d1":
        board.press(key)
        settled(board.run)
    assert board.problem == "there is nothing to forget, so a reload makes no difference"


def test_faults_by_keys() -> None:
    """A call is made to fail, a service is lost, with and without a report, and switched, the backend refuses writes,
    the feed loses its content, an order is taken back, and any other key leaves a menu."""
    board = Board(LiveRun())
    board.press("i")
    settled(board.run)
    for keys, does in (
        ("f84", "producer.start: hang"),
        ("f81", ""),
        ("f82", "producer.start: refuse"),
    ):
        for key in keys:
            board.press(key)
        assert ", ".join(f"{name}: {fault.kind}" for name, fault in board.run.ordered.items()) == does
    assert any("next call of producer.start: refuse" in row for row in screen(board))
    for keys, ends_in in (
        ("s", "error"),
        ("r", "ready"),
        ("s", "live"),
        ("l6", "live"),
        ("l1", "error"),
        ("e", "idle"),
    ):
        for key in keys:
            board.press(key)
        settled(board.run)
        assert state(board.run) == ends_in
    for key in "wcb4":
        board.press(key)
    world = board.run.studio.world
    assert (world.truth.refusing, world.core.content, world.truth.active) == (True, False, (False, False, False, True))
    for keys in ("f\x1b", "fq", "l?", "b9"):
        for key in keys:
            board.press(key)
        assert (board.menu, board.left, board.run.ordered) == (None, False, {})


def test_watch_in_a_real_terminal() -> None:
    """At a terminal it follows the keys live, and q ends it with the terminal as it was."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 150, 0, 0))
    before = termios.tcgetattr(theirs)
    arguments = [
        sys.executable,
        "-c",
        "from broadcast_orchestrator.reports.cli import main; main()",
        "watch",
        "--speed",
        "20",
    ]
    with subprocess.Popen(
        arguments, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm"}
    ) as process:
        for keys, awaited in (
            (b"", b"nothing under way"),
            (b"i", b"initialize succeeded"),
            (b"s", b"start_broadcast succeeded"),
        ):
            os.write(ours, keys)
            assert awaited in read_until(ours, awaited)
        os.write(ours, b"q")
        assert b"ends in live" in read_until(ours, b"ends in live")
        assert process.wait(20) == 0
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)


def read_until(handle: int, wanted: bytes) -> bytes:
    """What the terminal shows until the wanted words come, or until it is plain that they do not."""
    read, patience = b"", time.monotonic() + 20
    while wanted not in read and time.monotonic() < patience:
        if select.select([handle], [], [], 0.1)[0]:
            read += os.read(handle, 65536)
    return read
