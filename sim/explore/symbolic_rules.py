"""Steps compiled to rules: what one step does to everything but the services, and to each service on its own.

A world is split into its control (the core without its views, and whatever the judge remembers) and one `ServiceState`
a service. A step is recorded (`recorder`) for every answer that services may give. Each recording becomes a
`SymbolicRule`: a next control, and for each service a small `Program`, which maps the service's state to the next one
or says that the rule does not apply to it. Of the rules of one step, exactly one applies to each world in which the
step can happen.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CoreEffect
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.views import OpenCall
from broadcast_orchestrator.sim.explore.recorder import Program, Recorder, recordings
from broadcast_orchestrator.sim.explore.symmetry import canonical_core
from broadcast_orchestrator.sim.world import fault_steps, service_state
from broadcast_orchestrator.sim.world.faults import ABANDONED, Place, PlaceOrNone
from broadcast_orchestrator.sim.world.service_state import ServiceState
from broadcast_orchestrator.sim.world.steps import Answer, Notice, Step, Timer
from broadcast_orchestrator.sim.world.world import (
    Scope,
    ask_view,
    central_steps,
    in_scope,
    perform,
    place_of,
    timer_can_fire,
)


class Control(NamedTuple):
    """A world without its services: the core without its views, and what the judge remembers."""

    core: CoreState
    observer: Any


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


class SymbolicJudge(NamedTuple):
    """Whatever judges a search, handed in from outside, since the search itself judges nothing: what it remembers at
    the start, what it makes of a step, and of a quiet world.

    `step` gets what it remembers, the core before, the step, its effects, the core after, the call that was
    answered, what it has asked of the services before the step, and whether any service was changed; it returns what
    it remembers then, and its violations. `quiet` gets what it remembers and a world. `asks` puts its questions: it
    gets a function that answers a question about the core's view of a service, the core, the step and the answered
    call.
    """

    start: Any
    step: Callable[..., tuple[Any, tuple[Any, ...]]]
    quiet: Callable[..., tuple[Any, ...]]
    asks: Callable[..., Any]


NOBODY = SymbolicJudge(None, lambda *_: (None, ()), lambda *_: (), lambda *_: None)
"""A judge that remembers nothing and minds nothing."""


class Compiler:
    """Makes rules for the steps of one scope, under the rules of one core and the eyes of one judge."""

    def __init__(self, scope: Scope, core_rules: type[Core], judge: SymbolicJudge) -> None:
        self.scope = scope
        self.core_rules = core_rules
        self.judge = judge

    def central(self, control: Control) -> Iterator[SymbolicRule]:
        """The steps that belong to no single service."""
        steps: dict[Step, None] = {}

        def collect(recorder: Recorder) -> bool:
            steps.update(dict.fromkeys(central_steps(recorder, self.scope)))
            return False

        list(recordings(control.core, None, collect))
        for step in steps:
            yield from self.compile(control, None, step)

    def told(self, core: CoreState, service: str, state: ServiceState) -> Iterator[tuple[Step, str]]:
        """The steps of this service that the core is told of, answers and reports, and the places of their faults."""
        for step in service_state.healthy_steps(service, state):
            if isinstance(step, Answer | Notice):
                yield step, ""
        for step, awaited in fault_steps.faulty_steps(service, state):
            place = place_of(core.procedure, awaited)
            if isinstance(step, Answer) and in_scope(step, place, self.scope):
                yield step, place

    def untold(self, place: Place, service: str, state: ServiceState) -> Iterator[tuple[Step, str, int, Program]]:
        """The steps of this service that the core does not notice while its calls belong to `place`: each with the
        place of its fault, its cost, and what it does to the service."""
        for step in service_state.healthy_steps(service, state):
            if not isinstance(step, Answer | Notice):
                yield step, "", 0, self._alone(service, state, step)
        for step, awaited in fault_steps.faulty_steps(service, state):
            hit: PlaceOrNone = "" if awaited is None else place if awaited else ABANDONED
            if not isinstance(step, Answer) and in_scope(step, hit, self.scope):
                yield step, hit, 1, self._alone(service, state, step)

    def _alone(self, service: str, state: ServiceState, step: Step) -> Program:
        recorder = Recorder(CoreState(), (service, state), [])
        perform(recorder, step, self.core_rules)
        recorder.change(service, service_state.simplify)
        return dict(recorder.programs())[service]

    def compile(
        self, control: Control, lead: tuple[str, ServiceState] | None, step: Step, place: str = ""
    ) -> Iterator[SymbolicRule]:
        """The rules of one step: one for each combination of answers that the other services may give."""
        outcome: dict[str, Any] = {}

        def attempt(recorder: Recorder) -> bool:
            procedure = control.core.procedure
            if isinstance(step, Timer) and not (procedure and timer_can_fire(recorder, procedure)):
                return False
            outcome["asked"] = self.judge.asks(partial(_asked, recorder), control.core, step, call)
            outcome["effects"] = perform(recorder, step, self.core_rules)
            return True

        call = _call(lead, step)
        for recorder in recordings(control.core, lead, attempt):
            yield self._rule(control, step, place, call, recorder, outcome)

    def _rule(
        self,
        control: Control,
        step: Step,
        place: str,
        call: OpenCall | None,
        recorder: Recorder,
        outcome: dict[str, Any],
    ) -> SymbolicRule:
        touched, effects, asked = recorder.touched(), outcome["effects"], outcome["asked"]
        observer, violations = self.judge.step(
            control.observer, control.core, step, effects, recorder.core, call, asked, bool(touched)
        )
        for service in touched:
            recorder.change(service, service_state.simplify)
        target = Control(canonical_core(recorder.core), observer)
        return SymbolicRule(step, recorder.faults, place, target, recorder.programs(), effects, violations)


def _asked(recorder: Recorder, service: str, question: Callable[[views.View], bool]) -> bool:
    """What the core's view of the service answers, for the judge."""
    answer: bool = recorder.ask(service, ask_view, question)
    return answer


def _call(lead: tuple[str, ServiceState] | None, step: Step) -> OpenCall | None:
    if lead is None or not isinstance(step, Answer):
        return None
    return views.open_call(lead[1].view, service_state.position(lead[1], step.flight))
