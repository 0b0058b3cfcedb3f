"""Files that are written: whole or not there, and nothing that was there before destroyed."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from broadcast_orchestrator.reports.output.files import write_folder, write_whole

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can make devices and give files away")


def test_a_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be written leaves the old one as it was and nothing beside it."""
    target = write_whole(tmp_path / "deep" / "file.txt", "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "chmod", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(target, "new")
    assert target.read_text() == "old"
    assert [path.name for path in target.parent.iterdir()] == ["file.txt"]


def test_half_a_character_is_spelled_out(tmp_path: Path) -> None:
    """UTF-8 has no lone surrogate; a file with one is written all the same."""
    assert write_whole(tmp_path / "file", "a\ud800b").read_text("utf-8") == "a\\ud800b"


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    """What the link leads to is written, also where it is not there yet."""
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_whole(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "text"


def test_a_file_keeps_its_mode(tmp_path: Path) -> None:
    """What nobody else may read, nobody else can read afterwards."""
    target = write_whole(tmp_path / "file", "old")
    target.chmod(0o600)
    write_whole(target, "new")
    assert (stat.S_IMODE(target.stat().st_mode), target.read_text()) == (0o600, "new")


@AS_ROOT
def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    """The superuser who writes into somebody's file does not take it away."""
    target = write_whole(tmp_path / "file", "old")
    os.chown(target, 12345, 23456)
    write_whole(target, "new")
    assert (target.stat().st_uid, target.stat().st_gid) == (12345, 23456)


def test_a_pipe_is_written_through_and_stays_one(tmp_path: Path) -> None:
    """Whoever reads a named pipe gets all of it."""
    pipe, heard = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: heard.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, "x" * 300_000)
    reader.join(30)
    assert heard == [b"x" * 300_000]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@AS_ROOT
def test_a_device_stays_a_device(tmp_path: Path) -> None:
    """As root, too, writing to a device node writes to the device."""
    device = tmp_path / "null"
    try:
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        write_whole(device, "text")
    except PermissionError:
        pytest.skip("no devices can be made here")
    assert stat.S_ISCHR(device.stat().st_mode)


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1"])
def test_standard_output_can_be_the_file(name: str, tmp_path: Path) -> None:
    """A dash and the names of an open file write there, through a pipe and into a file."""
    imports = f"from pathlib import Path; from {write_whole.__module__} import write_whole"
    code = f"{imports}; write_whole(Path({name!r}), 'text')"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=tmp_path).stdout == b"text"
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True, cwd=tmp_path)
    assert (tmp_path / "out").read_text() == "text"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def names(folder: Path) -> list[str]:
    """Every file in the folder, but for the list of ours."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name != ".broadcast-files")


def test_a_folder_has_all_files_and_none_of_an_earlier_time(tmp_path: Path) -> None:
    """What an earlier call wrote and this one does not is gone; what somebody else put there stays."""
    write_folder(tmp_path, [("report.html", "one"), ("witnesses/a.jsonl", "a"), ("witnesses/b.jsonl", "b")])
    (tmp_path / "witnesses" / "mine.txt").write_text("mine")
    written = write_folder(tmp_path, [("report.html", "two"), ("witnesses/b.jsonl", "B")])
    assert [path.relative_to(tmp_path).as_posix() for path in written] == ["report.html", "witnesses/b.jsonl"]
    assert names(tmp_path) == ["report.html", "witnesses/b.jsonl", "witnesses/mine.txt"]
    assert (tmp_path / "report.html").read_text() == "two"


def test_a_folder_is_left_as_it_was_where_something_goes_wrong(tmp_path: Path) -> None:
    """A text that cannot be put together ends the whole before anything is written."""
    write_folder(tmp_path, [("a", "old"), ("b", "old")])

    def broken() -> "list[tuple[str, str]]":
        raise ValueError("no such picture")

    with pytest.raises(ValueError, match="no such picture"):
        write_folder(tmp_path, (pair for made in ([("a", "new")], None) for pair in (made or broken())))
    assert names(tmp_path) == ["a", "b"]
    assert (tmp_path / "a").read_text() == "old"


def test_a_list_that_names_files_elsewhere_is_not_believed(tmp_path: Path) -> None:
    """Nothing outside of the folder is ever taken away."""
    outside = write_whole(tmp_path / "outside", "mine")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / ".broadcast-files").write_text(f"../outside\n{outside}\n")
    write_folder(folder, [("a", "text")])
    assert outside.read_text() == "mine"
