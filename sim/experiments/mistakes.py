"""What is wrong with an experiment, a line a mistake: where, what, and what to try instead."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from broadcast_orchestrator.model.config import near_match, shown
from broadcast_orchestrator.sim.experiments.basics import LATENCIES
from broadcast_orchestrator.sim.experiments.fleet_tables import Arrivals, FleetTable, OutageTable, PoolTable
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import POOLS
from broadcast_orchestrator.sim.experiments.lines import Place, line_of
from broadcast_orchestrator.sim.experiments.tables import (
    CLAIMS,
    CommandTable,
    ConfigTable,
    EventTable,
    Experiment,
    FaultTable,
    SweepTable,
)
from broadcast_orchestrator.sim.simulate.injection import CALLS
from broadcast_orchestrator.sim.simulate.latency import DISTRIBUTIONS

ITEMS: dict[str, type[BaseModel]] = {
    "config": ConfigTable,
    "faults": FaultTable,
    "commands": CommandTable,
    "events": EventTable,
    "sweep": SweepTable,
}
"""The tables whose keys do not depend on what is in them."""


class ExperimentError(ValueError):
    """An experiment that cannot be; the message has a line for each mistake."""


def mistakes_of(error: ValidationError, where: str, lines: Mapping[Place, int]) -> ExperimentError:
    """Everything that the check found, as one error, by lines; `where` names the file."""
    found = [_mistake(dict(each), where, dict(lines)) for each in error.errors(include_url=False)]
    return ExperimentError("\n".join(dict.fromkeys(said for _, said in sorted(found, key=lambda each: each[0]))))


def _mistake(each: dict[str, Any], where: str, lines: dict[Place, int]) -> tuple[int, str]:
    place = tuple(_without_tags(each["loc"]))
    if each["type"] == "union_tag_invalid":
        place = (*place, "kind" if place[0] == "expect" else "distribution")
    line = line_of(place, lines) or 0
    at = f"{where}, line {line}" if line else where
    return line, ": ".join(part for part in (at, spoken(place), _what(each, place)) if part)


def spoken(place: Iterable[str | int]) -> str:
    """A place in a file as `--set` and sweeps name it; tables of an array count from 1."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in place)


def _without_tags(loc: tuple[str | int, ...]) -> Iterator[str | int]:
    """The place without what pydantic puts between: the tag of a union, the mark of a key."""
    for at, part in enumerate(loc):
        of_latency = loc[:at][-2:-1] == ("latency",) or loc[:at][-1:] == ("service",)
        tagged = (of_latency and part in (*LATENCIES, "number")) or (at == 2 and loc[0] == "expect" and part in CLAIMS)
        if not tagged and part != "[key]":
            yield part


def _what(each: dict[str, Any], place: Place) -> str:
    kind, loc, name = each["type"], each["loc"], str(place[-1]) if place else ""
    match kind:
        case "extra_forbidden":
            return f"unknown key{near_match(name, _keys(loc))}"
        case "missing":
            return "missing"
        case "union_tag_invalid":
            known = CLAIMS if loc[0] == "expect" else DISTRIBUTIONS
            return f"{shown(each['ctx']['tag'])} is unknown{near_match(each['ctx']['tag'], known)}"
        case "literal_error" if "[key]" in loc:
            return f"unknown call{near_match(name, CALLS)}"
        case "literal_error":
            return f"{shown(each['input'])} is unknown{near_match(each['input'], _choices(each['ctx']['expected']))}"
        case "value_error":
            return str(each["ctx"]["error"]).removeprefix("fault: ")
        case _:
            expected = each["msg"].removeprefix("Input should be ").removeprefix("a valid ")
            return f"expected {expected}, got {shown(each['input'])}"


def _choices(expected: str) -> list[str]:
    """The choices that pydantic lists as text: 'a', 'b' or 'c'."""
    return expected.split("'")[1::2]


def _keys(loc: tuple[str | int, ...]) -> list[str]:
    """The keys that the table around the last part may have."""
    if len(loc) == 1:
        table: type[BaseModel] = Experiment
    elif loc[0] == "latency":
        table = LATENCIES[str(loc[2])]
    elif loc[0] == "fleet":
        table = _fleet_table(loc)
    elif loc[0] == "expect":
        table = CLAIMS[str(loc[2])]
    else:
        table = ITEMS[str(loc[0])]
    return [field.alias or name for name, field in table.model_fields.items()]


def _fleet_table(loc: tuple[str | int, ...]) -> type[BaseModel]:
    """The table of a fleet around the last part."""
    tables: dict[str, type[BaseModel]] = {
        "arrivals": Arrivals,
        "outage": OutageTable,
        **dict.fromkeys(POOLS, PoolTable),
    }
    if len(loc) == 2:
        return FleetTable
    return LATENCIES[str(loc[3])] if len(loc) > 4 else tables[str(loc[1])]
