"""Faults of the machine: what a user sees of each, and that what was there before is still there.

The table in `reports/output/README.md` tells them to users; each of its rows names the test that shows it.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from places import ROOT
from processes import BROADCAST, SHOWN, descendants, gone, until

from broadcast_orchestrator.properties.verification import campaign
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.sim.campaign.running import conduct

QUICK = """
name = "quick"
seed = 3
runs = 40
[[commands]]
at_ms = 0
command = "initialize"
"""


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    """An experiment file that takes no time."""
    (tmp_path / "quick.toml").write_text(QUICK)
    return tmp_path / "quick.toml"


def broadcast(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[str]]:
    """The exit code and the lines on standard error."""
    with pytest.raises(SystemExit) as left:
        main(list(map(str, words)))
    assert isinstance(left.value.code, int)
    return left.value.code, capsys.readouterr().err.splitlines()


def alone(*words: object, before: str = "", **how: Any) -> tuple[int, list[str]]:
    """The same in a process of its own, which does `before` first. Nobody measures it: what is written of that would
    meet the fault, too."""
    code = f"from broadcast_orchestrator.reports.cli import main\n{before}\nmain()"
    command = [sys.executable, "-c", code, *map(str, words)]
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    how = {"stdout": subprocess.DEVNULL, "env": unmeasured, **how}
    run = subprocess.run(command, **how, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    return run.returncode, run.stderr.splitlines()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# -- Disks ----------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a file system of 128 KiB, or mounts it again with these options."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("no file system can be mounted here")
        return place

    yield mount
    while os.path.ismount(place):
        subprocess.run(["umount", str(place)], check=True)


def limited(size: int) -> str:
    """What limits the size of every file that is written to so many bytes; Python ignores the signal of it."""
    return f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"


@pytest.mark.parametrize(
    ("words", "size"),
    [
        (("simulate", "--trace", "{out}/run.jsonl"), 2_000),
        (("graph", "--what", "table", "--out", "{out}/a.svg"), 9_000),
    ],
    ids=["a trace", "a picture"],
)
def test_a_disk_that_is_full(tmp_path: Path, words: tuple[str, ...], size: int) -> None:
    """No file grows beyond a limit: one line names the file, and the old one is still there."""
    out = tmp_path / "out"
    out.mkdir()
    file = Path(words[-1].format(out=out))
    file.write_text("old")
    code, err = alone(*(word.format(out=out) for word in words), before=limited(size))
    assert (code, err) == (2, [f"broadcast: {file}: File too large"])
    assert contents(out) == {file.name: b"old"}


def test_a_small_disk_that_is_full(
    capsys: pytest.CaptureFixture[str], small_disk: Callable[[str], Path], quick: Path
) -> None:
    """The same on a file system without room, for a file, for a folder of reports, and for results."""
    disk = small_disk("size=128k")
    (disk / "run.jsonl").write_text("old")
    with (disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(1 << 12))
    code, err = broadcast(capsys, "simulate", "--trace", disk / "run.jsonl")
    assert (code, err) == (2, [f"broadcast: {disk / 'run.jsonl'}: No space left on device"])
    code, err = broadcast(capsys, "experiment", quick, "--out", disk)
    assert (code, len(err)) == (2, 1)
    assert err[0].startswith(f"broadcast: {disk / 'results.sqlite'}: cannot be ")
    (disk / "filler").write_bytes(bytes(1 << 12))
    before = contents(disk)
    code, err = broadcast(capsys, "experiment", quick, "--out", disk)
    assert (code, err) == (2, [f"broadcast: {disk}: No space left on device"])
    kept = contents(disk)
    assert kept.pop("results.sqlite"), "the runs are kept"
    assert {**before, **kept} == before


def test_results_that_do_not_fit(capsys: pytest.CaptureFixture[str], tmp_path: Path, quick: Path) -> None:
    """Runs that do not fit any more end an experiment in one line; those that are there are kept."""
    quick.write_text(QUICK.replace("runs = 40", "runs = 100"))
    out = tmp_path / "out"
    assert broadcast(capsys, "experiment", quick, "--out", out) == (0, [])
    before = contents(out)
    size = (out / "results.sqlite").stat().st_size
    code, err = alone("experiment", quick, "--runs", 40_000, "--out", out, before=limited(size + 20_000))
    assert code == 2
    assert err[-1].startswith(f"broadcast: {out / 'results.sqlite'}: cannot be written, disk I/O error; make room")
    after = contents(out)
    for each in [name for name in {*before, *after} if name.startswith("results.sqlite")]:
        before.pop(each, None), after.pop(each, None)
    assert after == before, "the report is the old one"
    assert broadcast(capsys, "experiment", quick, "--out", out) == (0, [])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_standard_output_that_is_full() -> None:
    """What cannot be printed is said in one line."""
    with Path("/dev/full").open("w") as full:
        assert alone("simulate", stdout=full) == (2, ["broadcast: output: No space left on device"])


def test_a_folder_that_may_only_be_read(
    capsys: pytest.CaptureFixture[str], small_disk: Callable[[str], Path], tmp_path: Path, quick: Path
) -> None:
    """It is said before anything is done, and nothing is changed. For the superuser the file system is read-only."""
    if os.geteuid():
        folder = tmp_path / "folder"
        folder.mkdir()
        (folder / "run.jsonl").write_text("old")
        folder.chmod(0o500)
    else:
        folder = small_disk("size=128k")
        (folder / "run.jsonl").write_text("old")
        small_disk("remount,ro")
    for words in (("experiment", quick), ("verify", "--faults", "0", "--only", "G1")):
        code, err = broadcast(capsys, *words, "--out", folder)
        assert (code, err) == (2, [f"broadcast: --out {folder}: may not be written to, try another folder"])
    code, err = broadcast(capsys, "simulate", "--trace", folder / "run.jsonl")
    assert (code, len(err)) == (2, 1)
    assert re.fullmatch(rf"broadcast: {folder}/run.jsonl: (Read-only file system|Permission denied)", err[0])
    assert contents(folder) == {"run.jsonl": b"old"}
    folder.chmod(0o700) if os.geteuid() else None


def test_a_folder_that_is_taken_away_meanwhile(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quick: Path
) -> None:
    """A report that has no place any more is one line; the answer has been printed by then."""
    out = tmp_path / "out"

    def taken_away(*arguments: Any, **options: Any) -> tuple[int, ...]:
        made = conduct(*arguments, **options)
        shutil.rmtree(out)
        return made

    monkeypatch.setattr("broadcast_orchestrator.reports.experiment.answering.conduct", taken_away)
    code, err = broadcast(capsys, "experiment", quick, "--out", out)
    assert (code, err) == (2, [f"broadcast: {out}: No such file or directory"])


# -- Others on the same machine -------------------------------------------------------------------

CLAIMING = """
import sys
from pathlib import Path
from broadcast_orchestrator.reports.options.places import made_folder
with made_folder(Path(sys.argv[1])):
    print("claimed", flush=True)
    sys.stdin.readline()
"""


def test_two_commands_on_the_same_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path, quick: Path) -> None:
    """The second is told who is there before it does anything; what is in the folder stays. When the first has ended,
    by whatever means, the folder is free."""
    out = tmp_path / "out"
    broadcast(capsys, "experiment", quick, "--out", out)
    before = contents(out)
    first = subprocess.Popen(
        [sys.executable, "-c", CLAIMING, str(out)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert first.stdout is not None
        first.stdout.readline()
        for words in (("experiment", quick), ("verify",), ("check", "--python", "x:Y"), ("explain", quick)):
            code, err = broadcast(capsys, *words, "--out", out)
            if words[0] != "check":  # which looks for the class first
                told = rf"broadcast: --out {out}: (process {first.pid} \(.*\)|another program) writes there, try .*"
                assert (code, len(err)) == (2, 1)
                assert re.fullmatch(told, err[0])
        assert contents(out) == before
    finally:
        first.kill()
        first.communicate()
    assert broadcast(capsys, "experiment", quick, "--out", out) == (0, [])


def test_an_output_that_nobody_reads() -> None:
    """A pipe that is closed at its other end stops the command without a word."""
    there, here = os.pipe()
    os.close(there)
    try:
        assert alone("simulate", stdout=here) == (141, [])
    finally:
        os.close(here)


def test_no_place_for_temporary_files(tmp_path: Path, quick: Path) -> None:
    """Where the one that is named is none, another one is taken; where there is none at all, one line says so."""
    environment = {**os.environ, "TMPDIR": str(tmp_path / "none")}
    assert alone("experiment", quick, env=environment) == (0, [])
    nowhere = "import tempfile; tempfile._candidate_tempdir_list = lambda: ['/none']"
    code, err = alone("graph", "--what", "table", "--out", tmp_path / "b.svg", before=nowhere)
    assert (code, err) == (2, ["broadcast: output: No usable temporary directory found in ['/none']"])
    assert not (tmp_path / "b.svg").exists()


# -- Memory ---------------------------------------------------------------------------------------


def test_memory_that_is_used_up(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system does not give is one line."""
    monkeypatch.setattr(campaign, "verify", lambda *_: bytearray(1 << 62))
    said = "broadcast: there is not enough memory for this; try it with less, or where there is more"
    assert broadcast(capsys, "verify") == (2, [said])


@SHOWN
@pytest.mark.parametrize(
    "words", [("mutants",), ("experiment", "retry-storm", "--runs", "900000")], ids=lambda words: words[0]
)
def test_a_worker_that_the_system_kills(words: tuple[str, ...]) -> None:
    """As Linux does with the largest process where memory is short: one line, and no other process is left."""
    command = subprocess.Popen([BROADCAST, *words, "--jobs", "2"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        until(lambda: len(workers(command.pid)) == 2 or command.poll() is not None)
        started = descendants(command.pid)
        os.kill(workers(command.pid)[0], signal.SIGKILL)
        _, err = command.communicate(timeout=120)
    finally:
        command.kill()
        command.communicate()
    said = "broadcast: a worker was killed, perhaps because memory ran out; try again, or with fewer --jobs"
    assert command.returncode == 2
    assert err.decode().splitlines()[-1] == said
    assert "Traceback" not in err.decode()
    gone(started)


def workers(pid: int) -> list[int]:
    """Those processes that a command has started to share its work."""
    found = []
    for each in descendants(pid):
        try:
            line = Path(f"/proc/{each}/cmdline").read_bytes()
        except OSError:
            continue
        if b"spawn_main" in line or b"LokyProcess" in line:
            found.append(each)
    return found


def test_the_table_names_these_tests() -> None:
    """Every row of the table for users is shown by a test of this file, and every test has its row."""
    table = (ROOT / "reports" / "output" / "README.md").read_text("utf-8")
    named = re.findall(r"`(test_\w+)` \|$", table, re.MULTILINE)
    assert sorted(named) == sorted(name for name in globals() if name.startswith("test_") and "table" not in name)
