"""Shrinking: from a scenario that shows something to the smallest that shows the same.

Smaller means fewer faults and mishaps, then fewer commands, then plainer ones: one at a time before crossing, the
usual configuration before another.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from broadcast_orchestrator.properties.search.minimize import Tries, minimized
from broadcast_orchestrator.sim.subjects.protocol.messages import RejectionForm
from broadcast_orchestrator.sim.subjects.scenario import MEANWHILE, Meanwhile, Scenario, ways

TRIES = 400
"""How many smaller scenarios are tried at most."""

Shows = Callable[[Scenario], bool]
T = TypeVar("T")


def shrink(scenario: Scenario, shows: Shows, most: int = TRIES) -> Scenario:
    """The smallest scenario found for which `shows` is true, as it must be for the first one; `most` is how many are
    tried."""
    return minimized(scenario, lambda whole: (each if shows(each) else None for each in _smaller(whole)), Tries(most))


def _smaller(scenario: Scenario) -> Iterator[Scenario]:
    """Every scenario that is one idea smaller, the greatest savings first."""
    for name in ("faults", *MEANWHILE):
        for number in range(len(getattr(scenario, name))):
            yield without_event(scenario, name, number)
    yield from _fewer_orders(scenario)
    yield from _plainer(scenario)


def without_event(scenario: Scenario, name: str, number: int) -> Scenario:
    """The scenario without the event at this place of the field, which is not that of its orders."""
    fewer: dict[str, Any] = {name: without(getattr(scenario, name), number)}
    return replace(scenario, **fewer)


def without_order(scenario: Scenario, number: int) -> Scenario | None:
    """The scenario without the order at this place, the rest moved along; None where nothing would be left."""
    orders = without(scenario.orders, number)
    if not orders:
        return None
    moved: dict[str, Any] = {name: _moved(getattr(scenario, name), number, len(orders)) for name in MEANWHILE}
    return replace(scenario, orders=orders, **moved)


def _moved(events: tuple[Meanwhile, ...], number: int, last: int) -> tuple[Meanwhile, ...]:
    """Events that go by the number of an order, where the one at this place is gone and so many are left."""
    orders = [event.order - 1 if event.order > max(number, 1) else event.order for event in events]
    return tuple(event._replace(order=min(order, last)) for event, order in zip(events, orders, strict=True))


def _fewer_orders(scenario: Scenario) -> Iterator[Scenario]:
    for number in reversed(range(len(scenario.orders))):
        fewer = without_order(scenario, number)
        if fewer is not None:
            yield fewer


def _plainer(scenario: Scenario) -> Iterator[Scenario]:
    """As many events, and each a little plainer."""
    for name in sorted(scenario.config):
        yield replace(scenario, config={key: value for key, value in scenario.config.items() if key != name})
    if scenario.latency_ms:
        yield replace(scenario, latency_ms={})
    if scenario.strict:
        yield replace(scenario, strict="")
    if not scenario.content:
        yield replace(scenario, content=True)
    for number, upheaval in enumerate(scenario.upheavals):
        for plainer in _plainer_moments(upheaval.after):
            calmer = replaced(scenario.upheavals, number, upheaval._replace(after=plainer))
            yield replace(scenario, upheavals=calmer)
    yield from _plainer_orders(scenario)
    yield from _plainer_faults(scenario)


def _plainer_orders(scenario: Scenario) -> Iterator[Scenario]:
    """Calmer moments, and no session where none is needed."""
    for number, order in enumerate(scenario.orders):
        for plainer in _plainer_moments(order.after):
            yield replace(scenario, orders=replaced(scenario.orders, number, order._replace(after=plainer)))
        if order.session is not None:
            yield replace(scenario, orders=replaced(scenario.orders, number, order._replace(session=None)))
        if order.session not in (None, "s1"):
            yield replace(scenario, orders=replaced(scenario.orders, number, order._replace(session="s1")))


def _plainer_faults(scenario: Scenario) -> Iterator[Scenario]:
    """The first way of its kind in which a fault can come, at an earlier call, less often, with a usual error."""
    for number, fault in enumerate(scenario.faults):
        for ok in ways(fault.kind)[: _index(ways(fault.kind), fault.ok)]:
            yield replace(scenario, faults=replaced(scenario.faults, number, fault._replace(ok=ok)))
        if fault.nth > 1:
            yield replace(scenario, faults=replaced(scenario.faults, number, fault._replace(nth=fault.nth - 1)))
        if fault.form != RejectionForm.ERROR:
            usual = fault._replace(form=RejectionForm.ERROR)
            yield replace(scenario, faults=replaced(scenario.faults, number, usual))
        if fault.times > 1:
            yield replace(scenario, faults=replaced(scenario.faults, number, fault._replace(times=fault.times - 1)))


def _plainer_moments(after: int | None) -> tuple[int | None, ...]:
    if after is None:
        return ()
    return (None,) if after == 0 else (None, 0, *((after - 1,) if after > 1 else ()))


def _index(values: tuple[bool | None, ...], value: bool | None) -> int:
    return values.index(value) if value in values else 0


def without(items: tuple[T, ...], number: int) -> tuple[T, ...]:
    """All but the one at this place."""
    return items[:number] + items[number + 1 :]


def replaced(items: tuple[T, ...], number: int, item: T) -> tuple[T, ...]:
    """The same with this one at this place."""
    return (*items[:number], item, *items[number + 1 :])
