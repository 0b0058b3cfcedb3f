"""Nothing sound is blamed: the correct example in TypeScript, searched for longer than anyone searches it by the way.

make benchmark
"""

import shutil
from functools import partial

import pytest
from places import TESTS

from broadcast_orchestrator.properties.checking import check
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject

ADAPTER = TESTS / "subjects" / "typescript" / "adapter.mjs"


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
@pytest.mark.parametrize(("scenarios", "seed"), [(5_000, 0), (2_000, 1)])
def test_the_correct_example_is_without_a_finding(scenarios: int, seed: int) -> None:
    """Not in five thousand scenarios, and not in two thousand of another seed."""
    report = check(partial(ChildSubject, ["node", str(ADAPTER)]), scenarios=scenarios, seed=seed)
    print(f"\nseed {seed}: {len(report.findings)} findings in {report.scenarios:,} scenarios, {report.seconds:,.0f} s")
    assert [(each.title, each.place, each.steps) for each in report.findings] == []
