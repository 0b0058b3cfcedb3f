"""What was seen of a foreign implementation as plain data for the page, in the same form as a run of the reference."""

from typing import Any

from broadcast_orchestrator.model.events import COMMANDS
from broadcast_orchestrator.model.operations import CONVEX, HOST, OPERATIONS, SERVICES
from broadcast_orchestrator.model.table import IDLE
from broadcast_orchestrator.model.views import INDEX
from broadcast_orchestrator.properties.checking.judge.catalogue import judge
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.telling.evidence_story import EvidenceTeller, reason_given
from broadcast_orchestrator.properties.telling.phrases import named
from broadcast_orchestrator.reports.monitor.guarantees import standings
from broadcast_orchestrator.sim.realtime.subject_run import PacedSubjectRun
from broadcast_orchestrator.sim.subjects.evidence import Evidence, EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Advance,
    Called,
    CommandSettled,
    ErrorText,
    FillFeed,
    FlipService,
    GiveAnswer,
    GiveCommand,
    LoseService,
    Snapshot,
    StateShown,
    SubjectEvent,
    SubjectStep,
    TakeEffect,
)
from broadcast_orchestrator.sim.world.faults import BYPASS, EMPTY_SUCCESS, LOST_REPLY, LOST_SERVICE, LOST_UNNOTICED
from broadcast_orchestrator.sim.world.world import Truth

READ_ONLY = "this is evidence, which is only looked at"


class ForeignFacts:
    """What is to be shown of a subject's run. Steps are numbered from 1; moment 0 is the beginning."""

    def __init__(self, run: PacedSubjectRun) -> None:
        self.run = run
        self.steps: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self._seen: list[dict[str, Any]] = []
        self._now: dict[str, Any] = {
            "state": IDLE.value,
            "error": [],
            "history": [],
            "asked": {},
            "content": True,
            "own": {},
            "truth": Truth(),
        }
        self._teller = EvidenceTeller()
        self._judged: tuple[Evidence, tuple[Violation, ...]] | None = None

    def news(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The steps since the last time, and the calls that they concern."""
        first, touched = len(self.steps), set[int]()
        for number in range(first + 1, self.run.shown + 1):
            touched |= self._follow(number, self.run.moments[number - 1])
        violations = self._violations() if len(self.steps) > first else ()
        for step in self.steps[first:]:
            step["broken"] = sorted({each.guarantee for each in violations if each.at + 1 == step["number"]})
        return self.steps[first:], [self.calls[at] for at in sorted(touched)]

    def view(self, number: int) -> dict[str, Any]:
        """Everything there is to see after so many steps; raises IndexError where there were never so many."""
        if not 0 <= number <= len(self.steps):
            raise IndexError(f"there is no moment {number}, the run has {len(self.steps)} steps")
        now = self._seen[number - 1] if number else ForeignFacts(self.run)._now
        why = self.run.stuck or ("" if self.run.subject else READ_ONLY)
        return {
            "number": number,
            "at_ms": self.steps[number - 1]["at_ms"] if number else 0.0,
            "state": now["state"],
            "procedure": ", ".join(now["asked"].values()),
            "alarm": None,
            "error": now["error"],
            "commands": dict.fromkeys(COMMANDS, why),
            "services": [self._service(now["truth"], service, number) for service in SERVICES],
            "content": now["content"],
            "guarantees": standings(self._violations(), number),
            "snapshot": _snapshot(now),
            "raw": now["own"],
        }

    # -- One step -----------------------------------------------------------------------------------

    def _follow(self, number: int, moment: EvidenceMoment) -> set[int]:
        """Take one more moment in; the calls that it concerns."""
        now = self._now = {**self._now, "truth": moment.truth, "asked": dict(self._now["asked"])}
        touched = self._step(number, moment.step)
        words, then, answer = self._teller.tell(moment, without=(ErrorText,))
        step = {
            "number": number,
            "at_ms": moment.at_ms,
            "words": words,
            "then": list(then),
            "fault": _fault(moment.step),
            "mark": _mark(moment.step),
            "on": [*moment.truth.active, bool(moment.truth.backend)],
            "changes": [],
            "answer": answer,
        }
        for event in moment.events:
            touched |= self._event(number, event, step, moment)
        step |= {"state": now["state"], "procedure": ", ".join(now["asked"].values())}
        self.steps.append(step)
        self._seen.append(now)
        return touched

    def _step(self, number: int, step: SubjectStep) -> set[int]:
        match step:
            case GiveCommand(identity, command, session):
                self._now["asked"][identity] = named(command, session)
            case FillFeed(present):
                self._now["content"] = present
            case TakeEffect(call) | GiveAnswer(call):
                bar = self.calls[call - 1]
                field = self._style(bar["operation"]) == "field"
                if isinstance(step, TakeEffect):
                    bar["effect"] = number if bar["effect"] is None else bar["effect"]
                if isinstance(step, GiveAnswer) or field:
                    bar |= {"reply": number, "ok": not isinstance(step, GiveAnswer) or step.ok}
                if bar["reply"] is not None:
                    bar["end"] = number
                return {call - 1}
        return set()

    def _event(self, number: int, event: SubjectEvent, step: dict[str, Any], moment: EvidenceMoment) -> set[int]:
        now = self._now
        match event:
            case Called():
                self.calls.append(self._bar(number, event))
                return {len(self.calls) - 1}
            case CommandSettled():
                now["asked"].pop(event.command, None)
            case StateShown(_, _, state):
                step["changes"].append(_change(now["state"], state, moment))
                now["history"], now["state"] = [*now["history"], step["changes"][-1]], state
            case ErrorText(_, _, text):
                now["error"] = [] if text is None else [text]
            case Snapshot():
                now["own"] = dict(event.data)
        return set()

    def _bar(self, number: int, event: Called) -> dict[str, Any]:
        """The call; one that is over when it returns has its effect and its reply at once."""
        kind = self._fault_of(event.operation)
        at_once = self._style(event.operation) == "sync"
        works = kind in ("", EMPTY_SUCCESS)
        effect = at_once and (kind == LOST_REPLY or kind == "")
        return {
            "number": len(self.calls),
            "service": OPERATIONS[event.operation].service,
            "operation": event.operation,
            "session": event.session,
            "begin": number,
            "end": number if at_once else None,
            "effect": number if effect else None,
            "reply": number if at_once else None,
            "ok": at_once and works,
            "given_up": None,
            "faults": [(number, kind)] if kind else [],
        }

    def _fault_of(self, operation: str) -> str:
        """What hits the next call of the operation, "" for nothing."""
        nth = 1 + sum(call["operation"] == operation for call in self.calls)
        faults = self.run.evidence.scenario.faults if self.run.evidence else ()
        return next((each.kind for each in faults if (each.operation, each.nth) == (operation, nth)), "")

    def _style(self, operation: str) -> str:
        return self.run.evidence.about.styles.get(operation, "promise") if self.run.evidence else "promise"

    # -- One moment ---------------------------------------------------------------------------------

    def _violations(self) -> tuple[Violation, ...]:
        """Every violation in all that happens, whether it has been shown or not."""
        evidence = self.run.evidence
        if evidence is None:
            return ()
        if self._judged is None or self._judged[0] is not evidence:
            places = self.run.places
            found = (each._replace(moment=places[each.at]) for each in judge(evidence) if each.at < len(places))
            self._judged = evidence, tuple(found)
        return self._judged[1]

    def _service(self, truth: Truth, service: str, number: int) -> dict[str, Any]:
        on = bool(truth.backend) if service == CONVEX else truth.active[INDEX[service]]
        return {
            "name": service,
            "on": on,
            "initialized": truth.initialized if service == HOST else None,
            "live": list(truth.backend) if service == CONVEX else [],
            "refusing": False,
            "can_be_lost": service != CONVEX and (on or (service == HOST and truth.initialized)),
            "calls": [
                call["operation"]
                for call in self.calls
                if call["service"] == service and call["begin"] <= number and (call["end"] or number + 1) > number
            ],
        }


def _snapshot(now: dict[str, Any]) -> dict[str, Any]:
    """What the page asks of a snapshot, from what anyone can observe."""
    history, backend = now["history"], now["truth"].backend
    return {
        "orchestrator": {
            "state": now["state"],
            "history": history,
            "last_transition": history[-1] if history else None,
        },
        "convex": {"session_id": ", ".join(backend), "says": "live" if backend else None, "left_live": []},
        "computed": {"residue": []},
    }


def _change(source: str, target: str, moment: EvidenceMoment) -> dict[str, Any]:
    """A change of state, with the reason that the implementation gave for it in its own history."""
    return {
        "source": source,
        "target": target,
        "reason": reason_given(moment, source, target),
        "at_ms": moment.at_ms,
        "forced": False,
        "violation": False,
    }


def _fault(step: SubjectStep) -> str:
    if isinstance(step, LoseService):
        return LOST_SERVICE if step.noticed else LOST_UNNOTICED
    return BYPASS if isinstance(step, FlipService) else ""


def _mark(step: SubjectStep) -> dict[str, str] | None:
    match step:
        case GiveCommand(_, command, session):
            return {"lane": "", "label": named(command, session), "fault": ""}
        case LoseService(service) | FlipService(service):
            return {
                "lane": service,
                "label": "bypass" if isinstance(step, FlipService) else "lost",
                "fault": _fault(step),
            }
        case Advance():
            return {"lane": "", "label": "timer", "fault": ""}
        case _:
            return None
