"""The README tells the truth."""

import asyncio
import re
import shlex
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from places import ROOT

from broadcast_orchestrator.model.operations import OPERATIONS, SHUTDOWN, STARTUP
from broadcast_orchestrator.model.runtime import AsyncOrchestrator
from broadcast_orchestrator.model.sessions import SqliteSessions
from broadcast_orchestrator.reports.cli import app
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


def test_its_evening_goes_on_air(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines that put it on air do, within ten lines, with services that do everything at once."""
    monkeypatch.chdir(tmp_path)
    (example,) = [each for each in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "AsyncOrchestrator" in each]
    assert len(example.splitlines()) <= 10
    calls = list[str]()
    names = (SqliteSessions, AsyncOrchestrator)
    scope: dict[str, Any] = {"asyncio": asyncio, **{each.__name__: each for each in names}}
    exec(compile(example.replace("3600", "0"), "README.md", "exec"), scope)
    asyncio.run(scope["evening"](Mock(**{f"{each}.side_effect": partial(calls.append, each) for each in OPERATIONS})))
    assert calls == ["host.initialize", *(step.operation for step in STARTUP[:4]), *SHUTDOWN[:4]]
    document = SqliteSessions("sessions.sqlite").get("tonight")
    assert document is not None
    assert (document.broadcast_state, document.broadcast_duration is None) == ("idle", False)


def test_its_picture_is_the_table() -> None:
    """The picture is what `broadcast graph --what table` draws today."""
    (path,) = re.findall(r"!\[.*?\]\((.*?)\)", README)
    assert (ROOT / path).read_text(encoding="utf-8") == render(table_graph(), "svg")


READMES = sorted({ROOT / "README.md", *ROOT.glob("[mprs]*/**/README.md")} - {ROOT / "sim" / "node" / "README.md"})
READMES = [each for each in READMES if "node_modules" not in each.parts]


def commands() -> list[tuple[str, str]]:
    """Every command line of `broadcast` that a README shows, with the folder of the README."""
    shown = re.compile(r"^\s*(?:\.venv/bin/)?broadcast (.+)", re.MULTILINE)
    texts = [(file.parent.name, file.read_text(encoding="utf-8")) for file in READMES]
    return [(folder, line) for folder, text in texts for line in shown.findall(text)]


@pytest.mark.parametrize(("folder", "line"), commands())
def test_every_command_that_is_shown_is_one(folder: str, line: str) -> None:
    """What a README shows is a command with options that it has."""
    words = shlex.split(line.partition(" | ")[0], comments=True)
    _, bound, _ = app.parse_args(words, print_error=False, exit_on_error=False)
    assert bound.arguments or len(words) == 1


def test_every_room_that_the_readme_names_is_there() -> None:
    """No link leads nowhere, and the page stays one that is read in five minutes."""
    for file in READMES:
        for target in re.findall(r"\]\(([^)#]+)\)", file.read_text(encoding="utf-8")):
            assert (file.parent / target).exists(), f"{file}: {target}"
    assert len(README.splitlines()) <= 130
