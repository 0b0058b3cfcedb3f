"""Failures that a run has met, apart from what was learned of steps: few steps depend on what a failure says.

A core keeps failures as they were told, so nearly every run in which several things go wrong has cores of its own. But
rules hand failures on and compare them, and seldom look into one. So what is remembered has places for failures, 0, 1,
2 and so on in the order in which they are kept, and a run has the failures that it met, none twice, one for each place.
What has to look into a failure, or to compare one with a new one, asks an `Inquiry`, and what is worked out so is
remembered for all runs in which the same questions have the same answers.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from broadcast_orchestrator.model.events import CoreEffect, Failure, Settled
from broadcast_orchestrator.model.state import CoreState

Value = TypeVar("Value")

FailuresMet = tuple[Failure, ...]
"""The failures that the core of a run keeps, none twice, by their places."""

Kept = tuple[int | Failure, ...]
"""The failures that are kept after a step: by the places that they had before it, and those that are new."""


class MetQuestion(NamedTuple):
    """What the failure at that place is; where there is `another`, only whether it is that one."""

    place: int
    another: Failure | None = None

    def answer(self, met: FailuresMet) -> Any:
        """What a run answers that has met these."""
        failure = met[self.place]
        return failure if self.another is None else failure == self.another


class Inquiry:
    """What is asked of the failures that one run has `met`; `asked` are the questions so far, with their answers, which
    `hear` is told of. Whoever looks into one of `failures` asks."""

    def __init__(self, met: FailuresMet, hear: Callable[[tuple[MetQuestion, Any]], object] = bool) -> None:
        self.met, self._hear = met, hear
        self.asked: dict[MetQuestion, Any] = {}

    @property
    def failures(self) -> tuple["MetFailure", ...]:
        """The failures; who asks for them twice gets equal ones (kept here, they would be in a circle with it)."""
        return tuple([MetFailure.at(place, self) for place in range(len(self.met))])

    def ask(self, question: MetQuestion) -> Any:
        """The run's answer."""
        if question not in self.asked:
            self.asked[question] = question.answer(self.met)
            self._hear((question, self.asked[question]))
        return self.asked[question]


class MetFailure(Failure):
    """A failure that tells the inquiry when somebody looks into it."""

    place: int
    inquiry: Inquiry

    @classmethod
    def at(cls, place: int, inquiry: Inquiry) -> "MetFailure":
        """The failure at that place."""
        failure = tuple.__new__(cls, inquiry.met[place])
        failure.place, failure.inquiry = place, inquiry
        return failure

    def _looked_into(self) -> Failure:
        """The failure itself, which is told."""
        failure: Failure = self.inquiry.ask(MetQuestion(self.place))
        return failure

    def __eq__(self, other: object) -> bool:
        if isinstance(other, MetFailure) and other.inquiry is self.inquiry:
            return other.place == self.place  # none was met twice
        if type(other) is Failure:
            same: bool = self.inquiry.ask(MetQuestion(self.place, other))
            return same
        return self._looked_into() == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._looked_into())


def _looked_into(value: Any) -> Any:
    """The failure itself, where it is one that tells."""
    return value._looked_into() if isinstance(value, MetFailure) else value


def _looks_into(name: str) -> Any:
    def of_the_failure(self: MetFailure, *details: Any) -> Any:
        return getattr(self._looked_into(), name)(*[_looked_into(each) for each in details])

    return of_the_failure


def _reads(name: str) -> property:
    def of_the_failure(self: MetFailure) -> Any:
        return getattr(self._looked_into(), name)

    return property(of_the_failure)


for _name in ("iter", "getitem", "contains", "lt", "le", "gt", "ge", "repr", "str", "add", "mul"):
    setattr(MetFailure, f"__{_name}__", _looks_into(f"__{_name}__"))
for _name in Failure._fields:
    setattr(MetFailure, _name, _reads(_name))


class Remembered(Generic[Value]):
    """Values by a key, and by the answers to what was asked while they were worked out."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def of(self, key: Hashable, inquiry: Inquiry, work_out: Callable[[Inquiry], Value]) -> Value:
        """The value; if it is not known for such answers, it is worked out."""
        value = self.get(key, inquiry)
        if value is None:
            own = Inquiry(inquiry.met)
            value = work_out(own)
            self.learn(key, own.asked, value)
            inquiry.asked.update(own.asked)
        return value

    def get(self, key: Hashable, inquiry: Inquiry) -> Value | None:
        """The value, if it is known for such answers."""
        known = self._known.get(key)
        while type(known) is _Fork:
            known = known.ways.get(inquiry.ask(known.question))
        value: Value | None = known
        return value

    def learn(self, key: Hashable, asked: dict[MetQuestion, Any], value: Value) -> None:
        """It was worked out with these answers; a value depends on nothing else, so neither does what is asked next."""
        ways, way = self._known, key
        for question, answer in asked.items():
            fork = ways.setdefault(way, _Fork(question, {}))
            ways, way = fork.ways, answer
        ways[way] = value


class _Fork(NamedTuple):
    """A question, and where each answer leads that was met."""

    question: MetQuestion
    ways: dict[Any, Any]


# -- Cores and effects with places for failures ---------------------------------------------------


def told(core: CoreState, failures: Sequence[Failure]) -> CoreState:
    """The core with these failures in their places."""
    if not failures:
        return core
    return _with_failures(core, lambda place: failures[place])


def effects_told(effects: tuple[CoreEffect, ...], failures: Sequence[Failure]) -> tuple[CoreEffect, ...]:
    """What the core asked for, with these failures in their places; new ones are told as they are."""
    if not failures:
        return effects
    return _effects_with(effects, lambda each: failures[each] if type(each) is int else each)


def after_step(kept: Kept | None, failures: Sequence[Failure]) -> tuple[Failure, ...]:
    """What a run has met when a step has happened before which it had met these; None: the same."""
    if kept is None:
        return tuple(failures)
    return tuple([failures[each] if type(each) is int else each for each in kept])  # type: ignore[misc]


def without_failures(core: CoreState, inquiry: Inquiry) -> tuple[CoreState, Kept | None]:
    """The core with places instead of failures, and what failures these are; None: those from before the step."""
    failures = list(_failures_of(core))
    if not failures:
        return core, None if not inquiry.met else ()
    old = [each for each in failures if isinstance(each, MetFailure)]
    kept, places = list[int | Failure](), dict[int | Failure, int]()

    def place(failure: Failure) -> int:
        same = failure if isinstance(failure, MetFailure) else next((met for met in old if met == failure), failure)
        it = same.place if isinstance(same, MetFailure) else same
        if it not in places:
            places[it] = len(kept)
            kept.append(it)
        return places[it]

    abstract = _with_failures(core, place)
    return abstract, None if kept == list(range(len(inquiry.met))) else tuple(kept)


def effects_without(effects: tuple[CoreEffect, ...]) -> tuple[CoreEffect, ...]:
    """What the core asked for, with places for the failures from before the step."""
    return _effects_with(effects, lambda each: each.place if isinstance(each, MetFailure) else each)


def _failures_of(core: CoreState) -> tuple[Failure, ...]:
    procedure = core.procedure
    under_way = () if procedure is None else (*procedure.failures, *procedure.notes, *procedure.earlier)
    return (*under_way, *core.error)


def _with_failures(core: CoreState, change: Any) -> CoreState:
    """The core with what `change` makes of each failure, in the order of `_failures_of`."""
    procedure = core.procedure
    if procedure is not None and (procedure.failures or procedure.notes or procedure.earlier):
        procedure = procedure._replace(
            failures=tuple([change(each) for each in procedure.failures]),
            notes=tuple([change(each) for each in procedure.notes]),
            earlier=tuple([change(each) for each in procedure.earlier]),
        )
    return core._replace(procedure=procedure, error=tuple([change(each) for each in core.error]))


def _effects_with(effects: tuple[CoreEffect, ...], change: Any) -> tuple[CoreEffect, ...]:
    return tuple([_effect_with(effect, change) if isinstance(effect, Settled) else effect for effect in effects])


def _effect_with(effect: Settled, change: Any) -> Settled:
    if not (effect.failures or effect.notes):
        return effect
    failures, notes = tuple([change(each) for each in effect.failures]), tuple([change(each) for each in effect.notes])
    return effect._replace(failures=failures, notes=notes)
