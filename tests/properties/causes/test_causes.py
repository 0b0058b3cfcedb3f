"""Causes: one mistake is told once, many are told apart, and what one hides of another is told as well."""

from functools import partial

import pytest
from ten_mistakes import CarelessCore, ForgetfulCore

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import (
    Accepted,
    Command,
    Failure,
    FailureKind,
    Reply,
    Settled,
    TimerFired,
    Transition,
)
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.table import ERROR, IDLE, INITIALIZING, STARTING
from broadcast_orchestrator.properties.causes.causes import RootCause, Shown, causes_of
from broadcast_orchestrator.properties.causes.departed import DepartedStep, blamed, parts_of
from broadcast_orchestrator.properties.causes.deviations import deviations
from broadcast_orchestrator.properties.causes.outcome import Outcome, outcome_of
from broadcast_orchestrator.properties.causes.recall import recall
from broadcast_orchestrator.properties.guarantees.verdicts import VIOLATED
from broadcast_orchestrator.properties.measures.broken import ReadsThePast, SurveysTheFeedAlone
from broadcast_orchestrator.properties.model_check.proof import find_witnesses, prove
from broadcast_orchestrator.properties.model_check.scopes import PATIENT, NamedScope, scope_answer
from broadcast_orchestrator.properties.model_check.second_process import ALONE
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.properties.mutants.combinations import clashes, combined, drawn
from broadcast_orchestrator.properties.telling.progress import silent
from broadcast_orchestrator.properties.verification.narrowed import still_broken
from broadcast_orchestrator.properties.witness.retake import judged
from broadcast_orchestrator.sim.world.rules_by_name import overridden
from broadcast_orchestrator.sim.world.steps import Flip
from broadcast_orchestrator.sim.world.world import Scope

pytestmark = pytest.mark.usefixtures("untraced")

ONE_REFUSAL = Scope(("F1",), limit=1)
BUSY = outcome_of(CoreState(), Command("initialize"), Core).after
"""A core that waits for its host agent."""


def causes_in(rules: type[Core], scope: Scope = ONE_REFUSAL, faults: int = 1) -> tuple[RootCause, ...]:
    """The causes behind everything that is broken in the scope."""
    found = find_witnesses(scope, rules=rules)
    return causes_of(rules, [Shown(name, witness) for name, witness in found.items()], faults)


# -- What differs in one step ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "other", "told"),
    [
        ((Transition(IDLE, INITIALIZING, "system_init"),), (), ["does not go from idle to initializing"]),
        (
            (Transition(STARTING, ERROR, "startup_failed"),),
            (Transition(STARTING, ERROR, "x"),),
            ["records that it goes from starting to error (x)"],
        ),
        ((), (Settled("recover", "failed"),), ["ends recover as failed"]),  # type: ignore[arg-type]
        (
            (Settled("recover", "failed", (Failure("host.stop", FailureKind.TIMED_OUT),)),),  # type: ignore[arg-type]
            (Settled("recover", "failed"),),  # type: ignore[arg-type]
            ["tells the failures of recover as: none, where there were: host.stop timed out"],
        ),
    ],
)
def test_what_differs_is_told_in_clauses(reference: tuple, other: tuple, told: list[str]) -> None:  # type: ignore[type-arg]
    """Each deviation is a clause whose subject is the core; what is the same is left out."""
    found = deviations(CoreState(), TimerFired(), Outcome(CoreState(), reference), Outcome(CoreState(), other))
    assert [deviation.words for deviation in found] == told


def test_the_reference_does_not_differ_from_itself() -> None:
    """No deviation, and nobody to blame."""
    step = DepartedStep.of(CoreState(), Command("initialize"), Core)
    assert (step.found, overridden(Core)) == ((), ())


class RaisesKeyError(Core):
    """Looks for what is not there."""

    def initialized(self) -> None:
        """Raise."""
        raise KeyError("host")


def test_a_core_that_raises_is_told_so() -> None:
    """The exception is the deviation, and the rule that raises it is to blame."""
    step = DepartedStep.of(BUSY, Reply("host", 0, ok=True), RaisesKeyError)
    assert step.sentence == (
        "when host.initialize succeeds during initialize (attempt), the core raises KeyError: 'host'"
    )
    assert blamed(step, RaisesKeyError) == ("initialized",)


def test_two_mistakes_in_one_step_are_told_apart() -> None:
    """Each rule has its own part of the step, as it would be with the others mended."""
    rules = combined([BY_NAME["settles-twice"], BY_NAME["leaves-the-table"]])
    step = DepartedStep.of(BUSY, Reply("host", 0, ok=True), rules)
    assert [part.rule for part in parts_of(step, rules)] == ["initialized", "settle"]


# -- One mistake is one cause ---------------------------------------------------------------------

ONE_CAUSE = (
    (
        "does-not-roll-back",
        "startup_failed",
        "when live_feed.start fails during start_broadcast (forward), the core does not call live_feed.stop, goes from "
        "starting to error (startup_failed) and ends start_broadcast as failed: live_feed.start failed: refused",
    ),
    (
        "attempts-have-no-limit",
        "timer",
        "when a caller asks for initialize in idle, the core arms no limit",
    ),
    (
        "skips-idle-after-a-stop",
        "shutdown_over",
        "when live_feed.stop succeeds during stop_broadcast (shutdown), the core goes from error to ready "
        "(shutdown_complete), which the table does not have, does not go from error to idle and does not go from idle "
        "to initializing",
    ),
)


@pytest.mark.parametrize(("name", "rule", "sentence"), ONE_CAUSE, ids=[name for name, *_ in ONE_CAUSE])
def test_one_mistake_is_one_cause(name: str, rule: str, sentence: str) -> None:
    """However many guarantees it breaks: where the core first does otherwise, and the rule that is to blame."""
    (cause,) = causes_in(BY_NAME[name].rules)
    assert (cause.rule, cause.sentence, cause.hidden_by) == (rule, sentence, "")
    assert cause.explains == cause.guarantees


def test_what_goes_wrong_on_the_way_out_of_a_sound_run_is_put_to_the_mistake_there() -> None:
    """What somebody else switches on is no step of the core, and nothing differs until it is asked for a way out: two
    mistakes are two causes there, too, and none is told without a step."""
    rules = combined([BY_NAME["starts-without-a-host"], BY_NAME["asks-the-wrong-host"]])
    cells = prove(1, classes=("F10",), rules=rules).cells
    broken = [each for each in cells if each.verdict == VIOLATED and not each.by_design]
    shown = [Shown(each.name, each.witness) for each in broken if each.witness]
    runs = [[passage.step for passage in each.witness.passages] for each in shown]
    assert any(steps and all(isinstance(step, Flip) for step in steps) for steps in runs), (
        "sometimes the core hears nothing"
    )
    causes = causes_of(rules, shown)
    assert {cause.rule for cause in causes if cause.explains} == {"attempt", "start_broadcast"}
    assert all(cause.step for cause in causes)


def test_what_joins_and_what_begins_anew_is_told_in_one_clause() -> None:
    """A command that is accepted either way is not told as one that is not accepted."""
    joined, anew = (Accepted("initialize", joined=each) for each in (True, False))  # type: ignore[arg-type]
    told = [
        [
            deviation.words
            for deviation in deviations(BUSY, Command("initialize"), Outcome(BUSY, (one,)), Outcome(BUSY, (other,)))
        ]
        for one, other in ((joined, anew), (anew, joined))
    ]
    assert told == [
        ["begins another initialize in initializing instead of joining the one under way"],
        ["joins initialize in initializing to the one under way instead of beginning another"],
    ]


class HastyReads(ReadsThePast, SurveysTheFeedAlone):
    """Two mistakes in measures: what is told is believed before it is read, and a new life looks at the feed alone."""


def test_mistakes_in_measures_are_told_beside_the_reference_that_has_them() -> None:
    """Two at once: the two rules are to blame, and not that the core has measures."""
    causes = causes_in(HastyReads, Scope(("F8", "F12"), limit=1))
    assert {cause.rule for cause in causes} == {"believe", "survey"}


def test_the_reference_has_no_cause() -> None:
    """Nothing is violated, so nothing is looked for."""
    assert causes_of(Core, ()) == ()


# -- What is broken when the known mistakes are mended ---------------------------------------------

TWO_RETRIES = NamedScope("two retries", Scope(("F1",), limit=3), PATIENT)


def test_a_mistake_behind_another_in_the_same_scope_is_told_too() -> None:
    """Where the first is mended the second still breaks the scope, and the core's own run shows it."""
    rules = combined([BY_NAME["starts-without-a-host"], BY_NAME["forgets-earlier-attempts"]])
    claim = scope_answer(TWO_RETRIES, rules).claim
    assert claim.witness
    assert claim.witness.violation.guarantee == "G12"
    shown = [Shown(claim.claim, claim.witness)]
    assert [cause.rule for cause in causes_of(rules, shown, 1)] == ["start_broadcast"]
    again = partial(still_broken, rules, (TWO_RETRIES,), ALONE, silent)
    first, second = causes_of(rules, shown, 1, again=again)
    assert (first.rule, first.explains) == ("start_broadcast", (claim.claim,))
    assert (second.rule, second.guarantees, second.explains, second.hidden_by) == ("attempt_failed", ("G5",), (), "")
    assert [each.guarantee for each in judged(second.witness.passages, rules)][-1] == "G5"


def test_who_looks_again_is_asked_once_more_for_each_new_mistake_and_no_sound_rule_is_told() -> None:
    """What is mended grows by what was found; it ends where nothing new is found or nothing is left to mend."""
    rules = combined([BY_NAME["starts-without-a-host"], BY_NAME["forgets-earlier-attempts"], BY_NAME["settles-twice"]])
    asked = list[tuple[str, ...]]()

    def again(names: tuple[str, ...]) -> tuple[Shown, ...]:
        asked.append(names)
        return tuple(still_broken(rules, (TWO_RETRIES,), ALONE, silent, names))

    claim = scope_answer(TWO_RETRIES, rules).claim
    assert claim.witness
    causes = causes_of(rules, [Shown(claim.claim, claim.witness)], 1, again=again)
    assert {cause.rule for cause in causes} == {"start_broadcast", "attempt_failed", "settle"} == set(overridden(rules))
    assert asked == [("settle", "start_broadcast")]


# -- Many mistakes at once ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "unnoticed"),
    [
        (CarelessCore, {"cleanup_over"}),
        (ForgetfulCore, {"drain", "late_success", "startup_over", "take_over"}),
    ],
)
def test_ten_mistakes_are_told_each(rules: type[Core], unnoticed: set[str]) -> None:
    """Each of the ten has a cause of its own, or one that breaks nothing when it is all that is wrong."""
    causes = causes_in(rules, faults=2)
    assert len(overridden(rules)) == 10
    assert set(overridden(rules)) - {cause.rule for cause in causes} <= unnoticed
    assert len({cause.rule for cause in causes}) == len(causes)


def test_mutants_of_one_rule_cannot_be_combined() -> None:
    """They would take each other's place; those that are drawn never do."""
    pair = next(clashes())
    with pytest.raises(ValueError, match=f"{pair[0].name} and {pair[1].name} both override {pair[2]}"):
        combined(pair[:2])
    for seed in range(20):
        assert len(drawn(seed)) == 12
        assert not list(clashes(drawn(seed)))
    assert drawn(3) == drawn(3)


def test_twelve_mutants_at_once_are_told_or_hidden_by_one_that_is_told() -> None:
    """Nobody is blamed who is not among them."""
    mutants = drawn(3)
    rules = combined(mutants)
    causes = causes_in(rules)
    found = recall(mutants, causes, rules)
    assert (found.share, found.nobodys) == (1.0, ())
    assert len(found.told) >= 10
