"""The plain evening: initialize, start with a session, stop, and nothing goes wrong.

Whoever does not get through that is most likely not broken but served wrongly: names that differ, a store that is not
replaced, a state that is shown elsewhere. Then nothing else that could be said of it would mean anything.
"""

from collections.abc import Iterator
from dataclasses import replace

from broadcast_orchestrator.model.events import INITIALIZE, START_BROADCAST, STOP_BROADCAST
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES
from broadcast_orchestrator.properties.checking.judge.catalogue import SUBJECT
from broadcast_orchestrator.properties.checking.judge.observation import NEVER, STATES, Observation
from broadcast_orchestrator.properties.checking.search.lacking import in_words, lacked
from broadcast_orchestrator.properties.checking.search.outcomes import CommandOutcome, outcomes
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.subjects.scenario import Order, Scenario

PLAIN_EVENING = Scenario((Order(INITIALIZE), Order(START_BROADCAST, "s1"), Order(STOP_BROADCAST)))


def is_plain(scenario: Scenario) -> bool:
    """Whether it is the plain evening, or the beginning of it."""
    return scenario == replace(PLAIN_EVENING, orders=PLAIN_EVENING.orders[: len(scenario.orders)])


def mistaken(sight: Observation, expected: tuple[CommandOutcome, ...]) -> Violation | None:
    """Why the implementation does not get through as much of the evening as was played, with what came of it; None
    where it does. `expected` is what comes of each command in the reference."""
    lacking = next(_lacking(sight), None)
    failed = min(_failed(sight, expected), key=lambda each: each.at, default=None)
    if lacking is None or failed is None:
        return lacking or failed
    return lacking._replace(what=f"{lacking.what}. Then {failed.what}")


def _violation(key: str, what: str, moment: int) -> Violation:
    return Violation(SUBJECT, what, key=f"plain evening: {key}", moment=moment)


def _lacking(sight: Observation) -> Iterator[Violation]:
    """Members that were read and are not there."""
    if members := lacked(sight):
        yield _violation("lacking", in_words(*(each.name for each in members)), sight.snapshots[-1][0])


def _failed(sight: Observation, expected: tuple[CommandOutcome, ...]) -> Iterator[Violation]:
    """What goes wrong."""
    for at, state in enumerate(sight.states):
        if state not in STATES:
            yield _violation("states", f"'{state}' is no state of the guide; a dialect says under [states] which", at)
            break
    for asked in sight.asked:
        if asked.settled != NEVER and not asked.ok:
            what = f"on an evening without faults {asked.name} fails: {asked.message}"
            yield _violation(f"{asked.name} fails", what, asked.moment)
    for ours, theirs in zip(outcomes(sight), expected, strict=False):
        if ours.command != STOP_BROADCAST and ours.state != theirs.state:
            what = f"on an evening without faults {ours.command} leads to {ours.state}, not to {theirs.state}"
            yield _violation(f"{ours.command} leads elsewhere", f"{what}; is its state shown there?", ours.moment)
    called = {call.service for call in sight.made}
    if len(sight.asked) == len(PLAIN_EVENING.orders) and (never := [s for s in ON_AIR_SERVICES if s not in called]):
        what = f"on an evening without faults nothing of {', '.join(never)} is called; is its store replaced?"
        yield _violation("never called", what, len(sight.states) - 1)
