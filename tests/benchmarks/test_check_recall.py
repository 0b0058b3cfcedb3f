"""Mistakes come together: how many of those that a check finds alone it also tells among others, and what it blames.

    make benchmark

Mistakes are drawn by seed, from the variants of the example in TypeScript and from the mutants of the reference; two,
three, five and eight at once. A mistake is told if a kind of complaint that it alone of those drawn shows by itself is
told among the others, by itself or under a finding. It is hidden if none of the scenarios by which it is told alone
shows any such kind together with the others: whoever never gets to a start rolls nothing back. A finding is nobody's if
none of the drawn mistakes shows its kind alone: two mistakes may well do together what neither does. Draws that do not
get through an evening without faults are passed over: that alone is told of them, and meant to be.
"""

import json
import random
import shutil
from collections.abc import Callable
from functools import cache, partial
from itertools import count as naturals
from itertools import islice
from typing import NamedTuple

import pytest
from places import TESTS

from broadcast_orchestrator.properties.checking import CheckReport, check
from broadcast_orchestrator.properties.checking.judge.complaints import identity
from broadcast_orchestrator.properties.checking.replay import violations
from broadcast_orchestrator.properties.checking.search.seat import MakeSubject
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.properties.mutants.combinations import combined, drawn
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject

EXAMPLE = TESTS / "subjects" / "typescript"
VARIANTS = {variant["name"]: variant for variant in json.loads((EXAMPLE / "variants.json").read_text())}
SOURCES = {path.name: path.read_text() for path in (EXAMPLE / "src" / "lib" / "stores" / "orchestrator").glob("*.ts")}

Names = tuple[str, ...]

SCENARIOS = 700
DRAWS = 5


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_variants_of_the_example_at_once() -> None:
    """Of the variants of the example in TypeScript at least 95 in a hundred are told among others."""
    measure("variants", drawn_variants, example)


def test_mutants_of_the_reference_at_once() -> None:
    """The same of the mutants of the reference, served as subjects."""
    measure("mutants", drawn_mutants, mutated)


class Told(NamedTuple):
    """What came of one draw: which mistakes were told, missed, hidden; of how many findings how many are nobody's."""

    told: Names
    missed: Names
    hidden: Names
    findings: int
    nobodys: int


def measure(what: str, draw: Callable[[int, int], Names], subject: Callable[[Names], MakeSubject]) -> None:
    """Check each draw, print a line for each number of mistakes, and compare the share that is told."""
    checked = cache(lambda names: check(subject(names), scenarios=SCENARIOS))
    told, missed = 0, 0
    for count in (2, 3, 5, 8):
        served = (names for seed in naturals() if is_served(subject(names := draw(count, seed))))
        draws = [told_of(names, subject, checked) for names in islice(served, DRAWS)]
        here, lost, hidden = ([name for each in draws for name in getattr(each, kind)] for kind in Told._fields[:3])
        print(
            f"\n{what}, {count} at once: {len(here)} told, {len(lost)} missed ({', '.join(lost) or 'none'}),", end=" "
        )
        print(f"{len(hidden)} hidden ({', '.join(hidden) or 'none'});", end=" ")
        print(f"{sum(each.nobodys for each in draws)} of {sum(each.findings for each in draws)} findings are nobody's")
        told, missed = told + len(here), missed + len(lost)
    assert told >= 0.95 * (told + missed)


def is_served(make_subject: MakeSubject) -> bool:
    """Whether it gets through an evening without faults."""
    return check(make_subject, scenarios=1).is_served


def told_of(names: Names, subject: Callable[[Names], MakeSubject], checked: Callable[[Names], CheckReport]) -> Told:
    """Check the mistakes together and each alone, and compare."""
    together, alone = checked(names), {name: checked((name,)) for name in names}
    shown = {name: {each for finding in report.findings for each in finding.ids} for name, report in alone.items()}
    own = {name: shown[name] - {each for o in names if o != name for each in shown[o]} or shown[name] for name in names}
    ids = {each for finding in together.findings for each in finding.ids}
    told = [name for name in names if ids & own[name]]
    silent = [name for name in names if own[name] and name not in told]
    missed = [name for name in silent if shows(alone[name], own[name], subject(names))]
    return Told(
        told=tuple(told),
        missed=tuple(missed),
        hidden=tuple(name for name in silent if name not in missed),
        findings=len(together.findings),
        nobodys=sum(finding.id not in set().union(*shown.values()) for finding in together.findings),
    )


def shows(alone: CheckReport, ids: set[str], make_subject: MakeSubject) -> bool:
    """Whether one of the scenarios by which a mistake is told alone shows any of its kinds of this subject."""
    scenarios = [finding.scenario for finding in alone.findings]
    scenarios += [follower.scenario for finding in alone.findings for follower in finding.followers]
    return any(identity(each.kind) in ids for s in scenarios for each in violations(s, make_subject))


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


def example(names: Names) -> MakeSubject:
    """The example with these mistakes."""
    options = [word for name in names for word in ("--variant", name)]
    return partial(ChildSubject, ["node", str(EXAMPLE / "adapter.mjs"), *options])


def drawn_mutants(count: int, seed: int) -> Names:
    """So many mutants that can be combined."""
    return tuple(mutant.name for mutant in drawn(seed, count))


def mutated(names: Names) -> MakeSubject:
    """A core with these mistakes."""
    return partial(ReferenceSubject, combined([BY_NAME[name] for name in names]))
