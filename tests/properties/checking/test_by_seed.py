"""What Hypothesis makes up depends on the seed, and not on what else the process has loaded."""

import importlib
from pathlib import Path

import pytest

from broadcast_orchestrator.properties.checking.search import random_search
from broadcast_orchestrator.sim.subjects.protocol.messages import Extension
from broadcast_orchestrator.sim.subjects.scenario import Scenario

pytestmark = pytest.mark.usefixtures("untraced")


def made_up() -> list[Scenario]:
    """What a short search makes up."""
    found: list[Scenario] = []

    def try_out(scenario: Scenario) -> tuple[str, ...]:
        found.append(scenario)
        return (str(len(scenario.orders)),)

    random_search.search(random_search.made_up({}, tuple(Extension)), 5, 60, try_out, ())
    return found


def test_a_module_full_of_numbers_changes_no_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has loaded another module makes up the same scenarios from the same seed."""
    before = made_up()
    (tmp_path / "full_of_numbers.py").write_text(f"NUMBERS = {list(range(13, 200))}\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("full_of_numbers")
    assert made_up() == before
