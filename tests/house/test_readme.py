"""The README tells the truth."""

import re

import pytest
from places import ROOT

from broadcast_orchestrator.reports.graphs.drawing import render
from broadcast_orchestrator.reports.graphs.graph import table_graph

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_first_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """The example is ten lines or a few more, and prints what its comments say."""
    example = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0]
    exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == ["producer.start failed: connection lost ()", "ready"]
    assert all(line in example for line in ("# producer.start failed: connection lost ()", "# ready"))
    assert len([line for line in example.splitlines() if line.strip()]) <= 14


def test_its_picture_is_the_table() -> None:
    """The picture is what `broadcast graph --what table` draws today."""
    (path,) = re.findall(r"!\[.*?\]\((.*?)\)", README)
    assert (ROOT / path).read_text(encoding="utf-8") == render(table_graph(), "svg")
