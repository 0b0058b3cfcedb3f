"""What steps do, by what decides it: the control of a world, which is its core without the views and the failures met,
and what its services answer.

A step reaches services through the two doors of a `Stage` alone. So from one control it goes the same way wherever the
services answer the same, and that way is written down once, as a path of a tree: questions, each with a branch for
every answer that was met, changes between them, and at the end a `StepRule`, what comes of it. What a service answers
and what it is changed to is written down, too, by the number of its state. What is asked of the failures met (see
`met_failures`) is a question like the others. New worlds are met for ever where faults are frequent; controls
and the states of one service are fewer by far, so most steps from a new world go a known way.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Call, CancelTimer, CoreEffect, SetTimer, Transition
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.table import BroadcastState
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.sim.world.remembered.met_failures import (
    Inquiry,
    Kept,
    MetQuestion,
    effects_without,
    told,
    without_failures,
)
from broadcast_orchestrator.sim.world.service_state import HUNG, ServiceState, is_answerable, is_still
from broadcast_orchestrator.sim.world.steps import UNHEARD, Step
from broadcast_orchestrator.sim.world.world import perform

Answered = TypeVar("Answered")


class StepRule(NamedTuple):
    """What comes of a step, but for the services: its own number, the number of the control after it, what the core
    asked for, 1 for a fault; of what was asked for the calls, what became of the timer (None: nothing), and the states
    that were entered; and which failures are kept (None: those from before)."""

    number: int
    control: int
    effects: tuple[CoreEffect, ...]
    cost: int
    calls: tuple[Call, ...]
    timer: SetTimer | CancelTimer | None
    entered: tuple[BroadcastState, ...]
    kept: Kept | None


class ServiceNumbers:
    """The states that the service at that place in `SERVICES` was met in, by number. Of each: `hung` is how many of its
    calls hang, `busy` whether anything is on its way, `answerable` whether nothing is in the way of a reply in time to
    its oldest call."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.states: list[ServiceState] = []
        self.hung: list[int] = []
        self.busy: list[bool] = []
        self.answerable: list[bool] = []
        self._numbers: dict[ServiceState, int] = {}
        self._answers: dict[tuple[Any, ...], Answers] = {}
        self._changes: dict[tuple[Any, ...], Changes] = {}

    def number(self, state: ServiceState) -> int:
        """The number of the state; a new one if it is new."""
        number = self._numbers.setdefault(state, len(self.states))
        if number == len(self.states):
            self.states.append(state)
            self.hung.append(sum(flight.reply is HUNG for flight in state.flights))
            self.busy.append(not is_still(state))
            self.answerable.append(is_answerable(state))
        return number

    def answers(self, question: Callable[..., Any], details: tuple[Any, ...]) -> "Answers":
        """What the states answer to the question."""
        known = self._answers.get((question, details))
        if known is None:
            known = self._answers[question, details] = Answers(self, question, details)
        return known

    def changes(self, change: Callable[..., ServiceState], details: tuple[Any, ...]) -> "Changes":
        """What the states are changed to."""
        known = self._changes.get((change, details))
        if known is None:
            known = self._changes[change, details] = Changes(self, change, details)
        return known


class Answers(dict[int, Any]):
    """The answers to one question, by the number of the state that is asked; each is worked out once. `at` is the
    place of the service in `SERVICES`."""

    def __init__(self, numbers: ServiceNumbers, question: Callable[..., Any], details: tuple[Any, ...]) -> None:
        super().__init__()
        self.at, self._states, self._question, self._details = numbers.at, numbers.states, question, details

    def __missing__(self, number: int) -> Any:
        answer = self[number] = self._question(self._states[number], *self._details)
        return answer


class Changes(dict[int, int]):
    """What one change makes of a state, both by their numbers; each is worked out once. `at` is the place of the
    service in `SERVICES`."""

    def __init__(self, numbers: ServiceNumbers, change: Callable[..., ServiceState], details: tuple[Any, ...]) -> None:
        super().__init__()
        self.at, self._of, self._change, self._details = numbers.at, numbers, change, details

    def __missing__(self, number: int) -> int:
        after = self[number] = self._of.number(self._change(self._of.states[number], *self._details))
        return after


class Leg(NamedTuple):
    """A stretch of a way: the changes made on it, and the question or the end that it leads to."""

    changes: tuple[Changes, ...]
    then: "Question | StepRule"


class Question(NamedTuple):
    """What is asked, a service or the failures met, and how the way goes on for each answer that was met."""

    answers: Answers | MetQuestion
    ways: dict[Any, Leg]


class Path:
    """A stage on which a step is written down while it happens. `services` are the numbers of their states, in the
    order of `SERVICES`; `crossed` is what was asked, each with its answer, and what was changed, each with None."""

    def __init__(self, services: list[int], numbers: tuple[ServiceNumbers, ...]) -> None:
        self.core = CoreState()
        self.faults = 0
        self.services = services
        self.crossed: list[tuple[Answers | Changes | MetQuestion, Any]] = []
        self._numbers = numbers

    def ask(self, service: str, question: Callable[..., Answered], *details: Any) -> Answered:
        """What `question` answers about the service."""
        answers = self._numbers[INDEX[service]].answers(question, details)
        answer: Answered = answers[self.services[answers.at]]
        self.crossed.append((answers, answer))
        return answer

    def change(self, service: str, change: Callable[..., ServiceState], *details: Any) -> None:
        """Let `change` happen to the service."""
        changes = self._numbers[INDEX[service]].changes(change, details)
        self.services[changes.at] = changes[self.services[changes.at]]
        self.crossed.append((changes, None))

    def touched(self) -> list[str]:
        """Any service: which of them have calls is not for the control to know."""
        return list(SERVICES)


class StepRules:
    """The ways that steps were seen to go under one set of rules. `controls` are the cores without their views, by
    number; `numbers` are the states of each service, in the order of `SERVICES`; `written` is how many ways there
    are."""

    def __init__(self, rules: type[Core] = Core) -> None:
        self.rules = rules
        self.controls: list[CoreState] = []
        self.numbers = tuple(ServiceNumbers(at) for at in range(len(SERVICES)))
        self.written = 0
        self._numbers: dict[CoreState, int] = {}
        self._heard: list[dict[Step, Leg]] = []
        self._unheard: dict[Step, Leg] = {}

    def control(self, core: CoreState) -> int:
        """The number of the control that the core, which has places for failures, is without its views."""
        control = core._replace(views=())
        number = self._numbers.setdefault(control, len(self.controls))
        if number == len(self.controls):
            self.controls.append(control)
            self._heard.append({})
        return number

    def services(self, numbers: Iterable[int]) -> tuple[ServiceState, ...]:
        """The services whose states have these numbers, in the order of `SERVICES`."""
        return tuple([each.states[number] for each, number in zip(self.numbers, numbers, strict=True)])

    def take(self, control: int, services: list[int], step: Step, inquiry: Inquiry) -> tuple[int, StepRule]:
        """Let the step happen to the services, in a run that has met the failures of the inquiry; the control after it,
        and what comes of it.

        A step that the core does not hear of goes the same way from every control. Raises what
        `sim.world.world.happen` raises for a step that cannot be; the services mean nothing any more then.
        """
        if isinstance(step, UNHEARD):
            return control, self._follow(self._unheard, control, services, step, inquiry)
        rule = self._follow(self._heard[control], control, services, step, inquiry)
        return rule.control, rule

    def _follow(
        self, ways: dict[Step, Leg], control: int, services: list[int], step: Step, inquiry: Inquiry
    ) -> StepRule:
        before, leg = services[:], ways.get(step)
        while leg is not None:
            for changes in leg.changes:
                services[changes.at] = changes[services[changes.at]]
            then = leg.then
            if isinstance(then, StepRule):
                return then
            asked = then.answers
            answer = inquiry.ask(asked) if isinstance(asked, MetQuestion) else asked[services[asked.at]]
            leg = then.ways.get(answer)
        services[:] = before
        return self._write_down(ways, control, services, step, inquiry)

    def _write_down(
        self, ways: dict[Any, Leg], control: int, services: list[int], step: Step, inquiry: Inquiry
    ) -> StepRule:
        """The step happens, and the way that it goes joins those that are known."""
        path = Path(services, self.numbers)
        own = Inquiry(inquiry.met, path.crossed.append)
        path.core = told(self.controls[control], own.failures)
        rule = self._rule(perform(path, step, self.rules), path, own)
        inquiry.asked.update(own.asked)
        leads: Any = step
        changes = list[Changes]()
        for door, answer in path.crossed:
            if isinstance(door, Changes):
                changes.append(door)
                continue
            leg = ways.setdefault(leads, Leg(tuple(changes), Question(door, {})))
            assert isinstance(leg.then, Question)
            ways, leads, changes = leg.then.ways, answer, []
        ways[leads] = Leg(tuple(changes), rule)
        return rule

    def _rule(self, effects: tuple[CoreEffect, ...], path: Path, inquiry: Inquiry) -> StepRule:
        self.written += 1
        effects = effects_without(effects)
        core, kept = without_failures(path.core, inquiry)
        timers = [effect for effect in effects if isinstance(effect, SetTimer | CancelTimer)]
        return StepRule(
            self.written,
            self.control(core),
            effects,
            path.faults,
            tuple([effect for effect in effects if isinstance(effect, Call)]),
            timers[-1] if timers else None,
            tuple([effect.target for effect in effects if isinstance(effect, Transition)]),
            kept,
        )
