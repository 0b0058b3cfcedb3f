"""How far exact answers reach: what an experiment may hold for either of the two ways, and a line where it may not."""

from collections.abc import Iterable
from typing import assert_never

from broadcast_orchestrator.model.operations import SHUTDOWN, STARTUP
from broadcast_orchestrator.model.table import ERROR, LIVE, READY
from broadcast_orchestrator.properties.experiments.exact.sums import sum_within
from broadcast_orchestrator.sim.experiments.tables import Experiment
from broadcast_orchestrator.sim.simulate.drawn_calls import DEFAULT_LATENCY
from broadcast_orchestrator.sim.simulate.injection import covers
from broadcast_orchestrator.sim.simulate.latency import Latency
from broadcast_orchestrator.sim.world.fault_semantics import SEMANTICS, CallOutcome, EffectMoment, ReplyMoment
from broadcast_orchestrator.sim.world.faults import FaultClass

NEVER = 1e-6
"""A limit that is reached with a smaller chance than this counts as never reached."""

A_DAY_MS = 86_400_000
"""A run that may last so long ends by itself."""

LIMITED = {
    "initialization_timeout": ("host.initialize",),
    "startup_timeout": tuple(step.operation for step in STARTUP),
    "shutdown_timeout": tuple(SHUTDOWN),
}
"""The calls that each limit is for, one after the other."""


class NotExact(Exception):
    """There is no exact answer; the message says in one line why not."""


# -- Faults ---------------------------------------------------------------------------------------


def is_timeless(fault: FaultClass) -> bool:
    """Whether a fault of this class is over with its call, and leaves nothing open but its chance: one outcome, whose
    reply comes in time, and before which the effect comes or never does."""
    does = SEMANTICS[fault]
    return does.change is None and len(does.outcomes) == 1 and _is_over_in_time(does.outcomes[0])


def _is_over_in_time(outcome: CallOutcome) -> bool:
    match outcome.effect:
        case EffectMoment.IN_TIME | EffectMoment.NEVER:
            return outcome.reply is ReplyMoment.IN_TIME
        case EffectMoment.LATE | EffectMoment.AFTER_REPLY | EffectMoment.TWICE | EffectMoment.OUT_OF_TURN:
            return False
        case _:
            assert_never(outcome.effect)


def is_fatal(fault: FaultClass) -> bool:
    """Whether the fault makes the step of its call fail, whatever outcome it takes."""
    does = SEMANTICS[fault]
    return does.change is None and not any(_can_succeed(outcome) for outcome in does.outcomes)


def _can_succeed(outcome: CallOutcome) -> bool:
    match outcome.reply:
        case ReplyMoment.IN_TIME | ReplyMoment.EARLY:
            return outcome.ok
        case ReplyMoment.LATE | ReplyMoment.NEVER:
            return False
        case _:
            assert_never(outcome.reply)


# -- Experiments ----------------------------------------------------------------------------------


def require_timeless(experiment: Experiment) -> None:
    """Raise `NotExact` for what depends on when things happen."""
    require_chance(experiment, filter(is_timeless, FaultClass))
    if experiment.limit_ms < A_DAY_MS:
        raise NotExact("limit_ms may end a run")
    for each in experiment.commands:
        if each.at_ms is None and (each.when or each.whenever or "") not in (READY, LIVE, ERROR):
            raise NotExact(f"{each.command} is given while something is under way")
        if each.at_ms:
            raise NotExact(f"{each.command} is given at a certain time")
    for limit, operations in LIMITED.items():
        latencies = [latency_of(experiment, operation) for operation in operations]
        if 1 - sum_within(latencies, getattr(experiment.config, limit)) > NEVER:
            raise NotExact(f"{limit} can be reached, so it matters when things happen")


def require_chance(experiment: Experiment, classes: Iterable[FaultClass]) -> None:
    """Raise `NotExact` for faults that are no matter of chance alone, or of none of these classes, and for whatever
    else goes around the calls."""
    if experiment.events or experiment.sessions is not None:
        raise NotExact("events and known sessions are not part of the chain")
    if experiment.measures:
        raise NotExact("measures are not part of the chain, which is that of the guide's orchestrator")
    known = frozenset(classes)
    for fault in experiment.faults:
        if (fault.first, fault.nth, fault.every, fault.between_ms) != (None,) * 4:
            raise NotExact(f"the fault of {fault.call} is no matter of chance alone")
        if fault.id not in known:
            raise NotExact(f"{fault.kind} depends on when things happen")


def latency_of(experiment: Experiment, operation: str) -> Latency:
    """The latency that a call of the operation has: the one under the longest name that covers it."""
    names = [name for name in experiment.latency if covers(name, operation)]
    return experiment.latency[max(names, key=len)] if names else DEFAULT_LATENCY
