"""Steps compiled to rules: what one step does to everything but the services, and to each service on its own.

A world is split into its control (the core without its views, and whatever the judge remembers) and one `ServiceState`
a service. What the core hears is recorded (`recorder`) for every answer that services may give. Each recording becomes
a `SymbolicRule`: a next control, and for each service a small `Program`, which maps the service's state to the next one
or says that the rule does not apply to it. Of the rules of one event, exactly one applies to each world in which the
event can happen.
"""

from collections.abc import Callable, Hashable, Iterator
from functools import partial
from typing import Any

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import INITIALIZE, CoreEffect, Reply
from broadcast_orchestrator.model.state import ATTEMPT, CoreState, Procedure
from broadcast_orchestrator.model.views import OpenCall
from broadcast_orchestrator.sim.explore.compiling.ledger import Ledgers
from broadcast_orchestrator.sim.explore.compiling.recorder import (
    KnownCall,
    Program,
    Recorder,
    UnknownAnswer,
    recordings,
)
from broadcast_orchestrator.sim.explore.compiling.rule_memory import Judged, Reaction, Rules, SymbolicRule, memory_of
from broadcast_orchestrator.sim.explore.compiling.service_moves import Hearing
from broadcast_orchestrator.sim.explore.compiling.symbolic_judge import Observation, SymbolicJudge
from broadcast_orchestrator.sim.explore.compiling.watched_records import Fields, replaced
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

SOMEWHERE = CoreState(procedure=Procedure(INITIALIZE, ATTEMPT, CoreState().config))
"""A core in which anything may be replaced, that of its procedure included."""


class Compiler:
    """Makes rules for what the core hears in one scope, under its rules and the eyes of one judge."""

    def __init__(self, scope: Scope, core_rules: type[Core], judge: SymbolicJudge) -> None:
        self.scope = scope
        self.core_rules = core_rules
        self.judge = judge
        self._memory = memory_of(core_rules, judge)

    def fields(self, control: Control) -> Fields:
        """The control by the numbers of its fields."""
        return self._memory.fields(control)

    def control(self, fields: Fields) -> Control:
        """The control whose fields have these numbers."""
        observer, core = self._memory.records(fields)
        return Control(core, observer)

    def ledgers(self) -> Ledgers:
        """Controls in two parts, none of which is known yet."""
        return Ledgers(self._memory.ledger)

    def central(self, fields: Fields) -> Iterator[tuple[Step, Rules]]:
        """The steps that belong to no single service, each with its rules."""
        memory = self._memory
        steps = memory.steps.known(self.scope, fields)
        if steps is None:
            steps = memory.steps.learned(self.scope, fields, self._central_steps)
        guard = memory.ledger.guard(memory.steps.way(self.scope, fields), fields)
        for step in steps:
            rules = self._rules(fields, step, step, None, partial(self._happens, step))
            yield step, rules._replace(guard=tuple(dict.fromkeys(guard + rules.guard))) if guard else rules

    def _central_steps(self, _: Any, core: CoreState) -> tuple[Step, ...]:
        steps = dict[Step, None]()

        def collect(recorder: Recorder) -> bool:
            steps.update(dict.fromkeys(central_steps(recorder, self.scope)))
            if self.scope.limit:
                steps.update(dict.fromkeys(central_faults(recorder, self.scope)))
            return False

        list(recordings(core, None, collect))
        return tuple(steps)

    def _happens(self, step: Step, recorder: Recorder) -> tuple[CoreEffect, ...] | None:
        procedure = recorder.core.procedure
        if isinstance(step, Timer | Suspend):
            fires = procedure is not None and timer_can_fire(recorder, procedure)
            if procedure is None or fires is isinstance(step, Suspend):
                return None
        if isinstance(step, Elsewhere) and step not in central_faults(recorder, self.scope):
            return None
        return perform(recorder, step, self.core_rules)

    def reaction(self, fields: Fields, step: Step, said: Hearing) -> Rules:
        """The rules of what the core hears of a step of a service: which flight it answers and what is wrong with it
        make no difference to the core, but for what it says."""
        event, call, truth = said
        known = KnownCall(event.service, event.position, call, truth) if isinstance(event, Reply) and call else None
        return self._rules(fields, said, step, known, lambda recorder: tell(recorder, event, self.core_rules))

    def unheard(self, service: str, steps: tuple[Step, ...]) -> Program:
        """What steps that the core does not hear of do to the service."""
        recorder = Recorder(CoreState(), [])
        for step in steps:
            perform(recorder, step, self.core_rules)
        recorder.change(service, service_state.simplify)
        return dict(recorder.programs())[service]

    def _rules(self, fields: Fields, key: Hashable, step: Step, known: KnownCall | None, happens: "Happening") -> Rules:
        """A rule for each combination of answers that the services may give."""
        rules = self._memory.rules.known(key, fields)
        return self._put_together(fields, key, step, known, happens) if rules is None else rules

    def _put_together(
        self, fields: Fields, key: Hashable, step: Step, known: KnownCall | None, happens: "Happening"
    ) -> Rules:
        """The rules, which depend on whatever the core and the judge have read."""
        memory, rules = self._memory, list[SymbolicRule]()
        numbers = memory.reacted.known(key, fields)
        if numbers is None:

            def decide(_: Any, core: CoreState) -> tuple[int, ...]:
                return tuple([memory.reactions.number(each) for each in self._reactions(core, step, known, happens)])

            numbers = memory.reacted.learned(key, fields, decide)
        reads = dict.fromkeys(memory.reacted.way(key, fields))
        for number in numbers:
            reaction = memory.reactions.values[number]
            changes, violations = reaction.changes, reaction.violations
            if reaction.observation is not None:
                remembered, violations = self._judged(fields, reaction.observation)
                changes += remembered
                reads.update(dict.fromkeys(memory.judged.way(reaction.observation, fields)))
            rules.append(SymbolicRule(reaction, number, *memory.ledger.parted(changes), violations))
        found = Rules(memory.ledger.guard(reads, fields), tuple(rules))
        memory.rules.put(key, fields, reads, found)
        return found

    def _judged(self, fields: Fields, number: int) -> Judged:
        """How what the judge remembers changes after what it observes, and what it says of it."""
        memory = self._memory
        judged = memory.judged.known(number, fields)
        if judged is None:
            judged = memory.judged.learned(number, fields, self._judge(number))
        return judged

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
        services, changes = recorder.touched(), replaced(recorder.core).without("views")  # the services have them
        touched = bool(services) or isinstance(step, Answer | Notice)
        told = step._replace(flight=0) if isinstance(step, Answer) else step  # no judge tells calls apart by that
        under_way = recorder.core.procedure is not None
        seen = Observation(told, outcome["effects"], call, outcome["asked"], touched, changes, under_way)
        for service in services:
            recorder.change(service, service_state.simplify)
        known = changes.as_in(canonical_core(changes.of(SOMEWHERE)))
        return Reaction(
            recorder.programs(),
            seen.effects,
            self._memory.cores.changes(known),
            self._memory.observations.number(seen),
        )


Happening = Callable[[Recorder], tuple[CoreEffect, ...] | None]
"""What happens on a stage: the effects; None where it cannot happen."""


def _asked(recorder: Recorder, service: str, question: Callable[[views.View], bool]) -> bool:
    """What the core's view of the service answers, for the judge."""
    answer: bool = recorder.ask(service, ask_view, question)
    return answer
