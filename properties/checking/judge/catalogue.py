"""The catalogue: the guarantees as they can be judged from outside, and the judging of evidence.

The checks are those of `properties.guarantees`, and no others; here is only which of them can be made of what a run
shows, and what there is to say when a run has no end.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from broadcast_orchestrator.properties.checking.judge.folding import seen
from broadcast_orchestrator.properties.checking.judge.knowledge import Knowledge
from broadcast_orchestrator.properties.checking.judge.observation import NEVER, Observation, ObservedCommand
from broadcast_orchestrator.properties.checking.judge.rest import SeenRest
from broadcast_orchestrator.properties.checking.judge.shown_aspects import shown
from broadcast_orchestrator.properties.checking.judge.silence import lost_lease, of_lease
from broadcast_orchestrator.properties.checking.judge.stream import bound_ms, slack_of, told
from broadcast_orchestrator.properties.guarantees.by_design import beyond_design
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES
from broadcast_orchestrator.properties.guarantees.memory import Glimpse, JudgeMemory
from broadcast_orchestrator.properties.guarantees.observations import Aspect, Rest, Sentences, Wrong
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.evidence import BROKEN, CUT_OFF, NEVER_QUIET, Evidence

GUIDE = Dialect()
"""No departure at all."""


class JudgedGuarantee(NamedTuple):
    """What is known of a guarantee, or of another thing that a finding can be about."""

    name: str
    sentence: str
    serves: tuple[str, ...]


SUBJECT, REFERENCE = "subject", "reference"
"""What a finding is about that breaks no guarantee: the implementation itself, or how it differs."""

ROWS: dict[str, JudgedGuarantee] = {
    **{g.id: JudgedGuarantee(g.name, g.sentence, g.clauses) for g in GUARANTEES},
    SUBJECT: JudgedGuarantee(
        "runs", "The implementation keeps running, speaks the protocol and gets through an evening without faults.", ()
    ),
    REFERENCE: JudgedGuarantee(
        "as the reference", "The same commands and answers lead to what the reference does.", ()
    ),
}


CAUSAL = (
    SUBJECT,
    "G10",
    "G9",
    "G13",
    "G1",
    "G11",
    "G15",
    "G16",
    "G8",
    "G2",
    "G7",
    "G4",
    "G17",
    "G14",
    "G5",
    "G3",
    "G6",
    "G12",
    REFERENCE,
)
"""What is broken because of something else comes after it: of several that one sequence breaks, the first names it."""


def judge(evidence: Evidence, dialect: Dialect = GUIDE) -> tuple[Violation, ...]:
    """Every guarantee that the evidence breaks, what happened first coming first; the same evidence, the same answer.

    A dialect's readings of the rules are applied; its accepted findings are not left out here.
    """
    if evidence.ended == BROKEN:
        return (broke_off(evidence),)
    return judge_sight(seen(evidence, dialect), dialect)


def broke_off(evidence: Evidence) -> Violation:
    """That the subject did not keep running, or not to the protocol."""
    return Violation(SUBJECT, evidence.why, key="broken", moment=max(len(evidence.moments) - 1, 0))


def judge_sight(sight: Observation, dialect: Dialect) -> tuple[Violation, ...]:
    """The same, for what was seen of evidence that did not break off. What stays wrong is told once."""
    first: dict[tuple[str, str, str], Violation] = {}
    for violation in (*_of_moments(sight, dialect), *_of_lease(sight, dialect), *_of_the_end(sight)):
        first.setdefault((violation.guarantee, violation.key, violation.what), violation)
    order = [guarantee.id for guarantee in GUARANTEES]
    return tuple(sorted(first.values(), key=lambda each: (each.at, order.index(each.guarantee))))


def _of_moments(sight: Observation, dialect: Dialect) -> Iterator[Violation]:
    """What the checks find wrong that can be made of what is shown; not what follows from a gap of the guide's own."""
    aspects, resting = shown(sight, dialect.measures), {rest.moment: rest for rest in sight.rests}
    knowledge, of_quiet = Knowledge(sight, reads_back=dialect.reads_back), quiet_checks(aspects)
    for moment in told(sight, dialect):
        found = _of_glimpse(moment.glimpse, aspects)
        if moment.number in resting:
            rest = SeenRest(sight, knowledge, resting[moment.number])
            found += tuple((name, wrong) for name, check in of_quiet for wrong in check(moment.memory, rest))
        yield from (
            _violation(name, wrong, moment.number)
            for name, wrong in found
            if not is_by_design(name, wrong, sight, dialect)
        )


def kept(sight: Observation, dialect: Dialect) -> tuple[str, ...]:
    """The measures whose promises hold in this run: a lease that is lost keeps nobody away any more."""
    if dialect.lasting_ms and lost_lease(sight):
        return tuple(measure for measure in dialect.measures if measure != "lease")
    return dialect.measures


def _of_lease(sight: Observation, dialect: Dialect) -> Iterator[Violation]:
    """What somebody does who claims a lease, and does not renew it, or commands without it."""
    if dialect.lasting_ms:
        for key, what, moment in of_lease(sight):
            yield _violation("G17", Wrong(key, what), moment)


def is_by_design(guarantee: str, wrong: Wrong, sight: Observation, dialect: Dialect) -> bool:
    """Whether it follows from a gap of the guide's own; where measures are claimed, whether it is foreseen of an
    orchestrator that has these, under the faults of the run."""
    if not dialect.measures:
        return bool(wrong.gap)
    measures = kept(sight, dialect)
    violation = Violation(guarantee, wrong.what, gap=wrong.gap)
    return not beyond_design((violation,), sight.on_order(), measures)


@lru_cache(maxsize=1 << 14)  # scenarios are much alike, so most moments have been judged before
def _of_glimpse(glimpse: Glimpse, aspects: frozenset[Aspect]) -> tuple[tuple[str, Wrong], ...]:
    return tuple((name, wrong) for name, check in step_checks(aspects) for wrong in check(glimpse))


@lru_cache(maxsize=64)
def step_checks(aspects: frozenset[Aspect]) -> tuple[tuple[str, Callable[[Glimpse], Sentences]], ...]:
    """The checks of a moment that can be made where this is shown, each with the id of its guarantee."""
    return tuple((g.id, check.asks) for g in GUARANTEES for check in g.of_steps if aspects.issuperset(check.needs))


@lru_cache(maxsize=64)
def quiet_checks(aspects: frozenset[Aspect]) -> tuple[tuple[str, Callable[[JudgeMemory, Rest], Sentences]], ...]:
    """The same for those of a quiet moment."""
    return tuple((g.id, check.asks) for g in GUARANTEES for check in g.of_quiet if aspects.issuperset(check.needs))


def _of_the_end(sight: Observation) -> Iterator[Violation]:
    """A run that a limit had to end, and commands that nobody has heard of since; where it was cut off, only those that
    have had their time. (Inside nothing can be so: whatever is under way has a limit there.)"""
    last = len(sight.states) - 1
    if sight.evidence.ended == NEVER_QUIET:
        wrong = Wrong("never quiet", f"it never comes to rest: {sight.evidence.why}")
        yield _violation("G7", wrong, last)
    for asked in sight.asked:
        if asked.settled == NEVER and (sight.evidence.ended != CUT_OFF or _has_had_its_time(asked, sight)):
            yield _violation("G7", Wrong(f"{asked.name} never settles", f"{asked.name} never settles"), last)


def _has_had_its_time(asked: ObservedCommand, sight: Observation) -> bool:
    until_ms = sight.evidence.moments[-1].at_ms
    took_ms = until_ms - asked.at_ms
    return took_ms > bound_ms(asked, took_ms) + slack_of(sight, asked.at_ms, until_ms)


class NotObservable(NamedTuple):
    """A check that cannot be made: of which guarantee, what it is called and asks, and what it would need to see."""

    guarantee: str
    check: str
    asks: str
    needs: tuple[Aspect, ...]

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {**self._asdict(), "needs": [str(aspect) for aspect in self.needs]}


def not_observable(aspects: frozenset[Aspect]) -> tuple[NotObservable, ...]:
    """The checks that cannot be made where no more than this is shown, in the order of the guarantees."""
    return tuple(
        NotObservable(guarantee.id, check.name.replace("_", " "), _sentence(check.asks.__doc__), missing)
        for guarantee in GUARANTEES
        for check in guarantee.checks
        if (missing := tuple(aspect for aspect in check.needs if aspect not in aspects))
    )


def _sentence(doc: str | None) -> str:
    return " ".join((doc or "").split())


def _violation(guarantee: str, wrong: Wrong, moment: int) -> Violation:
    return Violation(guarantee, wrong.what, key=wrong.key, moment=moment)
