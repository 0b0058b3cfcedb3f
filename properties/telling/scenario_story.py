"""A scenario told in sentences: what is asked of a subject, and what goes wrong meanwhile."""

from collections.abc import Iterator
from typing import assert_never

from broadcast_orchestrator.properties.telling import phrases
from broadcast_orchestrator.sim.subjects.protocol.messages import RejectionForm
from broadcast_orchestrator.sim.subjects.scenario import (
    ASLEEP,
    EMPTY,
    HIDDEN,
    SET,
    CallFault,
    ClockChange,
    Meanwhile,
    Mishap,
    Order,
    Scenario,
    Setting,
    Upheaval,
)
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
        yield f"Configuration: {phrases.settings(dict(sorted(scenario.config.items())))}."
    if not scenario.content:
        yield "The live feed has no content."
    if scenario.latency_ms:
        listed = ", ".join(f"{name} takes {ms:g} ms" for name, ms in sorted(scenario.latency_ms.items()))
        yield f"Latency: {listed}."
    if scenario.strict:
        yield f"A service that is asked to be what it is refuses: “{scenario.strict}”."


def events(scenario: Scenario) -> Iterator[str]:
    """Orders with their mishaps, then the faults."""
    for number, order in enumerate(scenario.orders, 1):
        yield order_in_words(order, number == 1)
        for event in scenario.meanwhile:
            if (event.order or len(scenario.orders)) == number:
                yield meanwhile_in_words(event)
    yield from map(fault_in_words, scenario.faults)


def order_in_words(order: Order, first: bool = False) -> str:
    """When a caller asks for what."""
    asked = phrases.asked(order.command, order.session)
    return f"{asked[0].upper()}{asked[1:]}." if first else f"{_when(order.after)}, {asked}."


def crossing_in_words(order: Order) -> str:
    """That the order comes while something is still under way."""
    return f"The crossing of {order.command} with what was under way."


def _when(after: int | None) -> str:
    if after is None:
        return "When all is quiet"
    return "At once" if after == 0 else f"After {after} effect{'' if after == 1 else 's'}, answers or timers"


def meanwhile_in_words(event: Meanwhile) -> str:
    """What happens besides orders and faults, and when."""
    return f"{_when(event.after)}, {_happens(event)}."


def _happens(event: Meanwhile) -> str:
    match event:
        case Mishap():
            return _mishap(event)
        case Setting(option, value):
            return phrases.reconfigured({option: value})
        case ClockChange():
            return _clock(event)
        case Upheaval(kind, command):
            return f"{phrases.asked_elsewhere(command) if command else phrases.RELOADED} [{kind}]"
        case never:
            assert_never(never)


def _mishap(mishap: Mishap) -> str:
    happens: dict[str, str] = {
        LOST_SERVICE: phrases.falls_over_and_reports(mishap.service),
        LOST_UNNOTICED: phrases.falls_over_unnoticed(mishap.service),
        BYPASS: phrases.switched(mishap.service),
    }
    return happens.get(mishap.kind) or phrases.filled(mishap.kind != EMPTY)


def _clock(change: ClockChange) -> str:
    happens = {
        SET: phrases.clock_set(change.ms),
        HIDDEN: f"the tab is hidden for {change.ms:,} ms: its timers stand still, replies are heard",
        ASLEEP: f"the machine sleeps for {change.ms:,} ms: timers come first when it wakes, then replies",
    }
    return happens[change.kind]


def fault_in_words(fault: CallFault) -> str:
    """What goes wrong with which call."""
    nth = " to ".join(NTH.get(each, f"{each}th") for each in dict.fromkeys((fault.nth, fault.calls[-1])))
    known = BY_ID.get(fault.kind)
    meaning = WAYS.get((fault.kind, fault.ok), known.meaning if known else fault.kind)
    return f"The {nth} {fault.operation}: {meaning}{FORM_WORDS[fault.form]} [{fault.kind}]."


FORM_WORDS: dict[str, str] = {
    RejectionForm.ERROR: "",
    RejectionForm.TEXT: ", with a text that is no error",
    RejectionForm.NOTHING: ", with nothing (undefined) for an error",
    RejectionForm.OBJECT: ", with an object that has no message",
}
"""What a promise is rejected with, where that is no error."""


WAYS: dict[tuple[str, bool | None], str] = {
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
