"""Steps compiled to rules: what one step does to everything but the services, and to each service on its own.

A world is split into its control (the core without its views, and whatever the judge remembers) and one `ServiceState`
a service. What the core hears is recorded (`recorder`) for every answer that services may give. Each recording becomes
a `SymbolicRule`: a next control, and for each service a small `Program`, which maps the service's state to the next one
or says that the rule does not apply to it. Of the rules of one event, exactly one applies to each world in which the
event can happen.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CoreEffect, Event, Reply
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.views import OpenCall
from broadcast_orchestrator.sim.explore.compiling.recorder import (
    KnownCall,
    Program,
    Recorder,
    UnknownAnswer,
    recordings,
)
from broadcast_orchestrator.sim.explore.control import Control
from broadcast_orchestrator.sim.explore.symmetry import canonical_core
from broadcast_orchestrator.sim.world import service_state
from broadcast_orchestrator.sim.world.steps import Answer, Notice, Step, Timer
from broadcast_orchestrator.sim.world.world import (
    Scope,
    ask_view,
    central_steps,
    perform,
    tell,
    timer_can_fire,
)


class SymbolicRule(NamedTuple):
    """What an event does to every world whose control it was made for and whose services its programs accept.

    `programs` are pairs of service and program; services that are not named stay as they are. `violations` are what
    the judge says of it.
    """

    step: Step
    target: Control
    programs: tuple[tuple[str, Program], ...]
    effects: tuple[CoreEffect, ...]
    violations: tuple[Any, ...]

    @property
    def changes(self) -> bool:
        """Whether it changes any service."""
        return any(not move.question for _, program in self.programs for move in program)


class SymbolicJudge(NamedTuple):
    """Whatever judges a search, handed in from outside, since the search itself judges nothing: what it remembers at
    the start, what it makes of a step, and of a quiet world.

    `step` gets what it remembers, the core before, the step, its effects, the core after, the call that was
    answered, what it has asked of the services before the step, and whether any service was changed; it returns what
    it remembers then, and its violations. `quiet` gets what it remembers and a world. `asks` puts its questions: it
    gets a function that answers a question about the core's view of a service, the core, the step and the answered
    call. `raised` says what it violates that the rules raise something; it raises it again if it is no judge of that.
    """

    start: Any
    step: Callable[..., tuple[Any, tuple[Any, ...]]]
    quiet: Callable[..., tuple[Any, ...]]
    asks: Callable[..., Any]
    raised: Callable[[Exception], tuple[Any, ...]]


def raise_again(raised: Exception) -> tuple[Any, ...]:
    """Rules that raise are not for this judge to judge."""
    raise raised


NOBODY = SymbolicJudge(None, lambda *_: (None, ()), lambda *_: (), lambda *_: None, raise_again)
"""A judge that remembers nothing and minds nothing."""


class Compiler:
    """Makes rules for what the core hears in one scope, under its rules and the eyes of one judge."""

    def __init__(self, scope: Scope, core_rules: type[Core], judge: SymbolicJudge) -> None:
        self.scope = scope
        self.core_rules = core_rules
        self.judge = judge

    def central(self, control: Control) -> Iterator[SymbolicRule]:
        """The rules of the steps that belong to no single service."""
        steps: dict[Step, None] = {}

        def collect(recorder: Recorder) -> bool:
            steps.update(dict.fromkeys(central_steps(recorder, self.scope)))
            return False

        list(recordings(control.core, None, collect))
        for step in steps:
            yield from self._central(control, step)

    def _central(self, control: Control, step: Step) -> Iterator[SymbolicRule]:
        def happens(recorder: Recorder) -> tuple[CoreEffect, ...] | None:
            procedure = control.core.procedure
            if isinstance(step, Timer) and not (procedure and timer_can_fire(recorder, procedure)):
                return None
            return perform(recorder, step, self.core_rules)

        return self._compile(control, step, None, happens)

    def reaction(self, control: Control, step: Step, event: Event, call: OpenCall | None) -> Iterator[SymbolicRule]:
        """The rules of what the core hears of a step of a service, an answer to the open `call` or a report: which
        flight it answers and what is wrong with it make no difference to the core, but for what it says."""
        known = KnownCall(event.service, event.position, call) if isinstance(event, Reply) and call else None
        return self._compile(control, step, known, lambda recorder: tell(recorder, event, self.core_rules))

    def unheard(self, service: str, steps: tuple[Step, ...]) -> Program:
        """What steps that the core does not hear of do to the service."""
        recorder = Recorder(CoreState(), [])
        for step in steps:
            perform(recorder, step, self.core_rules)
        recorder.change(service, service_state.simplify)
        return dict(recorder.programs())[service]

    def _compile(
        self,
        control: Control,
        step: Step,
        known: KnownCall | None,
        happens: Callable[[Recorder], tuple[CoreEffect, ...] | None],
    ) -> Iterator[SymbolicRule]:
        """A rule for each combination of answers that the services may give."""
        outcome: dict[str, Any] = {}
        call = known and known.call

        def attempt(recorder: Recorder) -> bool:
            outcome["asked"] = self.judge.asks(partial(_asked, recorder), control.core, step, call)
            outcome["raised"] = None
            try:
                outcome["effects"] = happens(recorder)
            except UnknownAnswer:
                raise
            except Exception as raised:  # whatever broken rules do
                outcome["raised"], outcome["effects"] = raised, ()
            return outcome["effects"] is not None

        for recorder in recordings(control.core, known, attempt):
            if outcome["raised"] is None:
                yield self._rule(control, step, call, recorder, outcome)
            else:
                violations = self.judge.raised(outcome["raised"])
                yield SymbolicRule(step, control, recorder.questions(), (), violations)

    def _rule(
        self, control: Control, step: Step, call: OpenCall | None, recorder: Recorder, outcome: dict[str, Any]
    ) -> SymbolicRule:
        touched, effects, asked = recorder.touched(), outcome["effects"], outcome["asked"]
        changed = bool(touched) or isinstance(step, Answer | Notice)
        observer, violations = self.judge.step(
            control.observer, control.core, step, effects, recorder.core, call, asked, changed
        )
        for service in touched:
            recorder.change(service, service_state.simplify)
        target = Control(canonical_core(recorder.core), observer)
        return SymbolicRule(step, target, recorder.programs(), effects, violations)


def _asked(recorder: Recorder, service: str, question: Callable[[views.View], bool]) -> bool:
    """What the core's view of the service answers, for the judge."""
    answer: bool = recorder.ask(service, ask_view, question)
    return answer
