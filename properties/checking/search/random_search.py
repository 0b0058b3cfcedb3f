"""The search after the sweep: Hypothesis makes up scenarios, steered towards what the run has not shown yet.

Each example is a story told step by step: commands at any moment, crossing each other, faults at any call, services
lost at any time. A share of the search has its own seed and keeps its own count of what was seen, so that the result
does not depend on how many processes share the work.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, settings, target
from hypothesis import seed as seeded
from hypothesis import strategies as st

from broadcast_orchestrator.model.events import COMMANDS, START_BROADCAST
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES, OPERATIONS
from broadcast_orchestrator.properties.checking.search.phases import CHANGES, CONFIGS
from broadcast_orchestrator.properties.checking.search.sweep import ALREADY, CLOCKS
from broadcast_orchestrator.properties.search.by_seed import by_the_seed_alone
from broadcast_orchestrator.sim.subjects.call_schedule import forms_at, ways_at
from broadcast_orchestrator.sim.subjects.protocol.messages import Extension, RejectionForm
from broadcast_orchestrator.sim.subjects.protocol.step_check import FORMS
from broadcast_orchestrator.sim.subjects.scenario import (
    MISHAPS,
    CallFault,
    ClockChange,
    Mishap,
    Order,
    Scenario,
    Setting,
    Upheaval,
)
from broadcast_orchestrator.sim.world.fault_semantics import CALL_FAULTS
from broadcast_orchestrator.sim.world.faults import LOST_SERVICE, RELOAD, SECOND_DASHBOARD
from broadcast_orchestrator.sim.world.world import CALLS_ELSEWHERE


def made_up(
    styles: dict[str, str], understands: tuple[str, ...] = (), everyday: tuple[str, ...] = ()
) -> st.SearchStrategy[Scenario]:
    """Any scenario that can be told to a subject with these styles that understands these extensions: one to eight
    commands, up to four faults, up to two mishaps, an option or a clock that changes, up to two services that answer at
    once or slowly; and up to two of the `everyday` faults."""
    orders = st.lists(_orders(), min_size=1, max_size=8).map(tuple)
    faults = st.lists(_faults(styles, Extension.REJECTIONS in understands), max_size=4).map(tuple)
    stories = st.builds(
        _scenario,
        st.booleans(),
        orders,
        faults,
        st.lists(_mishaps(), max_size=2).map(tuple),
        st.lists(_settings(), max_size=1).map(tuple),
        st.sampled_from(({}, {}, {}, *CONFIGS)),
        st.dictionaries(st.sampled_from(tuple(OPERATIONS)), st.sampled_from((0, 1, 300, 4_000, 8_000)), max_size=2),
        _clocks() if Extension.CLOCK in understands else st.just(()),
        st.sampled_from(("", "", "", ALREADY)),
    )
    possible = tuple(each for each in UPHEAVALS if each[0] in everyday)
    return st.builds(_upset, stories, _upheavals(possible)) if possible else stories


def _orders() -> st.SearchStrategy[Order]:
    when = st.one_of(st.none(), st.integers(0, 12))
    command = st.sampled_from(COMMANDS)
    return st.builds(_order, command, st.sampled_from(("s1", "s2", None)), when)


def _order(command: str, session: str | None, after: int | None) -> Order:
    return Order(command, session if command == START_BROADCAST else None, after)


def _faults(styles: dict[str, str], formed: bool) -> st.SearchStrategy[CallFault]:
    possible = tuple(
        (operation, kind, ok)
        for operation in OPERATIONS
        for kind in CALL_FAULTS
        for ok in ways_at(operation, kind, styles)
    )
    times = st.sampled_from((1, 1, 1, 2, 4))
    forms = st.sampled_from((*(RejectionForm.ERROR,) * 5, *FORMS) if formed else (RejectionForm.ERROR,))

    def fault(what: tuple[str, str, bool | None], nth: int, times: int, form: str) -> CallFault:
        operation, kind, ok = what
        fits = form in forms_at(operation, kind, ok, styles)
        return CallFault(operation, nth, kind, ok, times, str(form) if fits else RejectionForm.ERROR)

    return st.builds(fault, st.sampled_from(possible), st.integers(1, 3), times, forms)


def _settings() -> st.SearchStrategy[Setting]:
    when = st.one_of(st.none(), st.integers(0, 12))
    return st.builds(lambda change, after: Setting(change[0], change[1], after), st.sampled_from(CHANGES), when)


def _clocks() -> st.SearchStrategy[tuple[ClockChange, ...]]:
    """Mostly nothing happens to the clock."""
    when = st.integers(0, 12)
    change = st.builds(lambda what, after: (ClockChange(what[0], what[1], after),), st.sampled_from(CLOCKS), when)
    return st.one_of(st.just(()), st.just(()), st.just(()), change)


UPHEAVALS = ((RELOAD, ""), *((SECOND_DASHBOARD, command) for command in CALLS_ELSEWHERE))


def _upheavals(possible: tuple[tuple[str, str], ...]) -> st.SearchStrategy[tuple[Upheaval, ...]]:
    when = st.one_of(st.none(), st.integers(0, 12))
    drawn = st.tuples(st.sampled_from(possible), when, st.integers(0, 3))
    return st.lists(drawn.map(lambda each: Upheaval(*each[0], each[1], each[2])), max_size=2).map(tuple)


def _mishaps() -> st.SearchStrategy[Mishap]:
    kinds = st.sampled_from((LOST_SERVICE, LOST_SERVICE, *MISHAPS))
    when = st.one_of(st.none(), st.integers(0, 12))
    return st.tuples(kinds, st.sampled_from(ON_AIR_SERVICES), when).map(lambda drawn: Mishap(*drawn))


def _scenario(
    usual: bool,
    orders: tuple[Order, ...],
    faults: tuple[CallFault, ...],
    mishaps: tuple[Mishap, ...],
    settings: tuple[Setting, ...],
    config: dict[str, object],
    latency_ms: dict[str, float],
    clocks: tuple[ClockChange, ...],
    strict: str,
) -> Scenario:
    """Most stories begin as they do in life; one call suffers one fault."""
    beginning = (Order("initialize"), Order(START_BROADCAST, "s1")) if usual else (Order("initialize"),)
    by_call = {(fault.operation, fault.nth): fault for fault in faults}
    calls = tuple(by_call.values())
    return Scenario(
        (*beginning, *orders),
        calls,
        mishaps,
        config,
        latency_ms=latency_ms,
        settings=settings,
        clocks=clocks,
        strict=strict,
    )


def _upset(scenario: Scenario, upheavals: tuple[Upheaval, ...]) -> Scenario:
    """The story, and what befalls the orchestrator as a whole."""
    last = len(scenario.orders)
    return replace(scenario, upheavals=tuple(each._replace(order=min(each.order, last)) for each in upheavals))


def search(
    stories: st.SearchStrategy[Scenario],
    seed: int,
    examples: int,
    try_out: Callable[[Scenario], Iterable[str]],
    seen: Iterable[str],
    over: Callable[[], bool] = lambda: False,
) -> None:
    """Make up so many of the scenarios and try each; `try_out` tells what it showed, `seen` is what earlier runs did.

    The same arguments lead to the same scenarios. `over` ends the search early.
    """
    known = Counter(seen)

    @seeded(seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.target),
        suppress_health_check=list(HealthCheck),
    )
    @given(stories)
    def example(scenario: Scenario) -> None:
        if over():
            return
        shown = tuple(try_out(scenario))
        target(sum(1 / (1 + known[feature]) for feature in shown), label="what was seldom seen")
        known.update(shown)

    with by_the_seed_alone():
        example()
