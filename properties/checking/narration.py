"""A scenario as a story: its steps in words, and the place where something happens."""

from collections.abc import Iterator

from broadcast_orchestrator.properties.checking.judge.observation import Observation
from broadcast_orchestrator.sim.subjects.scenario import EMPTY, CallFault, Mishap, Order, Scenario
from broadcast_orchestrator.sim.world.faults import (
    BY_ID,
    BYPASS,
    EARLY_REPLY,
    HANG,
    LATE,
    LOST_SERVICE,
    LOST_UNNOTICED,
    REFUSE,
)

NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}


def story(scenario: Scenario) -> tuple[str, ...]:
    """The events of the scenario in words, and what is not as usual before them."""
    return (*circumstances(scenario), *events(scenario))


def circumstances(scenario: Scenario) -> Iterator[str]:
    """What is not as usual from the beginning."""
    if scenario.config:
        yield (
            "Configuration: " + ", ".join(f"{name} = {value}" for name, value in sorted(scenario.config.items())) + "."
        )
    if not scenario.content:
        yield "The live feed has no content."
    if scenario.latency_ms:
        listed = ", ".join(f"{name} takes {ms:g} ms" for name, ms in sorted(scenario.latency_ms.items()))
        yield f"Latency: {listed}."


def events(scenario: Scenario) -> Iterator[str]:
    """Orders with their mishaps, then the faults."""
    for number, order in enumerate(scenario.orders, 1):
        yield order_in_words(order, number == 1)
        for mishap in scenario.mishaps:
            if (mishap.order or len(scenario.orders)) == number:
                yield mishap_in_words(mishap)
    yield from map(fault_in_words, scenario.faults)


def order_in_words(order: Order, first: bool = False) -> str:
    """When a caller asks for what."""
    what = f"{order.command}({order.session})" if order.session else order.command
    if first:
        return f"A caller asks: {what}."
    return f"{_when(order.after)}, a caller asks: {what}."


def _when(after: int | None) -> str:
    if after is None:
        return "When all is quiet"
    return "At once" if after == 0 else f"After {after} effect{'' if after == 1 else 's'}, answers or timers"


def mishap_in_words(mishap: Mishap) -> str:
    """What befalls which service, and when."""
    happens = {
        LOST_SERVICE: f"{mishap.service} falls over and reports it",
        LOST_UNNOTICED: f"{mishap.service} falls over and nobody notices",
        BYPASS: f"someone switches {mishap.service} behind the orchestrator's back",
    }.get(mishap.kind, f"the live feed {'loses' if mishap.kind == EMPTY else 'gains'} its content")
    return f"{_when(mishap.after)}, {happens}."


def fault_in_words(fault: CallFault) -> str:
    """What goes wrong with which call."""
    nth = NTH.get(fault.nth, f"{fault.nth}th")
    known = BY_ID.get(fault.kind)
    meaning = WAYS.get((fault.kind, fault.ok), known.meaning if known else fault.kind)
    return f"The {nth} {fault.operation}: {meaning} [{fault.kind}]."


WAYS = {
    (REFUSE, None): "it fails before any effect",
    (REFUSE, False): "the call itself throws, without effect",
    (HANG, False): "no reply ever comes, nor does its effect",
    (HANG, True): "no reply ever comes, though it takes effect",
    (LATE, True): "effect and success come after the limit",
    (LATE, False): "it fails after the limit, without effect",
    (LATE, None): "its effect comes in time, its reply after the limit",
    (EARLY_REPLY, True): "it succeeds before its effect",
    (EARLY_REPLY, False): "it fails, and takes effect afterwards all the same",
}
"""Faults that can go more than one way, each with the way that `ok` names."""


def place_of(sight: Observation | None, moment: int) -> str:
    """Where in the life of the orchestrator the moment lies: what is under way, and in which state."""
    if sight is None or not sight.states:
        return "at the beginning"
    before = max(min(moment, len(sight.states)) - 1, 0)
    state = sight.states[before]
    for asked in sight.asked:
        if asked.moment <= moment <= asked.settled[0] and not asked.void:
            return f"{asked.name} in {state}"
    return f"at rest in {state}"
