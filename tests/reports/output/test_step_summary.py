"""The summary page of a CI step."""

from pathlib import Path

import pytest

from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.output.step_summary import add_step_summary


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the runner names."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page.md"))
    return tmp_path / "page.md"


def test_what_was_found_is_added_to_what_is_there(page: Path) -> None:
    """A step may run several commands: each adds its own, and the first stays."""
    page.write_text("# first\n", "utf-8")
    add_step_summary(lambda: "# second")
    assert page.read_text("utf-8") == "# first\n# second\n"


def test_without_a_page_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no runner asks, the text is not even put together."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    add_step_summary(lambda: pytest.fail("nobody asks"))


def test_a_text_that_is_too_long_is_cut_at_a_line_and_says_so(page: Path) -> None:
    """The runner would take nothing of a text above its limit."""
    add_step_summary(lambda: "ä line\n" * 200_000)
    text = page.read_text("utf-8")
    assert 990_000 < len(text.encode()) <= 1_000_000
    assert text.endswith("ä line\n\n*Cut off here: the rest is in the report.*\n")


def test_a_page_that_cannot_be_written_is_told_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what is missing; the command goes on."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    add_step_summary(lambda: "text")
    assert capsys.readouterr().err == f"GITHUB_STEP_SUMMARY: {tmp_path}: Is a directory; the summary is not written\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("experiment", "healthy", "--runs", "20"), ["# ?", "at the median", "## A claim is still undecided"]),
        (("verify", "--faults", "0", "--only", "G1"), ["proved", "G1"]),
    ],
    ids=["experiment", "verify"],
)  # fmt: skip
def test_commands_write_their_answer(
    page: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: list[str]
) -> None:
    """The answer stands in the first line, and the page is there without --out."""
    with pytest.raises(SystemExit):
        main(list(arguments))
    text = page.read_text("utf-8")
    assert text.startswith("# ")
    assert all(each.lower() in text.lower() for each in told), text
