"""Mechanical mutants: every place is changed in a fixed order, and the explorer notices what a rule of thumb does
not."""

import ast
import json

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.mutants.mechanical.changes import changes
from broadcast_orchestrator.properties.mutants.mechanical.cores import core_of, mutants
from broadcast_orchestrator.properties.mutants.mechanical.score import chosen, score_of
from broadcast_orchestrator.properties.mutants.mechanical.survivors import SURVIVORS
from broadcast_orchestrator.reports.cli import main

SOURCE = '''
def rule(self, count):
    """What it does."""
    if count < 2 and not self.done:
        self.fail("no")
    return LIMIT
'''
CHANGED = """
    pass; return LIMIT
    if count < 2 and (not self.done): self.fail('no'); pass
    return LIMIT; if count < 2 and (not self.done): self.fail('no')
    if not (count < 2 and (not self.done)): self.fail('no'); return LIMIT
    if count < 2 or not self.done: self.fail('no'); return LIMIT
    if not self.done: self.fail('no'); return LIMIT
    if count < 2: self.fail('no'); return LIMIT
    if count <= 2 and (not self.done): self.fail('no'); return LIMIT
    if count < 3 and (not self.done): self.fail('no'); return LIMIT
    if count < 2 and self.done: self.fail('no'); return LIMIT
    if count < 2 and (not self.done): pass; return LIMIT
    if count < 2 and (not self.done): self.fail('something else'); return LIMIT
    if count < 2 and (not self.done): self.fail('no'); return RETRY_DELAY
"""


def test_a_function_is_changed_in_every_place() -> None:
    """Statements are dropped and change places, conditions are negated, parts left out, constants and names
    replaced."""
    (function,) = ast.parse(SOURCE).body
    assert isinstance(function, ast.FunctionDef)
    told = ["; ".join(" ".join(ast.unparse(each).split()) for each in made.body[1:]) for made in changes(function)]
    assert told == [line.strip() for line in CHANGED.strip().splitlines()]


def test_there_are_a_thousand_and_each_has_a_name_of_its_own() -> None:
    """The sources of the core have that many places; every change differs from the original in some line."""
    everything = mutants()
    assert len(everything) > 1_000
    assert len({mutant.name for mutant in everything}) == len(everything)
    assert {mutant.place.module for mutant in everything} == {"core", "turn", "views", "state"}
    assert all(mutant.diff for mutant in everything)


def test_the_seed_draws_the_same_again() -> None:
    """The same count and seed name the same mutants, in the order of the sources."""
    first, again, other = chosen(20, 7), chosen(20, 7), chosen(20, 8)
    assert first == again != other
    assert [mutants().index(mutant) for mutant in first] == sorted(mutants().index(mutant) for mutant in first)
    assert issubclass(core_of(first[0]), Core)


@pytest.mark.parametrize(
    ("place", "lines", "by"),
    [
        ("core.Core.startup_failed", "+    self.timer(LIMIT, procedure.config.retry_delay)", "G7"),
        ("core.Core.rollback_over", "+    self.move(ERROR, 'something else', failures)", "G12"),
        ("turn.Turn.refuse", "+    pass", "G"),
        ("views.confirm_off", "+    return void(view, True, session)._replace(on_air=True, off=FINE)", "G"),
        ("state.missing_for_start", "+    if core.content:", "G13"),
    ],
)
def test_one_of_each_source_is_noticed(place: str, lines: str, by: str) -> None:
    """A change of a rule, of a move, of what is known of a service, and of what a start needs."""
    mutant = next(each for each in mutants() if str(each.place) == place and lines in each.diff)
    score = score_of(mutant)
    assert score.by.startswith(by)
    assert score.scope
    assert score.what


def test_every_known_survivor_is_a_mutant_and_says_why() -> None:
    """The list of reasons names no mutant that is not there any more."""
    names = {mutant.name for mutant in mutants()}
    assert set(SURVIVORS) <= names
    assert all(len(reason) > 20 for reason in SURVIVORS.values())


def test_the_command_tells_the_score(capsys: pytest.CaptureFixture[str]) -> None:
    """`--mechanical` prints how many were drawn and killed; as JSON each with its lines and what noticed it."""
    with pytest.raises(SystemExit) as left:
        main(["mutants", "--mechanical", "2", "--seed", "10", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert left.value.code == 0
    assert (told["mechanical"], told["killed"], told["seed"]) == (2, 2, 10)
    assert [each["name"] for each in told["scores"]] == [mutant.name for mutant in chosen(2, 10)]
    with pytest.raises(SystemExit) as left:
        main(["mutants", "--mechanical", "0"])
    assert left.value.code == 2
