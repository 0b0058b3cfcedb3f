"""The catalogue: which checks a guarantee is made of when it is judged from outside, and the judging of evidence."""

from collections.abc import Callable
from typing import NamedTuple

from broadcast_orchestrator.properties.checking.judge import cleanups, commands, procedures, rest, states
from broadcast_orchestrator.properties.checking.judge.folding import seen
from broadcast_orchestrator.properties.checking.judge.observation import Observation, Sightings
from broadcast_orchestrator.properties.checking.judge.ranks import DIFFERS, LOST, ON_AIR, RECORD, STUCK
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.evidence import BROKEN, Evidence

GUIDE = Dialect()
"""No departure at all."""

Check = Callable[[Observation, Dialect], Sightings]


def _plain(check: Callable[[Observation], Sightings]) -> Check:
    return lambda sight, _dialect: check(sight)


CHECKS: dict[str, tuple[Check, ...]] = {
    "G1": (_plain(states.table),),
    "G2": (_plain(procedures.rollback), _plain(rest.rolled_back)),
    "G3": (_plain(rest.all_on),),
    "G4": (_plain(rest.all_off),),
    "G5": tuple(map(_plain, (states.error, states.first_cause, states.told, states.caught))),
    "G6": (_plain(rest.way_out),),
    "G7": (commands.settles, commands.lands, _plain(rest.at_rest)),
    "G8": tuple(
        map(
            _plain,
            (
                procedures.startup_order,
                procedures.all_steps,
                procedures.shutdown_order,
                procedures.rollback_waits,
            ),
        )
    ),
    "G9": (_plain(procedures.alone), _plain(procedures.silenced)),
    "G10": (commands.emergency,),
    "G11": (_plain(procedures.retry), _plain(procedures.gives_in)),
    "G12": (_plain(states.record), _plain(states.shown)),
    "G13": (commands.gate, commands.can_start, commands.can_stop, commands.harmless),
    "G14": (_plain(rest.backend), _plain(rest.syncs), _plain(rest.told_by_stop)),
    "G15": (_plain(procedures.newer_wins),),
    "G16": (_plain(cleanups.cleaned),),
}
"""The checks behind each guarantee, in the order of the rows."""


class JudgedGuarantee(NamedTuple):
    """What is known of a guarantee, or of another thing that a finding can be about."""

    name: str
    sentence: str
    serves: tuple[str, ...]
    rank: int


RANKS = {
    **dict.fromkeys(("G2", "G3", "G4", "G10", "G14", "G16"), ON_AIR),
    **dict.fromkeys(("G6", "G7"), STUCK),
    **dict.fromkeys(("G1", "G5", "G8", "G9", "G11", "G13", "G15"), LOST),
    "G12": RECORD,
}

SUBJECT, REFERENCE = "subject", "reference"
"""What a finding is about that breaks no guarantee: the implementation itself, or how it differs."""

ROWS: dict[str, JudgedGuarantee] = {
    **{g.id: JudgedGuarantee(g.name, g.sentence, g.clauses, RANKS[g.id]) for g in GUARANTEES},
    SUBJECT: JudgedGuarantee("runs", "The implementation keeps running and speaks the protocol.", (), STUCK),
    REFERENCE: JudgedGuarantee(
        "as the reference", "The same commands and answers lead to what the reference does.", (), DIFFERS
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
    """The same, for what was seen of evidence that did not break off."""
    found = [
        Violation(guarantee, what, key=key, moment=moment)
        for guarantee, checks in CHECKS.items()
        for check in checks
        for key, what, moment in check(sight, dialect)
    ]
    return tuple(sorted(found, key=lambda violation: violation.at))
