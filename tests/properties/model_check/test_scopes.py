"""The scopes beside the plain one: the reference holds in each, and cores with many mistakes at once in none."""

import random

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, VIOLATED
from broadcast_orchestrator.properties.model_check.scopes import SCOPES, NamedScope, scope_answer
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.properties.mutants.details import MUTANTS

pytestmark = pytest.mark.usefixtures("untraced")

SIZES = {
    "nothing goes wrong, commands come at any moment": "998 worlds",
    "a service is lost": "1,059 worlds",
    "neither retries nor auto-recovery nor sync": "5,701 worlds",
    "starts without a session and with two": "2,512 worlds",
    "content goes and comes": "10,682 worlds",
    "content goes and comes, commands racing": "1,996 worlds",
    "the configuration changes at any moment": "23,758 worlds",
    "two retries, no auto-recovery": "7,401 worlds",
    "three late replies in starts": "111,945 worlds",
    "replies come late, commands racing": "54,382 worlds",
    "the table is only watched": "9,045 worlds",
    "a refusal and a lost service": "9,801 worlds",
    "a refusal and a conflict": "5,031 worlds",
    "a late reply and a refusal": "404,679 worlds",
    "stops and cleanups are refused and a service is lost, commands racing": "106,941 worlds",
    "content, sessions and configurations change together": "24,540 worlds",
}
"""How many worlds there are in each: what the judge remembers is part of a world, and adds next to none."""


@pytest.mark.parametrize("named", SCOPES, ids=lambda named: named.name)
def test_the_reference_holds(named: NamedScope) -> None:
    """Every guarantee holds in every world of the scope, and the claim says how many there are."""
    claim = scope_answer(named).claim
    assert claim.verdict == PROVED
    assert claim.evidence.startswith(SIZES[named.name])


def drawn(seed: int) -> type[Core]:
    """A core with ten mistakes of the details at once."""
    mistakes = random.Random(seed).sample([mutant.rules for mutant in MUTANTS], 10)
    return type("TenMistakes", tuple(mistakes), {})


@pytest.mark.parametrize("seed", range(3))
def test_ten_mistakes_at_once_are_noticed(seed: int) -> None:
    """However mistakes hide one another, some scope is violated."""
    assert VIOLATED in [scope_answer(named, drawn(seed)).claim.verdict for named in SCOPES[:4]]


def test_a_core_that_raises_is_violated() -> None:
    """To leave the enforced table, or to raise anything, is told as a claim and ends nothing."""
    claim = scope_answer(SCOPES[0], BY_NAME["skips-idle-after-a-stop"].rules).claim
    assert claim.verdict == VIOLATED
    assert claim.evidence == "G1: Invalid transition from stopping to ready"
