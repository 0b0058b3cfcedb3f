"""Steps compiled to rules: what one step does to everything but the services, and to each service on its own.

A world is split into its control (the core without its views, and whatever the judge remembers) and one `ServiceState`
a service. What the core hears is recorded (`recorder`) for every answer that services may give. Each recording becomes
a `SymbolicRule`: a next control, and for each service a small `Program`, which maps the service's state to the next one
or says that the rule does not apply to it. Of the rules of one event, exactly one applies to each world in which the
event can happen.
"""

from collections.abc import Callable, Hashable, Iterator
from functools import partial
from typing import Any, NamedTuple

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import CoreEffect, Event, Reply
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.views import OpenCall
from broadcast_orchestrator.sim.explore.compiling.read_memo import Fields, changed, replaced
from broadcast_orchestrator.sim.explore.compiling.recorder import (
    KnownCall,
    Program,
    Recorder,
    UnknownAnswer,
    recordings,
)
from broadcast_orchestrator.sim.explore.compiling.rule_memory import FieldsOfControl, Judged, Reaction, memory_of
from broadcast_orchestrator.sim.explore.compiling.symbolic_judge import Observation, SymbolicJudge
from broadcast_orchestrator.sim.explore.control import Control
from broadcast_orchestrator.sim.explore.symmetry import canonical_core
from broadcast_orchestrator.sim.world import service_state
from broadcast_orchestrator.sim.world.steps import Answer, Elsewhere, Notice, Step, Suspend, Timer
from broadcast_orchestrator.sim.world.world import (
    Scope,
    ask_view,
    central_faults,
    central_steps,
    perform,
    tell,
    timer_can_fire,
)


class SymbolicRule(NamedTuple):
    """What an event does to every world whose control it was made for and whose services its programs accept: where it
    leads, what the core makes of it, also by number, and what the judge says of it."""

    step: Step
    target: FieldsOfControl
    reaction: Reaction
    number: int
    violations: tuple[Any, ...]


class Compiler:
    """Makes rules for what the core hears in one scope, under its rules and the eyes of one judge."""

    def __init__(self, scope: Scope, core_rules: type[Core], judge: SymbolicJudge) -> None:
        self.scope = scope
        self.core_rules = core_rules
        self.judge = judge
        self._memory = memory_of(core_rules, judge)

    def fields(self, control: Control) -> FieldsOfControl:
        """The control by the numbers of its fields."""
        return self._memory.fields(control)

    def control(self, fields: FieldsOfControl) -> Control:
        """The control whose fields have these numbers."""
        return self._memory.control(fields)

    def central(self, fields: FieldsOfControl) -> Iterator[SymbolicRule]:
        """The rules of the steps that belong to no single service."""
        core, steps = self._memory.cores.record(fields.core), dict[Step, None]()

        def collect(recorder: Recorder) -> bool:
            steps.update(dict.fromkeys(central_steps(recorder, self.scope)))
            if self.scope.limit:
                steps.update(dict.fromkeys(central_faults(recorder, self.scope)))
            return False

        list(recordings(core, None, collect))
        for step in steps:
            yield from self._central(fields, step)

    def _central(self, fields: FieldsOfControl, step: Step) -> Iterator[SymbolicRule]:
        def happens(recorder: Recorder) -> tuple[CoreEffect, ...] | None:
            procedure = recorder.core.procedure
            if isinstance(step, Timer | Suspend):
                fires = procedure is not None and timer_can_fire(recorder, procedure)
                if procedure is None or fires is isinstance(step, Suspend):
                    return None
            if isinstance(step, Elsewhere) and step not in central_faults(recorder, self.scope):
                return None
            return perform(recorder, step, self.core_rules)

        return self._rules(fields, step, step, None, happens)

    def reaction(
        self, fields: FieldsOfControl, step: Step, event: Event, call: OpenCall | None, truth: OpenCall | None
    ) -> Iterator[SymbolicRule]:
        """The rules of what the core hears of a step of a service, an answer to the open `call` (the judge sees it as
        it is in `truth`) or a report: which flight it answers and what is wrong with it make no difference to the core,
        but for what it says."""
        known = KnownCall(event.service, event.position, call, truth) if isinstance(event, Reply) and call else None
        key = event, call, truth
        return self._rules(fields, key, step, known, lambda recorder: tell(recorder, event, self.core_rules))

    def unheard(self, service: str, steps: tuple[Step, ...]) -> Program:
        """What steps that the core does not hear of do to the service."""
        recorder = Recorder(CoreState(), [])
        for step in steps:
            perform(recorder, step, self.core_rules)
        recorder.change(service, service_state.simplify)
        return dict(recorder.programs())[service]

    def _rules(
        self, fields: FieldsOfControl, key: Hashable, step: Step, known: KnownCall | None, happens: "Happening"
    ) -> Iterator[SymbolicRule]:
        """A rule for each combination of answers that the services may give."""
        memory = self._memory
        numbers = memory.reacted.known(key, fields.core)
        if numbers is None:

            def decide(core: CoreState) -> tuple[int, ...]:
                return tuple([memory.reactions.number(each) for each in self._reactions(core, step, known, happens)])

            records = (memory.cores.record(fields.core),)
            numbers = memory.reacted.learned(key, fields.core, records, decide)
        for number in numbers:
            reaction = memory.reactions.values[number]
            target, violations = fields, reaction.violations
            if reaction.observation is not None:
                observer, violations = self._judged(fields, reaction.observation)
                target = FieldsOfControl(changed(fields.core, reaction.changes), observer)
            yield SymbolicRule(step, target, reaction, number, violations)

    def _judged(self, fields: FieldsOfControl, number: int) -> tuple[Fields, tuple[Any, ...]]:
        """What the judge remembers after what it observes, and what it says of it."""
        memory, before = self._memory, fields.observer + fields.core
        judged = memory.judged.known(number, before)
        if judged is None:
            records = memory.observers.record(fields.observer), memory.cores.record(fields.core)
            judged = memory.judged.learned(number, before, records, self._judge(number))
        changes, violations = judged
        return changed(fields.observer, changes), violations

    def _judge(self, number: int) -> Callable[[Any, CoreState], Judged]:
        seen, observers = self._memory.observations.values[number], self._memory.observers

        def judge(observer: Any, core: CoreState) -> Judged:
            later, violations = self.judge.step(observer, core, seen.after(core), seen)
            return observers.changes(replaced(later)), violations

        return judge

    def _reactions(
        self, core: CoreState, step: Step, known: KnownCall | None, happens: "Happening"
    ) -> Iterator[Reaction]:
        """What the core makes of the step, for each combination of answers that the services may give."""
        outcome: dict[str, Any] = {}
        call = known and known.truth

        def attempt(recorder: Recorder) -> bool:
            outcome["asked"] = self.judge.asks(partial(_asked, recorder), core, step, call)
            outcome["raised"] = None
            try:
                outcome["effects"] = happens(recorder)
            except UnknownAnswer:
                raise
            except Exception as raised:  # whatever broken rules do
                outcome["raised"], outcome["effects"] = raised, ()
            return outcome["effects"] is not None

        for recorder in recordings(core, known, attempt):
            if outcome["raised"] is None:
                yield self._reaction(step, call, recorder, outcome)
            else:
                yield Reaction(recorder.questions(), violations=self.judge.raised(outcome["raised"]))

    def _reaction(self, step: Step, call: OpenCall | None, recorder: Recorder, outcome: dict[str, Any]) -> Reaction:
        services, changes = recorder.touched(), replaced(recorder.core)
        changes.pop("views", None)  # the services have them
        touched = bool(services) or isinstance(step, Answer | Notice)
        told = step._replace(flight=0) if isinstance(step, Answer) else step  # no judge tells calls apart by that
        under_way = recorder.core.procedure is not None
        seen = Observation(told, outcome["effects"], call, outcome["asked"], touched, tuple(changes.items()), under_way)
        for service in services:
            recorder.change(service, service_state.simplify)
        known = canonical_core(CoreState()._replace(**changes))
        return Reaction(
            recorder.programs(),
            seen.effects,
            self._memory.cores.changes({name: getattr(known, name) for name in changes}),
            self._memory.observations.number(seen),
        )


Happening = Callable[[Recorder], tuple[CoreEffect, ...] | None]
"""What happens on a stage: the effects; None where it cannot happen."""


def _asked(recorder: Recorder, service: str, question: Callable[[views.View], bool]) -> bool:
    """What the core's view of the service answers, for the judge."""
    answer: bool = recorder.ask(service, ask_view, question)
    return answer
