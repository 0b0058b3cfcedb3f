"""The facts of a run of the world, live or played back: everything about it is known."""

from broadcast_orchestrator.model.events import COMMANDS, Accepted, Call, CoreEffect, Refused, Settled, Transition
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.telling.story import consequences, what_happened
from broadcast_orchestrator.reports.timelines.bars import Bar, CallBars
from broadcast_orchestrator.reports.timelines.marks import mark_of
from broadcast_orchestrator.reports.timelines.timeline import procedure_of
from broadcast_orchestrator.reports.viewer.facts.guarantees import GuaranteeLamps
from broadcast_orchestrator.reports.viewer.facts.looks import Look, look_of_world
from broadcast_orchestrator.reports.viewer.facts.page_facts import AlarmFact, ChangeFact, StepFact
from broadcast_orchestrator.reports.viewer.facts.run_facts import RunFacts, Surroundings, breaches, is_on, mark_fact
from broadcast_orchestrator.sim.realtime.chosen_run import ChosenRun
from broadcast_orchestrator.sim.realtime.live_run import LiveRun, why_not
from broadcast_orchestrator.sim.realtime.playback import Playback
from broadcast_orchestrator.sim.world.steps import fault_of
from broadcast_orchestrator.sim.world.trace import Passage


class SimulatedFacts(RunFacts):
    """What is to be shown of a run against the simulated services."""

    run: LiveRun | Playback | ChosenRun

    def __init__(self, run: LiveRun | Playback | ChosenRun) -> None:
        super().__init__(run)
        self._lamps = GuaranteeLamps(run.rules)
        self._calls = CallBars()

    def breaks(self, number: int, passage: Passage) -> tuple[str, ...]:
        """The guarantees that a step would break that came after so many steps."""
        return tuple(each.guarantee for each in breaches(self._lamps.if_taken(number, passage)))

    def _follow(self, number: int) -> tuple[StepFact, list[Bar]]:
        passage = self.run.history.passages[number - 1]
        return self._step(number, passage), self._calls.add(number, passage)

    def _step(self, number: int, passage: Passage) -> StepFact:
        after = passage.after
        return StepFact(
            number=number,
            at_ms=passage.at_ms,
            words=what_happened(passage),
            then=consequences(passage, without=(Call,)),
            answer=_answer(passage),
            fault=fault_of(passage.step),
            state=after.core.state.value,
            procedure=procedure_of(after),
            mark=mark_fact(mark_of(number, passage.step)),
            on=tuple(is_on(service, after.truth) for service in SERVICES),
            changes=tuple(_change(effect) for effect in passage.effects if isinstance(effect, Transition)),
            broken=breaches(self._lamps.add(number, passage)),
        )

    def _violations(self) -> list[Violation]:
        return self._lamps.violations

    def _look(self, number: int) -> Look:
        history = self.run.history
        return look_of_world(history.world(number), self._alarm(number), history.snapshot(number))

    def _alarm(self, number: int) -> AlarmFact | None:
        alarm = self.run.history.alarm(number)
        return alarm and AlarmFact(alarm.kind, alarm.due_ms)

    def _surroundings(self, number: int) -> Surroundings:
        history, core = self.run.history, self.run.history.world(number).core
        return Surroundings(
            truth=history.world(number).truth,
            content=core.content,
            error=tuple(map(str, core.error)),
            commands={name: why_not(core, name, self.run.rules) for name in COMMANDS},
            snapshot=history.snapshot(number).to_json(),
            alarm=self._alarm(number),
        )


def _answer(passage: Passage) -> str:
    """What the last command was told that heard anything."""
    answers: tuple[CoreEffect, ...] = tuple(e for e in passage.effects if isinstance(e, Accepted | Refused | Settled))
    return (consequences(passage._replace(effects=answers)) or ("",))[-1]


def _change(effect: Transition) -> ChangeFact:
    return ChangeFact(effect.source.value, effect.target.value, effect.reason, effect.forced, effect.violation)
