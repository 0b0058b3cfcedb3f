"""What the tables of an experiment are made of: the table that takes no unknown key, numbers with their limits, and
latencies. Limits and names come from the places that own them."""

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, create_model

from broadcast_orchestrator.model.config import LARGEST
from broadcast_orchestrator.sim.simulate.latency import DISTRIBUTIONS, Constant, Latency, parse_latency

Ms = Annotated[float, Field(ge=0, le=LARGEST)]
"""A time in milliseconds."""

Probability = Annotated[float, Field(ge=0, le=1)]
Confidence = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[int, Field(ge=1, le=LARGEST)]


class StrictTable(BaseModel):
    """A table that knows its keys and takes no others; a number is not taken for a flag, nor text for a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)


def _latency_table(kind: type[Latency]) -> type[StrictTable]:
    parameters: dict[str, Any] = {}
    for each in fields(kind):
        number = Annotated[float, Field(ge=each.metadata["minimum"], le=each.metadata["maximum"])]
        many = Annotated[list[number], Field(min_length=1)]
        parameters[each.name] = (many if each.metadata["many"] else number, ...)
    parameters["distribution"] = (Literal[kind.distribution], ...)
    return create_model(f"{kind.__name__}Latency", __base__=StrictTable, __doc__=kind.__doc__, **parameters)


LATENCIES: dict[str, type[StrictTable]] = {name: _latency_table(kind) for name, kind in DISTRIBUTIONS.items()}
ALWAYS = "number"
"""The tag of a latency that is just a number of milliseconds."""


def _latency_tag(value: Any) -> str:
    return str(value.get("distribution", "")) if isinstance(value, dict) else ALWAYS


def _as_latency(table: Any) -> Latency:
    return parse_latency(table.model_dump()) if isinstance(table, BaseModel) else Constant(table)


def _any_latency() -> Any:
    tagged: Any = Annotated[Ms, Tag(ALWAYS)]
    for name, table in LATENCIES.items():
        tagged = tagged | Annotated[table, Tag(name)]
    return Annotated[tagged, Discriminator(_latency_tag), AfterValidator(_as_latency)]


if TYPE_CHECKING:  # what the table becomes once it is checked
    LatencyValue = Latency
else:
    LatencyValue = _any_latency()
