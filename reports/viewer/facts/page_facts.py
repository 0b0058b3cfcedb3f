"""What a page is told, whichever run it shows: the one shape of it, and how it becomes JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from broadcast_orchestrator.reports.timelines.bars import Bar


def as_json(facts: object) -> str:
    """Facts, and what is made of them, as JSON: the fields of each by their names."""
    return json.dumps(facts, default=vars, allow_nan=False, separators=(",", ":"))


# -- A step ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MarkFact:
    """What a step looks like in the picture: in the lane of a service, or above all of them (""); its fault, or ""."""

    lane: str
    label: str
    fault: str


@dataclass(frozen=True)
class ChangeFact:
    """A change of state; `violation` marks one outside the table that was only watched."""

    source: str
    target: str
    reason: str
    forced: bool = False
    violation: bool = False


@dataclass(frozen=True)
class HistoryFact(ChangeFact):
    """One that is remembered, with the time at which it was seen, in milliseconds."""

    at_ms: float = 0.0


@dataclass(frozen=True)
class BreachFact:
    """A guarantee that a step breaks, what is wrong, and the gap of the guide's own that this follows from, if any."""

    guarantee: str
    what: str
    gap: str


@dataclass(frozen=True)
class ChangedFact:
    """Something that is seen otherwise than before the step; "" where it was not there, or is not any more."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class StepFact:
    """A step, numbered from 1, and what followed at once.

    `at_ms` is None where the run has no clock; `then` are sentences, `answer` what a caller was told ("": nothing);
    `on` says for each service whether it is, `broken` what the step breaks, `changed` all that looks otherwise since.
    """

    number: int
    at_ms: float | None
    words: str
    then: tuple[str, ...]
    answer: str
    fault: str
    state: str
    procedure: str
    mark: MarkFact | None
    on: tuple[bool, ...]
    changes: tuple[ChangeFact, ...]
    broken: tuple[BreachFact, ...]
    changed: tuple[ChangedFact, ...] = ()


@dataclass(frozen=True)
class CallFact:
    """A `Bar` as it is at the moment, its moments being numbers of steps, from 1."""

    number: int
    service: str
    operation: str
    session: str | None
    begin: int
    end: int | None
    effect: int | None
    reply: int | None
    ok: bool
    given_up: int | None
    faults: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, bar: Bar) -> "CallFact":
        """The call as it is now."""
        told = {each.name: getattr(bar, each.name) for each in fields(cls)}
        return cls(**{**told, "faults": tuple(bar.faults)})

    def is_open(self, number: int) -> bool:
        """Whether it was on its way after so many steps."""
        return self.begin <= number and (self.end is None or self.end > number)


# -- A moment -------------------------------------------------------------------------------------


class GuaranteeStanding(StrEnum):
    """Nothing has broken it; the last step did, or the quiet world after it; an earlier one did."""

    HOLDS = "holds"
    BROKEN = "broken"
    WAS_BROKEN = "was broken"


@dataclass(frozen=True)
class GuaranteeFact:
    """How a guarantee stands: the step that broke it last, what was wrong, and the gap of the guide's own behind it.

    `since` is where to look: of one that is broken the first of the steps in a row that broke it, else the first that
    ever did; `told` says that in words, "" where it holds.
    """

    id: str
    name: str
    sentence: str
    standing: GuaranteeStanding
    at: int | None = None
    what: str = ""
    gap: str = ""
    since: int | None = None
    told: str = ""


@dataclass(frozen=True)
class AlarmFact:
    """The timer that is armed: its kind, and when it runs out, in milliseconds; None where the run has no clock."""

    kind: str
    due_ms: float | None


@dataclass(frozen=True)
class ServiceFact:
    """What a service truly is: `initialized` is the host's alone (else None), `live` and `refusing` the backend's;
    `calls` are the operations of the calls that are on their way."""

    name: str
    on: bool
    initialized: bool | None
    live: tuple[str, ...]
    refusing: bool
    can_be_lost: bool
    calls: tuple[str, ...]


@dataclass(frozen=True)
class MomentFact:
    """Everything there is to see after so many steps: `commands` says for each why it would be refused, or "";
    `breaches` are the guarantees that do not hold, or did not, the one to be told first at the head."""

    number: int
    at_ms: float | None
    state: str
    procedure: str
    alarm: AlarmFact | None
    error: tuple[str, ...]
    commands: Mapping[str, str]
    services: tuple[ServiceFact, ...]
    content: bool
    guarantees: tuple[GuaranteeFact, ...]
    breaches: tuple[GuaranteeFact, ...]
    snapshot: Mapping[str, Any]


@dataclass(frozen=True)
class SubjectMomentFact(MomentFact):
    """The same of a subject: `snapshot` is what anyone can observe, `raw` what it says of itself."""

    raw: Mapping[str, Any]


# -- All of it ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ControlsFact:
    """How the run is driven at the moment. `ordered` has, for an operation, the fault of its next call, `slowed` what
    was said of how long it takes; `length` is how many steps there are to be shown, None where that is open. `chosen`
    says that its steps are picked."""

    read_only: bool
    title: str
    made_by: str
    attached: bool
    chosen: bool
    paused: bool
    speed: float
    now_ms: float
    moving: bool
    timed: bool
    over: bool
    stuck: str
    length: int | None
    ordered: Mapping[str, str]
    slowed: Mapping[str, str]


@dataclass(frozen=True)
class PageFacts:
    """What is new, or everything: steps, the calls that they concern, the present, the controls, and the moment that is
    to be looked at, None for the present."""

    steps: tuple[StepFact, ...]
    calls: tuple[CallFact, ...]
    view: MomentFact
    controls: ControlsFact
    look: int | None = None
