"""Mechanical mutants: every place is changed in a fixed order, and the explorer notices what a rule of thumb does
not."""

import ast
import json
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.model_check.scopes import explored, unforeseen_in
from broadcast_orchestrator.properties.mutants.mechanical import score as score_module
from broadcast_orchestrator.properties.mutants.mechanical.changes import changes
from broadcast_orchestrator.properties.mutants.mechanical.cores import core_of, mutants, places
from broadcast_orchestrator.properties.mutants.mechanical.infection import Infections, changes_a_view
from broadcast_orchestrator.properties.mutants.mechanical.score import WHERE, chosen, differs_in, score_of
from broadcast_orchestrator.properties.mutants.mechanical.survivors import SURVIVORS
from broadcast_orchestrator.reports.cli import main

pytestmark = pytest.mark.usefixtures("untraced")

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


def test_a_core_that_takes_every_call_it_has_given_up_for_void_is_noticed() -> None:
    """What counts is what was asked and answered since, and not what the core thinks of its calls: its late successes
    are never cleaned up."""
    (mutant,) = (each for each in mutants() if each.diff[-1].endswith("is None else VOID)"))
    (late,) = (named for named in WHERE if named.name == "three late replies in starts")
    found = unforeseen_in(explored(late, core_of(mutant), first=True))
    assert found is not None
    assert str(found.violation) == "G16: a late success was never followed by live_feed.stop"


def test_what_does_nothing_else_than_the_reference_is_not_searched() -> None:
    """A change infects a scope where some turn of the reference goes otherwise; one that takes two statements in
    another order, and neither minds, infects none."""
    calm = WHERE[0]
    by_name = {mutant.name: mutant for mutant in mutants()}
    swapped, dropped = by_name["turn.Turn.confirm_off#4"], by_name["turn.Turn.confirm_off#0"]
    assert swapped.diff == ("+    self.dismiss(service, session)", "-    self.dismiss(service, session)")
    assert not differs_in(calm, swapped, Infections(core_of(swapped)))
    assert differs_in(calm, dropped, Infections(core_of(dropped)))
    assert not any(Infections(Core).any_in(calm, place.name) for place in places())


def test_a_change_of_what_is_known_of_a_service_infects_where_a_view_comes_out_otherwise() -> None:
    """The functions of the views are tried on every view of a scope, and the reference's own come out the same."""
    calm = WHERE[0]
    assert not changes_a_view(calm, views)
    mutant = next(each for each in mutants() if str(each.place) == "views.confirm_off")
    assert differs_in(calm, mutant, Infections(core_of(mutant)))


def test_the_queries_notice_what_they_share_with_the_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a start would miss while something is under way, no start ever hears; whoever asks does."""
    line = "+        missing.append('something else')"
    busy = "-        missing.append(f'{core.procedure.command} is under way')"
    mutant = next(each for each in mutants() if each.diff == (busy, line))
    monkeypatch.setattr(score_module, "WHERE", WHERE[:1])
    score = score_of(mutant)
    assert (score.by, score.engine) == ("queries", "queries")


def test_every_known_survivor_is_a_mutant_and_says_why() -> None:
    """The list of reasons names no mutant that is not there any more, or that changes other lines by now."""
    names = {mutant.identity for mutant in mutants()}
    assert set(SURVIVORS) <= names
    assert all(len(reason) > 20 for reason in SURVIVORS.values())


def test_the_command_tells_the_score(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`--mechanical` prints how many were drawn and killed; as JSON each with its lines and what noticed it."""
    two = tuple(each for each in mutants() if each.name in ("core.Core.command#2", "turn.Turn.may_force#3"))
    monkeypatch.setattr(score_module, "mutants", lambda: two)
    monkeypatch.setattr(score_module, "WHERE", WHERE[:2])
    monkeypatch.setattr(score_module, "worker_pool", lambda jobs: nullcontext(SimpleNamespace(map=map)))
    with pytest.raises(SystemExit) as left:
        main(["mutants", "--mechanical", "2", "--seed", "7", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert left.value.code == 0
    assert (told["mechanical"], told["killed"], told["seed"]) == (2, 1, 7), "the other is known to change nothing"
    assert {each["engine"] for each in told["scores"] if each["by"]} == {"explorer"}
    assert [each["name"] for each in told["scores"]] == [mutant.name for mutant in two]
    with pytest.raises(SystemExit) as left:
        main(["mutants", "--mechanical", "0"])
    assert left.value.code == 2
