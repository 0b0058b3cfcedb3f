"""A run as plain data for a page: its steps, its calls, and everything there is to see at one moment."""

from typing import Any

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import COMMANDS, Accepted, Call, Refused, Settled, Transition
from broadcast_orchestrator.model.operations import CONVEX, HOST, SERVICES
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.properties.telling.story import consequences, what_happened
from broadcast_orchestrator.reports.monitor.guarantees import GuaranteeLamps
from broadcast_orchestrator.reports.timelines.bars import Bar, CallBars
from broadcast_orchestrator.reports.timelines.marks import mark_of
from broadcast_orchestrator.reports.timelines.timeline import procedure_of
from broadcast_orchestrator.sim.realtime.history import RunHistory
from broadcast_orchestrator.sim.realtime.live_run import LiveRun, why_not
from broadcast_orchestrator.sim.realtime.playback import Playback
from broadcast_orchestrator.sim.world.steps import fault_of
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.world import World


class Facts:
    """What is to be shown of a run. Steps are numbered from 1; moment 0 is the beginning."""

    def __init__(self, run: LiveRun | Playback, rules: type[Core] = Core) -> None:
        self.run = run
        self.steps: list[dict[str, Any]] = []
        self.rules = rules
        self._lamps = GuaranteeLamps(rules)
        self._calls = CallBars()
        self._open: dict[int, Bar] = {}

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every call so far."""
        return [_call(number, bar) for number, bar in enumerate(self._calls.bars)]

    def news(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The steps since the last time, and the calls that they concern."""
        steps: list[dict[str, Any]] = []
        touched: dict[int, Bar] = {}
        for number in range(len(self.steps) + 1, len(self.run.history) + 1):
            passage = self.run.history.passages[number - 1]
            touched |= self._follow(number, passage)
            broken = sorted({violation.guarantee for violation in self._lamps.add(number, passage)})
            self.steps.append({**_step(number, passage), "broken": broken})
            steps.append(self.steps[-1])
        return steps, [_call(number, bar) for number, bar in sorted(touched.items(), key=lambda each: each[0])]

    def view(self, number: int) -> dict[str, Any]:
        """Everything there is to see after so many steps; raises IndexError where there were never so many."""
        history = self.run.history
        world, snapshot = history.world(number), history.snapshot(number)
        return {
            "number": number,
            "at_ms": history.passages[number - 1].at_ms if number else 0.0,
            "state": world.core.state.value,
            "procedure": procedure_of(world),
            "alarm": _alarm(history, number),
            "error": [str(failure) for failure in world.core.error],
            "commands": {name: why_not(world.core, name, self.rules) for name in COMMANDS},
            "services": [_service(world, service) for service in SERVICES],
            "content": world.core.content,
            "guarantees": self.standings(number),
            "snapshot": snapshot.to_json(),
        }

    def standings(self, number: int) -> list[dict[str, Any]]:
        """How each guarantee stands after so many steps."""
        return self._lamps.standings(number)

    def _follow(self, number: int, passage: Passage) -> dict[int, Bar]:
        """The calls that this step may have changed, by their number."""
        known = len(self._calls.bars)
        self._calls.add(number, passage)
        touched = {**self._open, **dict(enumerate(self._calls.bars[known:], known))}
        self._open = {at: bar for at, bar in touched.items() if bar.end is None}
        return touched


def _step(number: int, passage: Passage) -> dict[str, Any]:
    truth = passage.after.truth
    mark = mark_of(number, passage.step)
    answers = tuple(effect for effect in passage.effects if isinstance(effect, Accepted | Refused | Settled))
    return {
        "number": number,
        "at_ms": passage.at_ms,
        "words": what_happened(passage),
        "then": list(consequences(passage, without=(Call,))),
        "answer": (consequences(passage._replace(effects=answers)) or ("",))[-1],
        "fault": fault_of(passage.step),
        "state": passage.after.core.state.value,
        "procedure": procedure_of(passage.after),
        "mark": mark and {"lane": mark.lane, "label": mark.label, "fault": mark.fault},
        "on": [*truth.active, bool(truth.backend)],
        "changes": [
            {**effect._asdict(), "source": effect.source.value, "target": effect.target.value}
            for effect in passage.effects
            if isinstance(effect, Transition)
        ],
    }


def _call(number: int, bar: Bar) -> dict[str, Any]:
    return {"number": number, **vars(bar)}


def _alarm(history: RunHistory, number: int) -> dict[str, Any] | None:
    alarm = history.alarm(number)
    return alarm and alarm._asdict()


def _service(world: World, service: str) -> dict[str, Any]:
    """What the service truly is, and how many calls to it are on their way."""
    at, truth = INDEX[service], world.truth
    on = bool(truth.backend) if service == CONVEX else truth.active[at]
    return {
        "name": service,
        "on": on,
        "initialized": truth.initialized if service == HOST else None,
        "live": list(truth.backend) if service == CONVEX else [],
        "refusing": service == CONVEX and truth.refusing,
        "can_be_lost": service != CONVEX and (on or (service == HOST and truth.initialized)),
        "calls": [flight.operation for flight in world.flights[at]],
    }
