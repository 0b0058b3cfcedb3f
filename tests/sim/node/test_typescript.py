"""The TypeScript example: clean as it stands, and every mistake that its variants make is found and shrunk."""

import json
from functools import partial
from typing import Any

import pytest
from node_parts import need
from places import TESTS

from broadcast_orchestrator.properties.checking import check
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.protocol.messages import SubjectError

pytestmark = pytest.mark.usefixtures("untraced")

EXAMPLE = TESTS / "subjects" / "typescript"
KIT = TESTS.parent / "sim" / "node"
VARIANTS = json.loads((EXAMPLE / "variants.json").read_text())

TABLE = {
    ("idle", "initializing"),
    ("idle", "error"),
    ("initializing", "ready"),
    ("initializing", "error"),
    ("ready", "starting"),
    ("ready", "idle"),
    ("ready", "error"),
    ("starting", "live"),
    ("starting", "error"),
    ("live", "stopping"),
    ("live", "error"),
    ("stopping", "idle"),
    ("stopping", "error"),
    ("error", "idle"),
    ("error", "initializing"),
}
FORCED = {("initializing", "idle"), ("starting", "idle"), ("live", "idle")}


def example(*arguments: str) -> ChildSubject:
    """The example in a process of its own, unmodified, or as the variant that the arguments name."""
    return ChildSubject([need(KIT), str(EXAMPLE / "adapter.mjs"), *arguments])


def test_the_example_is_clean() -> None:
    """An implementation of the guide in TypeScript, over stores of zustand, breaks no guarantee and does as the
    reference does. It is taken through every forced edge, and every row of the table but perhaps the one for which
    four attempts to initialize have to fail."""
    report = check(example, scenarios=1_000)
    assert [(each.title, each.place) for each in report.findings] == []
    seen = {(source, target) for source, target, _ in report.transitions}
    assert seen | {("initializing", "error")} == TABLE | FORCED


@pytest.mark.parametrize("variant", VARIANTS, ids=[each["name"] for each in VARIANTS])
def test_a_mistake_is_found_within_seconds(variant: dict[str, Any]) -> None:
    """A mistake that people make is found by a few hundred scenarios, under the guarantee that it breaks, and shrunk
    to six events or fewer."""
    report = check(partial(example, "--variant", variant["name"]), scenarios=variant["scenarios"])
    found = [each for each in report.findings if variant["guarantee"] in each.guarantees]
    told = [(each.guarantee, each.also, each.title) for each in report.findings]
    assert min((each.events for each in found), default=99) <= 6, told


def test_an_unknown_variant_is_refused() -> None:
    """The adapter of the example names the variants that there are."""
    with pytest.raises(SubjectError, match=r"double-clik is unknown, try one of: .*double-click"):
        example("--variant", "double-clik")
