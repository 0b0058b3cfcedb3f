"""Complaints: what a run breaks, each with its kind, and where in the life of the implementation it shows."""

import hashlib
import re
from bisect import bisect_right
from typing import NamedTuple

from broadcast_orchestrator.model.operations import OPERATIONS, SERVICES
from broadcast_orchestrator.properties.checking.judge.observation import Observation, place_of
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.subjects.dialect import Dialect

Kind = tuple[str, str]
"""What complaints of one kind have in common: the guarantee, and the key of the check."""

NAMED = re.compile(rf"\b(?:{'|'.join(map(re.escape, (*OPERATIONS, *SERVICES)))})\b")
"""An operation, or else a service, that a sentence names."""


class Complaint(NamedTuple):
    """One thing that a run breaks: the violation, the place at which it shows, after which command of the run, counted
    from 1, which operation or service it is about ("" for none), and whether a reading of the dialect accepts it."""

    violation: Violation
    place: str
    command: int
    about: str
    accepted: bool

    @property
    def kind(self) -> Kind:
        """Which kind of complaint it is."""
        return self.violation.kind

    @property
    def what(self) -> str:
        """The sentence."""
        return self.violation.what


def complaints(violations: tuple[Violation, ...], sight: Observation, dialect: Dialect) -> tuple[Complaint, ...]:
    """The violations of a run as complaints, in the same order."""
    given = [asked.moment for asked in sight.asked]
    return tuple(
        Complaint(
            violation,
            place := place_of(sight, violation.at),
            bisect_right(given, violation.at),
            about=named[0] if (named := NAMED.search(violation.what)) else "",
            accepted=dialect.accepts(violation.guarantee, violation.what, place),
        )
        for violation in violations
    )


def identity(kind: Kind) -> str:
    """What a kind is called: the same in every run, whatever the budget, the seed and the machine."""
    guarantee, key = kind
    return f"{guarantee}-{hashlib.sha256(f'{guarantee} {key}'.encode()).hexdigest()[:8]}"
