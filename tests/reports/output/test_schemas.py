"""The published schemas know what there is: every class of fault, and every guarantee."""

import json
import re
from pathlib import Path

import pytest
from places import TESTS

from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES
from broadcast_orchestrator.sim.world.faults import FAULTS

SCHEMAS = sorted((TESTS.parent / "reports" / "schema").glob("*.json"))


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_pattern_leaves_out_no_fault_and_no_guarantee(path: Path) -> None:
    """Where a schema says what the id of a fault or of a guarantee looks like, every one that there is looks so."""
    patterns = set(re.findall(r'"pattern": ("[^"]*")', path.read_text(encoding="utf-8")))
    for pattern in map(json.loads, patterns):
        for kind, ids in (("F", [fault.id for fault in FAULTS]), ("G", [each.id for each in GUARANTEES])):
            if re.match(rf"\^\(?{kind}", pattern):
                assert [each for each in ids if not re.search(pattern, each)] == [], pattern


def test_there_are_such_patterns() -> None:
    """Of faults in three schemas, of guarantees in four: so the test above compares something."""
    told = {path.name.split(".")[0]: path.read_text(encoding="utf-8") for path in SCHEMAS}
    assert {name for name, text in told.items() if '"^F' in text} == {"events", "report", "session"}
    assert {name for name, text in told.items() if '"^G' in text or '"^(G' in text} == {
        "check",
        "events",
        "report",
        "session",
    }
