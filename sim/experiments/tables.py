"""The tables of an experiment file, as pydantic models. They check one file and give its JSON schema, so that what
is documented is what is checked; limits and names come from the places that own them."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, create_model, model_validator

from broadcast_orchestrator.model.config import OPTIONS, OrchestratorConfig, near_match
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import COMMANDS, START_BROADCAST
from broadcast_orchestrator.model.measures import BY_NAME, POLL_PERIOD_MS, rules_with
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES
from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.sim.experiments.basics import (
    Confidence,
    LatencyValue,
    Ms,
    Positive,
    Probability,
    StrictTable,
)
from broadcast_orchestrator.sim.experiments.fleet_tables import FleetTable
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import EVERY, FLEET_MEASURES
from broadcast_orchestrator.sim.experiments.vocabulary import MEASURES, SHARE, SPOKEN, Measure
from broadcast_orchestrator.sim.simulate.injection import CALLS, KINDS, Fault
from broadcast_orchestrator.sim.world.faults import PLACES
from broadcast_orchestrator.sim.world.world import CALLS_ELSEWHERE


def _options() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for option in OPTIONS:
        limits = Field(default=option.default, ge=option.minimum, le=option.maximum, description=option.meaning)
        flag = Field(default=option.default, description=option.meaning)
        made[option.name] = (bool, flag) if option.unit == "flag" else (int, limits)
    return made


ConfigTable = create_model(
    "Config", __base__=StrictTable, __doc__="The options, durations in milliseconds.", **_options()
)


def _as_config(table: Any) -> OrchestratorConfig:
    return OrchestratorConfig(**table.model_dump())


# -- Faults, commands, events ---------------------------------------------------------------------


class FaultTable(StrictTable):
    """A fault that hits calls; with several conditions, when all of them hold. The first fault that hits decides."""

    call: Literal[CALLS]  # type: ignore[valid-type]
    kind: Literal[KINDS]  # type: ignore[valid-type]
    probability: Probability = 1.0
    first: Positive | None = None
    nth: Positive | None = None
    every: Positive | None = None
    between_ms: Annotated[list[Ms], Field(min_length=2, max_length=2)] | None = None
    place: Literal[PLACES] | None = None  # type: ignore[valid-type]


def _as_fault(table: FaultTable) -> Fault:
    values = table.model_dump()
    if table.between_ms is not None:
        values["between_ms"] = tuple(table.between_ms)
    return Fault(**values)


if TYPE_CHECKING:  # what a table becomes once it is checked, and what a name is
    ConfigValue = OrchestratorConfig
    FaultValue = Fault
    State = str
else:
    ConfigValue = Annotated[ConfigTable, AfterValidator(_as_config)]
    FaultValue = Annotated[FaultTable, AfterValidator(_as_fault)]
    State = Literal[tuple(state.value for state in BroadcastState)]


class Happening(StrictTable):
    """Something that is done at a moment: `at_ms` from the start; `when` a state is entered for the first time, or
    `whenever` it is entered (at most `times` times); the last two plus `after_ms`."""

    at_ms: Ms | None = None
    when: State | None = None
    whenever: State | None = None
    after_ms: Ms = 0
    times: Annotated[int, Field(ge=1, le=1_000_000)] = 1_000

    @model_validator(mode="after")
    def _one_moment(self) -> "Happening":
        given = [name for name in ("at_ms", "when", "whenever") if getattr(self, name) is not None]
        if len(given) != 1:
            got = f"got {' and '.join(given)}" if given else "got none"
            raise ValueError(f"expected exactly one of at_ms, when, whenever, {got}")
        if self.at_ms is not None and "after_ms" in self.model_fields_set:
            raise ValueError("after_ms goes with when or whenever, add it to at_ms instead")
        if self.whenever is None and "times" in self.model_fields_set:
            raise ValueError("times goes with whenever alone")
        return self


class CommandTable(Happening):
    """A command that is given, whatever becomes of it."""

    command: Literal[tuple(command.value for command in COMMANDS)]  # type: ignore[valid-type]
    session_id: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _session_of_a_start(self) -> "CommandTable":
        if self.session_id is not None and self.command != START_BROADCAST:
            raise ValueError("session_id goes with start_broadcast alone")
        return self


OF_A_SERVICE = ("lose", "bypass")
OF_THE_DASHBOARD = ("reload", "suspend", "second_dashboard")
EVENTS = (*OF_A_SERVICE, "refuse_writes", "take_writes", "empty_feed", "fill_feed", *OF_THE_DASHBOARD)

NEEDED = {"service": OF_A_SERVICE, "for_ms": ("suspend",), "command": ("second_dashboard",)}
"""The events that need a key, and that alone take it."""


class EventTable(Happening):
    """Something that happens around the calls: a service falls over or is flipped, the backend stops or starts to
    take writes, the feed loses or gains its content; the page is reloaded, it sleeps `for_ms`, or another dashboard
    gives a `command` over the same services."""

    event: Literal[EVENTS]  # type: ignore[valid-type]
    service: Literal[ON_AIR_SERVICES] | None = None  # type: ignore[valid-type]
    for_ms: Ms | None = None
    command: Literal[tuple(CALLS_ELSEWHERE)] | None = None  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _keys_where_needed(self) -> "EventTable":
        for name, events in NEEDED.items():
            given = getattr(self, name) is not None
            if given is not (self.event in events):
                raise ValueError(f"{self.event} {'takes no' if given else 'needs'} {name}")
        return self


def _listed(names: Any) -> Any:
    """The names in a text, with commas between them, as a sweep or `--set` has them."""
    return [name.strip() for name in names.split(",") if name.strip()] if isinstance(names, str) else names


if TYPE_CHECKING:
    TeamMeasures = list[str]
else:
    TeamMeasures = Annotated[list[Literal[tuple(BY_NAME)]], BeforeValidator(_listed)]


# -- Sweeps and claims ----------------------------------------------------------------------------


class SweepTable(StrictTable):
    """A setting, by its place in the file ("config.max_retries", "faults.1.probability"), and the values that it
    takes: listed, or `steps` of them `from` one `to` another."""

    setting: str
    values: Annotated[list[bool | int | float | str], Field(min_length=1)] | None = None
    from_: Annotated[float | None, Field(alias="from")] = None
    to: float | None = None
    steps: Annotated[int, Field(ge=2, le=1_000)] | None = None
    scale: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def _list_or_grid(self) -> "SweepTable":
        grid = (self.from_, self.to, self.steps)
        if (self.values is None) is (None in grid) or (self.values is not None and grid != (None, None, None)):
            raise ValueError("expected either values, or from, to and steps")
        if self.scale == "log" and not min(self.from_ or 0.0, self.to or 0.0) > 0:
            raise ValueError("a log scale goes from and to numbers above 0")
        return self

    def all_values(self) -> list[Any]:
        """Every value, in order; whole where all of a grid are."""
        if self.values is not None:
            return self.values
        assert self.from_ is not None
        assert self.to is not None
        assert self.steps is not None
        shares = [step / (self.steps - 1) for step in range(self.steps)]
        if self.scale == "log":
            values = [self.from_ * (self.to / self.from_) ** share for share in shares]
        else:
            values = [self.from_ + (self.to - self.from_) * share for share in shares]
        values = [float(f"{value:.12g}") for value in values]
        return [int(value) for value in values] if all(value.is_integer() for value in values) else values


class BoundsTable(StrictTable):
    """What is common to claims: limits, and how sure the verdict has to be. A sequential test does not have to tell
    a share from the limit that is closer to it than `margin`."""

    at_least: float | None = None
    at_most: float | None = None
    confidence: Confidence = 0.99
    margin: Annotated[float, Field(gt=0, lt=1)] = 0.01

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit."""
        return self.at_least is not None or self.at_most is not None


class MeasureClaim(BoundsTable):
    """A share, the mean of an amount or the median of a time, or another `quantile` of one of the two."""

    kind: Literal["measure"] = "measure"
    measure: Literal[tuple(EVERY)]  # type: ignore[valid-type]
    quantile: Annotated[float, Field(gt=0, lt=1)] | None = None

    @model_validator(mode="after")
    def _limits(self) -> "MeasureClaim":
        if not self.is_limited:
            raise ValueError("expected at_least or at_most, got neither")
        share = EVERY[self.measure].kind == SHARE
        if share and self.quantile is not None:
            raise ValueError(f"quantile goes with times and amounts, and {self.measure} is a share")
        given = [limit for limit in (self.at_least, self.at_most) if limit is not None]
        if share and not all(0 <= limit <= 1 for limit in given):
            raise ValueError(f"{self.measure} is a share, so its limits are from 0 to 1")
        return self


Condition = Literal[SPOKEN]  # type: ignore[valid-type]


class StepClaim(BoundsTable):
    """A claim about the steps of each run. Without a limit every run has to keep it (`sometimes`: one run at least);
    with one, that share of the runs."""

    that: Condition

    @model_validator(mode="after")
    def _shares(self) -> "StepClaim":
        if any(limit is not None and not 0 <= limit <= 1 for limit in (self.at_least, self.at_most)):
            raise ValueError("at_least and at_most are shares of the runs, so from 0 to 1")
        return self


class Always(StepClaim):
    """`that` holds after every step."""

    kind: Literal["always"]


class Sometimes(StepClaim):
    """`that` holds after some step."""

    kind: Literal["sometimes"]


class Before(StepClaim):
    """`that` was seen earlier than the first `before`; a run that never sees `before` says nothing."""

    kind: Literal["before"]
    before: Condition


class Within(StepClaim):
    """`that` follows at most `ms` after every `after`; a run that never sees `after` says nothing."""

    kind: Literal["within"]
    after: Condition
    ms: Ms


class After(StepClaim):
    """`that` holds after every step that comes later than the first `after`; else the run says nothing."""

    kind: Literal["after"]
    after: Condition


CLAIMS: dict[str, type[BoundsTable]] = {
    "measure": MeasureClaim,
    "always": Always,
    "sometimes": Sometimes,
    "before": Before,
    "within": Within,
    "after": After,
}


def _claim_tag(value: Any) -> str:
    return str(value.get("kind", "measure")) if isinstance(value, dict) else "measure"


Claim = Annotated[
    Annotated[MeasureClaim, Tag("measure")]
    | Annotated[Always, Tag("always")]
    | Annotated[Sometimes, Tag("sometimes")]
    | Annotated[Before, Tag("before")]
    | Annotated[Within, Tag("within")]
    | Annotated[After, Tag("after")],
    Discriminator(_claim_tag),
]


# -- The whole file -------------------------------------------------------------------------------


class Experiment(StrictTable):
    """A question about the orchestrator: what it is set to, what happens to it, what is asked of it, and what is
    claimed to come out. A run ends when everything is at rest and nothing is to come; nothing begins after
    `limit_ms`. `measures` are what a team has added to the orchestrator, `poll_period_ms` is how often services are
    read where one of them has somebody do so. `question` is what it asks in words, `aim` the measure that answers it;
    pictures and a precision are about that measure if it is a share."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: str = ""
    question: str = ""
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] = 0
    runs: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1_000
    limit_ms: Ms = 86_400_000
    confidence: Confidence = 0.99
    sessions: list[Annotated[str, Field(min_length=1)]] | None = None
    config: ConfigValue = Field(default_factory=OrchestratorConfig, description="The options.")
    measures: TeamMeasures = Field(default_factory=list, description="What is added to the orchestrator.")
    poll_period_ms: Annotated[Ms, Field(gt=0)] = POLL_PERIOD_MS
    latency: dict[Literal[CALLS], LatencyValue] = Field(default_factory=dict)  # type: ignore[valid-type]
    faults: list[FaultValue] = Field(default_factory=list)
    commands: Annotated[list[CommandTable], Field(min_length=1)]
    events: list[EventTable] = Field(default_factory=list)
    sweep: list[SweepTable] = Field(default_factory=list)
    design: Literal["grid", "one_at_a_time"] = "grid"
    expect: list[Claim] = Field(default_factory=list)
    aim: Literal[tuple(EVERY)] | None = None  # type: ignore[valid-type]
    fleet: FleetTable | None = None

    @model_validator(mode="after")
    def _asks_what_is_measured(self) -> "Experiment":
        what = "a single run" if self.fleet is None else "a fleet"
        asked = [claim.measure for claim in self.expect if isinstance(claim, MeasureClaim)]
        for measure in (*asked, self.aim):
            if measure is not None and measure not in measures_of(self):
                raise ValueError(f"{measure} is no measure of {what}{near_match(measure, measures_of(self))}")
        if self.fleet is not None and (steps := [each for each in self.expect if isinstance(each, StepClaim)]):
            raise ValueError(
                f"expect: {steps[0].kind} is about the steps of a single run, claim a measure of the fleet"
            )
        return self

    @model_validator(mode="after")
    def _is_one_dashboard(self) -> "Experiment":
        if self.fleet is not None:
            for event in self.events:
                if event.event in OF_THE_DASHBOARD:
                    raise ValueError(f"events: {event.event} is for a single run, a fleet has no page of its own")
            if self.measures:
                raise ValueError("measures: are for a single run, a fleet follows the guide")
        return self

    @property
    def rules(self) -> type[Core]:
        """The rules of the orchestrator: the guide's, with the measures."""
        return rules_with(self.measures)

    @model_validator(mode="after")
    def _lasts_long_enough(self) -> "Experiment":
        if self.fleet is not None and self.fleet.outage is not None:
            known_ms = self.fleet.outage.to_ms + self.fleet.back_within_ms
            if known_ms > self.limit_ms:
                raise ValueError(
                    f"limit_ms: whether the fleet comes back is known at {known_ms:.0f} ms, end no earlier"
                )
        return self


def measures_of(experiment: Experiment) -> dict[str, Measure]:
    """What is measured in each run of the experiment."""
    return MEASURES if experiment.fleet is None else FLEET_MEASURES
