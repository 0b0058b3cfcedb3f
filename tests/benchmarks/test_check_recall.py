"""Mistakes come together: how many of those that a check finds alone it also tells among others, and what it blames.

    make benchmark

Mistakes are drawn by seed, from the variants of the example in TypeScript and from the mutants of the reference; two,
three, five and eight at once. A mistake is told if a kind of complaint under which it is told alone is told among the
others, by itself or under a finding. A finding is nobody's if none of the drawn mistakes shows its kind alone: two
mistakes may well do together what neither does.
"""

import json
import random
import shutil
from collections.abc import Callable
from functools import cache, partial

import pytest
from places import TESTS

from broadcast_orchestrator.properties.checking import CheckReport, check
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.properties.mutants.combinations import combined, drawn
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject

EXAMPLE = TESTS / "subjects" / "typescript"
VARIANTS = {variant["name"]: variant for variant in json.loads((EXAMPLE / "variants.json").read_text())}
SOURCES = {path.name: path.read_text() for path in (EXAMPLE / "src" / "lib" / "stores" / "orchestrator").glob("*.ts")}

Names = tuple[str, ...]

SCENARIOS = 700
DRAWS = [(count, seed) for count in (2, 3, 5, 8) for seed in range(5)]


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_variants_of_the_example_at_once() -> None:
    """Of the variants of the example in TypeScript at least 95 in a hundred are told among others."""
    measure("variants", drawn_variants, checked_variants)


def test_mutants_of_the_reference_at_once() -> None:
    """The same of the mutants of the reference, served as subjects."""
    measure("mutants", drawn_mutants, checked_mutants)


def measure(what: str, draw: Callable[[int, int], Names], checked: Callable[[Names], CheckReport]) -> None:
    """Check each draw, print a line for each number of mistakes, and compare the share that is told."""
    told, findable = 0, 0
    for count in (2, 3, 5, 8):
        lost: list[str] = []
        here, blamed, nobodys = 0, 0, 0
        for _, seed in (each for each in DRAWS if each[0] == count):
            names = draw(count, seed)
            report = checked(names)
            ids = {name for finding in report.findings for name in finding.ids}
            alone = {name: checked((name,)) for name in names}
            found = [name for name in names if alone[name].findings]
            missed = [name for name in found if not ids & {finding.id for finding in alone[name].findings}]
            own = {name for each in alone.values() for finding in each.findings for name in finding.ids}
            here, blamed = here + len(found), blamed + len(report.findings)
            nobodys += sum(finding.id not in own for finding in report.findings)
            lost += [f"{name} in {seed}" for name in missed]
        print(f"\n{what}, {count} at once: {here - len(lost)} of {here} told; ", end="")
        print(f"{nobodys} of {blamed} findings are nobody's; missed: {', '.join(lost) or 'none'}")
        told, findable = told + here - len(lost), findable + here
    assert told >= 0.95 * findable


# -- Draws ----------------------------------------------------------------------------------------


def drawn_variants(count: int, seed: int) -> Names:
    """So many variants whose patches fit together."""
    draws = random.Random(seed * 100 + count)
    while True:
        names = tuple(sorted(draws.sample(sorted(VARIANTS), count)))
        if fit(names):
            return names


def fit(names: Names) -> bool:
    """Whether each patch finds what it replaces when those before it are applied."""
    sources = dict(SOURCES)
    for patch in (patch for name in names for patch in VARIANTS[name]["patches"]):
        find, replace = (
            text if isinstance(text, str) else "\n".join(text) for text in (patch["find"], patch["replace"])
        )
        if sources[patch["file"]].count(find) != 1:
            return False
        sources[patch["file"]] = sources[patch["file"]].replace(find, replace)
    return True


@cache
def checked_variants(names: Names) -> CheckReport:
    """The example with these mistakes, checked."""
    options = [word for name in names for word in ("--variant", name)]
    return check(partial(ChildSubject, ["node", str(EXAMPLE / "adapter.mjs"), *options]), scenarios=SCENARIOS)


def drawn_mutants(count: int, seed: int) -> Names:
    """So many mutants that can be combined."""
    return tuple(mutant.name for mutant in drawn(seed, count))


@cache
def checked_mutants(names: Names) -> CheckReport:
    """A core with these mistakes, checked."""
    return check(partial(ReferenceSubject, combined([BY_NAME[name] for name in names])), scenarios=SCENARIOS)
