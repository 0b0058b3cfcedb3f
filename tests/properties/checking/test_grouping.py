"""Grouping: each kind of complaint is told by itself or under that without which it never shows, and none is lost."""

from functools import partial

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.checking import CheckReport, check
from broadcast_orchestrator.properties.checking.baseline import baseline_text, compared, load_baseline
from broadcast_orchestrator.properties.checking.grouping.causes import leaders
from broadcast_orchestrator.properties.checking.grouping.sightings import Sightings
from broadcast_orchestrator.properties.checking.judge.complaints import Complaint, Kind
from broadcast_orchestrator.properties.checking.search.bench import TriedScenario
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.properties.mutants.combinations import combined
from broadcast_orchestrator.sim.subjects.dialect import AcceptedReading, Dialect
from broadcast_orchestrator.sim.subjects.protocol.messages import Begin, CommandSettled, Reaction, SubjectStep
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import Order, Scenario

pytestmark = pytest.mark.usefixtures("untraced")

INIT, START, STOP = Order("initialize"), Order("start_broadcast", "s1"), Order("stop_broadcast")
UNDO, LEFT, RECORD, EARLY = ("G2", "not undone"), ("G4", "on in idle"), ("G12", "not recorded"), ("G8", "too early")


def sightings(*runs: tuple[str, tuple[Kind, ...]]) -> Sightings:
    """What was seen of runs: of each the features, by letters that sound runs have as well if they are small, and the
    kinds that it showed after its one command."""
    seen = Sightings()
    for number, (features, kinds) in enumerate(runs):
        told = tuple(Complaint(Violation(*kind, key=kind[1]), "somewhere", 1, "", accepted=False) for kind in kinds)
        tried = TriedScenario(told, tuple(features), usual=tuple(each for each in features if each.islower()))
        seen.note(Scenario((INIT, *(STOP,) * number)), tried)
    return seen


def told_under(seen: Sightings) -> dict[Kind, Kind]:
    """Under which kind each is told."""
    return leaders(seen, sorted(seen.of))


def test_what_never_shows_without_another_is_told_under_it() -> None:
    """A host that stays on only where the rollback skipped its stop is a consequence of that."""
    seen = sightings(("ab", (UNDO,)), ("abc", (UNDO, LEFT)), ("a", ()), ("abc", ()))
    assert told_under(seen) == {UNDO: UNDO, LEFT: UNDO}


def test_what_was_seen_alone_once_is_told_by_itself() -> None:
    """One scenario that shows it without the other is enough."""
    seen = sightings(("ab", (UNDO,)), ("abc", (UNDO, LEFT)), ("a", (LEFT,)), ("ab", ()))
    assert told_under(seen) == {UNDO: UNDO, LEFT: LEFT}


def test_what_shows_nearly_everywhere_takes_nothing_along() -> None:
    """That every start is live too early is brought about by starting, which is quite usual; so what goes wrong after a
    start does not follow from it, although it was never seen without."""
    seen = sightings(("as", (EARLY,)), ("asc", (EARLY, LEFT)), ("a", ()), ("as", (EARLY,)))
    assert told_under(seen) == {EARLY: EARLY, LEFT: LEFT}


def test_what_is_only_recorded_makes_nothing_happen() -> None:
    """A missing entry in the history is no cause of a step that is not undone, however rare it is."""
    seen = sightings(("ab", (RECORD,)), ("abc", (RECORD, UNDO)), ("a", ()), ("ab", ()))
    assert told_under(seen) == {RECORD: RECORD, UNDO: UNDO}


def test_kinds_that_are_always_seen_together_are_told_by_the_first_cause() -> None:
    """Two procedures at once come before what they make of the history."""
    beside = ("G9", "beside")
    seen = sightings(("ab", (LEFT, beside)), ("ac", (LEFT, beside)), ("a", ()))
    assert told_under(seen) == {LEFT: beside, beside: beside}


def test_the_purest_scenario_is_kept_and_of_these_the_smallest() -> None:
    """A longer scenario that shows one kind alone is worth more than a short one that shows two."""
    seen = sightings(("ab", (UNDO, LEFT)), ("ab", (LEFT,)), ("ab", (LEFT,)))
    assert (seen.of[LEFT].scenario, seen.of[LEFT].seen) == (Scenario((INIT, STOP)), 3)
    assert seen.of[UNDO].beside == {LEFT}


# -- Two mistakes at once -------------------------------------------------------------------------


def checked(*names: str, scenarios: int = 150, seed: int = 0, dialect: Dialect | None = None) -> CheckReport:
    """A check of a core with these mistakes."""
    rules = combined([BY_NAME[name] for name in names])
    return check(partial(ReferenceSubject, rules), scenarios=scenarios, seed=seed, dialect=dialect or Dialect())


def keys(report: CheckReport) -> set[tuple[str, str]]:
    """The kinds that are told by themselves."""
    return {finding.kind for finding in report.findings}


PAIR = ("goes-to-error-in-silence", "forgets-the-failed-step")
"""One that shows wherever anything fails, and one that shows wherever a start does."""


def test_each_of_two_mistakes_is_told_by_itself() -> None:
    """What either shows alone is told by itself where they come together, and nothing else is."""
    apart = keys(checked(PAIR[0])) | keys(checked(PAIR[1]))
    together = keys(checked(*PAIR))
    assert together <= apart
    assert keys(checked(PAIR[0])) & together
    assert keys(checked(PAIR[1])) & together


def test_what_is_accepted_hides_nothing() -> None:
    """With a reading that accepts all that the one mistake shows, the other is told as before."""
    reading = tuple(AcceptedReading(name, "", "As it is.") for name in {kind[0] for kind in keys(checked(PAIR[0]))})
    report = checked(*PAIR, dialect=Dialect(readings=reading))
    assert "G2" in {finding.guarantee for finding in report.findings}
    assert {finding.guarantee for finding in report.accepted} <= {each.guarantee for each in reading}
    assert report.accepted


@pytest.mark.parametrize(("scenarios", "seed"), [(80, 0), (150, 1), (250, 2)])
def test_another_budget_or_seed_finds_nothing_new_and_nothing_fixed(
    tmp_path_factory: pytest.TempPathFactory, scenarios: int, seed: int
) -> None:
    """Against a baseline of the same code all is known; what a search does not come by is looked for in its own
    scenario."""
    file = tmp_path_factory.mktemp("known") / "known.toml"
    file.write_text(baseline_text(checked(*PAIR, scenarios=200).findings))
    known = load_baseline(file)
    rules = combined([BY_NAME[name] for name in PAIR])
    report = check(partial(ReferenceSubject, rules), scenarios=scenarios, seed=seed, baseline=known)
    against = compared(report.findings, known, report.vanished)
    assert (against.new, against.fixed, against.unsought) == ((), (), ())
    assert against.known


# -- What behaves at random -----------------------------------------------------------------------


class Moody(ReferenceSubject):
    """The reference, but the first command of its forty-first life fails although nothing is wrong with it."""

    def __init__(self, rules: type[Core]) -> None:
        super().__init__(rules)
        self._lives = 0

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """As the reference; once a success is told as a failure."""
        reaction = super().take(steps)
        self._lives += isinstance(steps[0], Begin)
        if self._lives != 41:
            return reaction
        events = (_failed(event) if isinstance(event, CommandSettled) else event for event in reaction.events)
        return reaction._replace(events=tuple(events))


def _failed(event: CommandSettled) -> CommandSettled:
    return event._replace(ok=False, message="moody")


def test_what_does_not_show_again_keeps_what_was_seen() -> None:
    """A finding of a subject that behaves at random says so, and tells nothing of what becomes of it without a step."""
    findings = check(partial(Moody, Core), scenarios=60).findings
    assert findings
    for finding in findings:
        assert "not again in 10 runs of the same scenario" in finding.title
        assert finding.why == ()
