"""What a search has seen: which rows of the table were taken, and which things happened at least once.

A search that never reached live proves nothing about live: what must be seen sometimes guards against that.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from broadcast_orchestrator.model.events import EMERGENCY_STOP, CoreEffect, Transition
from broadcast_orchestrator.model.state import DELAY, ROLLBACK, CoreState, Procedure
from broadcast_orchestrator.model.table import ERROR, FORCED, LIVE, STARTING, TABLE, BroadcastState, Edge
from broadcast_orchestrator.sim.world.steps import Do, Step, Timer, fault_of
from broadcast_orchestrator.sim.world.world import World

Sight = Callable[[CoreState, Step, tuple[CoreEffect, ...], CoreState], bool]
"""Asked about a step and what the core knows before and after it, but for its views."""


def _phase(procedure: Procedure | None) -> str:
    return procedure.phase if procedure else ""


def _enters(state: BroadcastState) -> Sight:
    return lambda _, __, effects, ___: state in [each.target for each in effects if isinstance(each, Transition)]


def _rolls_back(before: CoreState, _: Step, __: tuple[CoreEffect, ...], after: CoreState) -> bool:
    return ROLLBACK == _phase(after.procedure) != _phase(before.procedure)


def _retries(before: CoreState, step: Step, _: tuple[CoreEffect, ...], __: CoreState) -> bool:
    return isinstance(step, Timer) and _phase(before.procedure) == DELAY


def _emergency_while_starting(before: CoreState, step: Step, _: tuple[CoreEffect, ...], __: CoreState) -> bool:
    return isinstance(step, Do) and step.command == EMERGENCY_STOP and before.state is STARTING


SIGHTS: dict[str, Sight] = {
    "live": _enters(LIVE),
    "error": _enters(ERROR),
    "rollback": _rolls_back,
    "retry": _retries,
    "emergency stop while starting": _emergency_while_starting,
}
"""What a search should see sometimes; beside these, each fault class under its own id."""


class Coverage:
    """Counts, over any number of runs: `rows` by (source, target), `sights` by name or fault class."""

    def __init__(self) -> None:
        self.rows: Counter[Edge] = Counter()
        self.sights: Counter[str] = Counter()

    def see(self, before: World, step: Step, effects: tuple[CoreEffect, ...], after: World) -> None:
        """Count one step."""
        self.rows.update((e.source, e.target) for e in effects if isinstance(e, Transition))
        self.sights.update(name for name, sight in SIGHTS.items() if sight(before.core, step, effects, after.core))
        if fault_of(step):
            self.sights[fault_of(step)] += 1

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the names that were never seen."""
        return tuple(name for name in names if not self.sights[name])

    def lines(self) -> tuple[str, ...]:
        """A summary: how many rows and forced edges were taken, and which were not."""
        found = [_share("rows", [(row.source, row.target) for row in TABLE], self.rows)]
        found.append(_share("forced edges", [(row.source, row.target) for row in FORCED], self.rows))
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """The counts as plain data."""
        rows = [[source.value, target.value, count] for (source, target), count in sorted(self.rows.items())]
        return {"rows": rows, "sights": dict(self.sights)}

    def add_json(self, data: dict[str, Any]) -> None:
        """Add the counts that `to_json` wrote, in another process perhaps."""
        for source, target, count in data["rows"]:
            self.rows[BroadcastState(source), BroadcastState(target)] += count
        self.sights.update(data["sights"])


def _share(what: str, edges: list[Edge], rows: Counter[Edge]) -> str:
    never = [f"{source.value} -> {target.value}" for source, target in edges if not rows[source, target]]
    taken = f"{len(edges) - len(never)} of {len(edges)} {what} taken"
    return taken + (f"; never: {', '.join(never)}" if never else "")
