"""Rules by name: what leads to a class, and what does not."""

from pathlib import Path

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.sim.input.import_paths import PathNotFound
from broadcast_orchestrator.sim.world.rules_by_name import find_rules


def test_a_class_that_calls_itself_otherwise_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other processes and traces know a class by its own name: where that leads elsewhere, nothing is begun; a second
    name of a class that is found under its own will do."""
    core = "from broadcast_orchestrator.model.core import Core\n"
    made = 'First = type("Other", (Core,), {"__module__": __name__})\nclass Plain(Core):\n    pass\nAgain = Plain\n'
    (tmp_path / "named_twice.py").write_text(core + made, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PathNotFound) as refused:
        find_rules("named_twice:First")
    assert str(refused.value) == (
        "named_twice:First: the class there calls itself named_twice:Other, try to define it under one name"
    )
    assert issubclass(find_rules("named_twice:Again"), Core)
