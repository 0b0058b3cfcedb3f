"""Files that someone named: read within bounds, and only where there is something to read."""

import os
from pathlib import Path

import pytest

from broadcast_orchestrator.sim.input.text_files import content_of, text_of


def test_a_mark_before_the_text_is_no_part_of_it(tmp_path: Path) -> None:
    """Some editors begin UTF-8 with a byte order mark."""
    (tmp_path / "file").write_bytes(b"\xef\xbb\xbfname = 'caf\xc3\xa9'\r\n")
    assert text_of(tmp_path / "file", ValueError, "dialect") == "name = 'café'\r\n"


UTF_16 = "file: is not text in UTF-8, so it is no trace; if it is UTF-16, save it as UTF-8"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a = 1".encode("utf-16"), UTF_16),
        ("a = 1".encode("utf-16-be"), UTF_16),
        ("a\nb = é".encode("latin-1"), "file, line 2: is not text in UTF-8, so it is no trace; save it as UTF-8"),
        (b"0123456789", "file: is longer than 9 bytes, so it is no trace"),
    ],
)
def test_what_is_no_text_is_told_with_what_to_do(tmp_path: Path, content: bytes, told: str) -> None:
    """Other encodings are not guessed, and long files not read."""
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(ValueError, match="file") as caught:
        text_of(tmp_path / "file", ValueError, "trace", largest=9 if content.isdigit() else 100)
    assert str(caught.value) == f"{tmp_path}/{told}"


def test_what_never_ends_is_read_as_far_as_it_may_be() -> None:
    """A device that has no end is longer than the limit, and one without anything is empty."""
    assert len(content_of("/dev/zero", 1_000)) == 1_001
    assert content_of(os.devnull, 1_000) == b""


def test_a_pipe_is_read_while_somebody_writes_to_it(tmp_path: Path) -> None:
    """What comes through it counts; one that nobody writes to is not waited for."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="nothing comes through this pipe"):
        content_of(tmp_path / "pipe")
    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.write(writing, b"one ")
        os.write(writing, b"two")
        os._exit(0)
    os.close(writing)
    assert content_of(f"/dev/fd/{reading}") == b"one two"
    os.waitpid(child, 0)
    os.close(reading)


def test_a_folder_and_a_missing_file_are_told(tmp_path: Path) -> None:
    """Both in the words of the system."""
    for path, told in (tmp_path, "Is a directory"), (tmp_path / "none", "No such file or directory"):
        with pytest.raises(ValueError, match="cannot be read") as caught:
            text_of(path, ValueError, "trace")
        assert str(caught.value) == f"{path}: cannot be read: {told}"
