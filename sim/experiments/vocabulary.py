"""What an experiment can ask about: the measures of a run, and the conditions that its claims are made of."""

from typing import NamedTuple

from broadcast_orchestrator.model.events import COMMANDS
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES, OPERATIONS
from broadcast_orchestrator.model.table import BroadcastState

SHARE, TIME, AMOUNT = "share", "time", "amount"
"""The kinds of measures: yes or no (a run for which it makes no sense has none), a time in milliseconds that a run
may not have, and an amount that every run has (a count, or milliseconds summed up over the run)."""


class Measure(NamedTuple):
    """One number of a run. `better` says which way is an improvement: 1 up, -1 down, 0 neither."""

    name: str
    kind: str
    better: int
    meaning: str


_ENDS = "a run in which none was accepted counts as a failure if one was refused, else not at all"

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("initialize_succeeds", SHARE, 1, f"every accepted initialize succeeded; {_ENDS}"),
        Measure("start_succeeds", SHARE, 1, f"every accepted start succeeded; {_ENDS}"),
        Measure("stop_succeeds", SHARE, 1, f"every accepted stop succeeded; {_ENDS}"),
        Measure("recovery_succeeds", SHARE, 1, f"every accepted recover succeeded; {_ENDS}"),
        Measure("goes_live", SHARE, 1, "the state live was reached, whatever was asked for"),
        Measure("ends_in_error", SHARE, -1, "the run came to rest in error"),
        Measure("leaves_on", SHARE, -1, "a service was truly on at the end although the state was not live"),
        Measure("backend_agrees", SHARE, 1, "at the end the backend called live what was live, and nothing else"),
        Measure("guarantees_hold", SHARE, 1, "no step broke a guarantee, but for those broken by design"),
        Measure("time_to_initialize_ms", TIME, -1, "from the first accepted initialize to its success"),
        Measure("time_to_live_ms", TIME, -1, "from the first accepted start to its success"),
        Measure("time_to_stop_ms", TIME, -1, "from the first accepted stop to its success"),
        Measure("time_to_recover_ms", TIME, -1, "from the first accepted recover to its success"),
        Measure("retries", AMOUNT, -1, "attempts to initialize beyond the first of each procedure"),
        Measure("rollbacks", AMOUNT, -1, "starts that were rolled back"),
        Measure("refusals", AMOUNT, 0, "commands that were refused"),
        Measure("calls", AMOUNT, 0, "calls made to services"),
        Measure("faults", AMOUNT, 0, "faults that happened"),
        Measure("live_ms", AMOUNT, 0, "time in the state live"),
        Measure("on_air_not_live_ms", AMOUNT, -1, "time with a service truly on outside starting, live and stopping"),
        Measure("live_not_on_air_ms", AMOUNT, -1, "time in live while a service was truly off"),
        Measure("residue_ms", AMOUNT, -1, "time during which the core named residue"),
        *(
            Measure(
                f"{service}_left_on_ms", AMOUNT, -1, f"time with {service} truly on outside starting, live, stopping"
            )
            for service in ON_AIR_SERVICES
        ),
        Measure("backend_disagrees_ms", AMOUNT, -1, "time with nothing under way and the backend wrong about live"),
        Measure("run_ms", AMOUNT, 0, "how long the run took until it came to rest"),
    )
}
"""Every measure by name, in the order in which they are kept and shown. Times and amounts ending in _ms are
milliseconds of simulated time."""

SHARES = tuple(name for name, measure in MEASURES.items() if measure.kind == SHARE)

ENDINGS = ("accepted", "refused", "succeeded", "failed", "interrupted")

CONDITIONS: tuple[str, ...] = (
    *(state.value for state in BroadcastState),
    "on_air",
    "all_on_air",
    "residue",
    "backend_live",
    "backend_agrees",
    "content",
    "quiet",
    "transitioning",
    "retry",
    "rollback",
    "guarantees",
    *OPERATIONS,
    *(f"{command} {ending}" for command in COMMANDS for ending in ENDINGS),
)
"""What a claim can say of a moment. A state; a service truly on, all four on, residue named, a session live in the
backend, the backend right about it, content there, everything at rest, a procedure under way; or what this very step
did: begin a retry delay or a rollback, break no guarantee, make a call, accept, refuse or end a command.
With "not " before it, its contrary."""

SPOKEN = (*CONDITIONS, *(f"not {condition}" for condition in CONDITIONS))
"""Every condition and its contrary."""
