"""Steps compiled to rules: what one step does to everything but the services, and to each service on its own.

A world is split into its control (the core without its views, and whatever the judge remembers) and one `ServiceState`
a service. A step reads and changes services only through the two doors of a `Scene`; a `Recorder` is a scene that
writes down what goes through them instead of doing it. Where the step asks a service a yes-or-no question, both
answers are tried. The result is a `SymbolicRule`: a next control, and for each service a small `Program`, which maps
the service's local state to the next one or says that the rule does not apply to it.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CoreEffect
from broadcast_orchestrator.model.operations import ON_AIR_SERVICES
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.views import OpenCall
from broadcast_orchestrator.sim.explore.symmetry import collapse
from broadcast_orchestrator.sim.world import service_state
from broadcast_orchestrator.sim.world.faults import (
    ABANDONED,
    BYPASS,
    CONFLICT,
    EMPTY_SUCCESS,
    LOST_SERVICE,
    LOST_UNNOTICED,
    OVERTAKING,
)
from broadcast_orchestrator.sim.world.service_state import ServiceState
from broadcast_orchestrator.sim.world.steps import Answer, Do, Notice, Step, Timer
from broadcast_orchestrator.sim.world.world import (
    Scope,
    ask_view,
    central_steps,
    in_scope,
    perform,
    place_of,
    timer_can_fire,
)

Answered = TypeVar("Answered")

YES_OR_NO = (views.is_on_air, views.is_residue, views.is_uncertain, service_state.is_overdue)
"""The questions that a step may ask of services other than the one that it happens to."""


class Control(NamedTuple):
    """A world without its services: the core without its views, and what the judge remembers."""

    core: CoreState
    observer: Any


class SymbolicMove(NamedTuple):
    """One thing that a step does to one service: a question with its answer, or a change."""

    function: Callable[..., Any]
    details: tuple[Any, ...]
    question: bool
    answer: Any = None


Program = tuple[SymbolicMove, ...]


class SymbolicRule(NamedTuple):
    """What a step does to every world whose control it was made for and whose services its programs accept.

    `programs` are pairs of service and program; services that are not named stay as they are. `cost` is how many
    faults it takes, `place` where the fault hit, and `violations` what the judge says of the step.
    """

    step: Step
    cost: int
    place: str
    target: Control
    programs: tuple[tuple[str, Program], ...]
    effects: tuple[CoreEffect, ...]
    violations: tuple[Any, ...]

    @property
    def changes(self) -> bool:
        """Whether it changes any service, or is a fault."""
        return self.cost > 0 or any(not move.question for _, program in self.programs for move in program)


def run(program: Program, state: ServiceState) -> ServiceState | None:
    """What the program makes of the service; None where an answer is not the one that the rule was made for."""
    for move in program:
        if not move.question:
            state = move.function(state, *move.details)
        elif move.function(state, *move.details) != move.answer:
            return None
    return state


class Recorder:
    """A scene that writes down what a step asks and changes.

    The service that the step happens to, if any, is known: its questions get their true answers. Other services
    answer by the `script`; a question beyond its end is answered no, and remembered as one to try with yes.
    """

    def __init__(self, core: CoreState, lead: tuple[str, ServiceState] | None, script: list[bool]) -> None:
        self.core = core
        self.faults = 0
        self.script = script
        self._asked = 0
        self._lead = dict([lead]) if lead else {}
        self._moves: dict[str, list[SymbolicMove]] = {}
        self._answers: dict[tuple[str, Any, Any], Any] = {}

    def ask(self, service: str, question: Callable[..., Answered], *details: Any) -> Answered:
        """The answer, true or scripted."""
        key = (service, question, details)
        if key not in self._answers:
            self._answers[key] = self._answer(service, question, details)
            self._moves.setdefault(service, []).append(SymbolicMove(question, details, True, self._answers[key]))
        answer: Answered = self._answers[key]
        return answer

    def _answer(self, service: str, question: Callable[..., Any], details: tuple[Any, ...]) -> Any:
        if service in self._lead:
            return question(self._lead[service], *details)
        if question not in YES_OR_NO and details[:1] not in [(each,) for each in YES_OR_NO]:
            raise TypeError(f"{question} has more answers than yes and no, and {service} is not what the step is about")
        if self._asked == len(self.script):
            self.script.append(False)
        self._asked += 1
        return self.script[self._asked - 1]

    def change(self, service: str, change: Callable[..., ServiceState], *details: Any) -> None:
        """Write the change down."""
        self._moves.setdefault(service, []).append(SymbolicMove(change, details, False))
        self._answers = {key: answer for key, answer in self._answers.items() if key[0] != service}
        if service in self._lead:
            self._lead[service] = change(self._lead[service], *details)

    def touched(self) -> list[str]:
        """The services that were changed."""
        return [service for service, moves in self._moves.items() if any(not move.question for move in moves)]

    def programs(self) -> tuple[tuple[str, Program], ...]:
        """What was written down, each service apart."""
        return tuple((service, tuple(moves)) for service, moves in self._moves.items())


def trials(
    core: CoreState, lead: tuple[str, ServiceState] | None, attempt: Callable[[Recorder], bool]
) -> Iterator[Recorder]:
    """Every way in which the step can go: `attempt` is repeated until each question has had both answers."""
    scripts: list[list[bool]] = [[]]
    while scripts:
        script = scripts.pop()
        known = len(script)
        trial = Recorder(core, lead, script)
        if attempt(trial):
            yield trial
        scripts.extend([*script[:at], True] for at in range(known, len(script)))


class SymbolicJudge(NamedTuple):
    """Whatever judges a search, handed in from outside, since the search itself judges nothing: what it remembers at
    the start, what it makes of a step, and of a quiet world.

    `step` gets what it remembers, the core before, the step, its effects, the core after, the call that was
    answered, the residue named before a start, and whether any service was changed; it returns what it remembers
    then, and its violations. `quiet` gets what it remembers and a world.
    """

    start: Any
    step: Callable[..., tuple[Any, tuple[Any, ...]]]
    quiet: Callable[..., tuple[Any, ...]]


NOBODY = SymbolicJudge(None, lambda *_: (None, ()), lambda *_: ())
"""A judge that remembers nothing and minds nothing."""


class Compiler:
    """Makes rules for the steps of one scope, under the rules of one core and the eyes of one judge."""

    def __init__(self, scope: Scope, core_rules: type[Core], judge: SymbolicJudge, settles_stale: bool) -> None:
        self.scope = scope
        self.settles_stale = settles_stale and not {
            OVERTAKING,
            EMPTY_SUCCESS,
            LOST_SERVICE,
            LOST_UNNOTICED,
            BYPASS,
            CONFLICT,
        } & set(scope.faults)
        self.core_rules = core_rules
        self.judge = judge

    def central(self, control: Control) -> Iterator[SymbolicRule]:
        """The steps that belong to no single service."""
        steps: dict[Step, None] = {}
        for trial in trials(control.core, None, lambda trial: bool(_collect(trial, self.scope, steps))):
            del trial
        for step in steps:
            yield from self.compile(control, None, step)

    def told(self, core: CoreState, service: str, state: ServiceState) -> Iterator[tuple[Step, str]]:
        """The steps of this service that the core is told of, answers and reports, and the places of their faults."""
        for step in service_state.healthy_steps(service, state):
            if isinstance(step, Answer | Notice):
                yield step, ""
        for step, awaited in service_state.faulty_steps(service, state):
            place = place_of(core.procedure, awaited)
            if isinstance(step, Answer) and in_scope(step, place, self.scope):
                yield step, place

    def untold(self, place: str, service: str, state: ServiceState) -> Iterator[tuple[Step, str, int, Program]]:
        """The steps of this service that the core does not notice while its calls belong to `place`: each with the
        place of its fault, its cost, and what it does to the service."""
        for step in service_state.healthy_steps(service, state):
            if not isinstance(step, Answer | Notice):
                yield step, "", 0, self._alone(service, state, step)
        for step, awaited in service_state.faulty_steps(service, state):
            hit = "" if awaited is None else place if awaited else ABANDONED
            if not isinstance(step, Answer) and in_scope(step, hit, self.scope):
                yield step, hit, 1, self._alone(service, state, step)

    def _alone(self, service: str, state: ServiceState, step: Step) -> Program:
        trial = Recorder(CoreState(), (service, state), [])
        perform(trial, step, self.core_rules)
        trial.change(service, service_state.simplify)
        return dict(trial.programs())[service]

    def compile(
        self, control: Control, lead: tuple[str, ServiceState] | None, step: Step, place: str = ""
    ) -> Iterator[SymbolicRule]:
        """The rules of one step: one for each combination of answers that the other services may give."""
        outcome: dict[str, Any] = {}

        def attempt(trial: Recorder) -> bool:
            procedure = control.core.procedure
            if isinstance(step, Timer) and not (procedure and timer_can_fire(trial, procedure)):
                return False
            outcome["residue"] = _residue(trial) if isinstance(step, Do) and step.command == "start_broadcast" else ()
            outcome["effects"] = perform(trial, step, self.core_rules)
            return True

        call = _call(lead, step)
        for trial in trials(control.core, lead, attempt):
            yield self._rule(control, step, place, call, trial, outcome)

    def _rule(
        self, control: Control, step: Step, place: str, call: OpenCall | None, trial: Recorder, outcome: dict[str, Any]
    ) -> SymbolicRule:
        touched, effects, residue = trial.touched(), outcome["effects"], outcome["residue"]
        observer, violations = self.judge.step(
            control.observer, control.core, step, effects, trial.core, call, residue, bool(touched)
        )
        for service in touched:
            trial.change(service, service_state.simplify)
        target = Control(collapse(trial.core), observer)
        return SymbolicRule(step, trial.faults, place, target, trial.programs(), effects, violations)


def _collect(trial: Recorder, scope: Scope, steps: dict[Step, None]) -> bool:
    steps.update(dict.fromkeys(central_steps(trial, scope)))
    return False


def _residue(trial: Recorder) -> tuple[str, ...]:
    return tuple(service for service in ON_AIR_SERVICES if trial.ask(service, ask_view, views.is_residue))


def _call(lead: tuple[str, ServiceState] | None, step: Step) -> OpenCall | None:
    if lead is None or not isinstance(step, Answer):
        return None
    return views.open_call(lead[1].view, service_state.position(lead[1], step.flight))
