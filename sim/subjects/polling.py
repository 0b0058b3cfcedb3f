"""Looks: the reads by which an implementation polls its services (the measure "polling"), and what renews its lease.

A procedure reads what a call of its own has come to, when that is answered; who polls does so since time has gone by.
"""

from collections.abc import Iterable

from broadcast_orchestrator.model.operations import CALLABLE, OPERATIONS
from broadcast_orchestrator.sim.subjects.evidence import EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Advance,
    Begin,
    Called,
    GiveAnswer,
    ReloadPage,
    ResumeTimers,
    SubjectStep,
)
from broadcast_orchestrator.sim.subjects.protocol.periodic import is_periodic

BEATS = (Advance, ResumeTimers, Begin, ReloadPage)
"""The steps at which somebody looks of his own accord: a timer, or the beginning of a life."""


def looks_in(moments: Iterable[EvidenceMoment]) -> frozenset[int]:
    """The numbers of the calls that are looks: reads that begin with a timer, and those that follow on the answer to
    one; but not of a service that is switched in the same moment."""
    looks: set[int] = set()
    for moment in moments:
        if _may_look(moment.step, looks):
            calls = [event for event in moment.events if isinstance(event, Called)]
            switched = {_service(call) for call in calls if call.operation in OPERATIONS}
            looks.update(call.call for call in calls if is_periodic(call) and _service(call) not in switched)
    return frozenset(looks)


def _service(call: Called) -> str:
    return CALLABLE[call.operation].service


def _may_look(step: SubjectStep, looks: set[int]) -> bool:
    return step.call in looks if isinstance(step, GiveAnswer) else isinstance(step, BEATS)
