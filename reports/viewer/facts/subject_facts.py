"""The facts of a run of a subject, or of evidence of one: what can be seen from outside."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from broadcast_orchestrator.model.events import COMMANDS
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.model.table import IDLE
from broadcast_orchestrator.properties.checking.judge.catalogue import GUIDE, judge
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.telling.evidence_story import EvidenceTeller, reason_given
from broadcast_orchestrator.properties.telling.phrases import named
from broadcast_orchestrator.reports.timelines.bars import Bar, EvidenceBars
from broadcast_orchestrator.reports.timelines.marks import subject_mark
from broadcast_orchestrator.reports.viewer.facts.looks import Look, leaves, look_of_truth, words
from broadcast_orchestrator.reports.viewer.facts.page_facts import HistoryFact, StepFact, SubjectMomentFact
from broadcast_orchestrator.reports.viewer.facts.run_facts import RunFacts, Surroundings, breaches, is_on, mark_fact
from broadcast_orchestrator.sim.realtime.subject_run import READ_ONLY, PacedSubjectRun
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.evidence import Evidence, EvidenceMoment
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    NONE,
    Begin,
    CommandSettled,
    ErrorText,
    FillFeed,
    GiveCommand,
    Snapshot,
    StateShown,
    SubjectEvent,
    SubjectStep,
)
from broadcast_orchestrator.sim.world.world import Truth


class SeenSubject(NamedTuple):
    """What anyone can see of a subject at a moment: `asked` are the commands under way, by their numbers, `own` is
    what it said of itself when it was last asked."""

    state: str = IDLE.value
    error: tuple[str, ...] = ()
    history: tuple[HistoryFact, ...] = ()
    asked: Mapping[int, str] = {}
    content: bool = True
    own: Mapping[str, Any] = NONE
    truth: Truth = Truth()


class SubjectFacts(RunFacts):
    """What is to be shown of a subject's run; `dialect` is how it departs from the guide on purpose."""

    run: PacedSubjectRun

    def __init__(self, run: PacedSubjectRun, dialect: Dialect = GUIDE) -> None:
        self._seen = [SeenSubject()]
        super().__init__(run)
        self._dialect = dialect
        self._teller = EvidenceTeller()
        self._calls = EvidenceBars()
        self._judged: tuple[Evidence | None, tuple[Violation, ...]] = (None, ())

    def view(self, number: int) -> SubjectMomentFact:
        """The same as for any run, and what the subject says of itself."""
        return SubjectMomentFact(**vars(super().view(number)), raw=self._seen[number].own)

    def _follow(self, number: int) -> tuple[StepFact, list[Bar]]:
        moment = self.run.moments[number - 1]
        assert self.run.evidence is not None, "there are moments"
        self._seen.append(seen_after(self._seen[-1], moment))
        return self._step(number, moment), self._calls.add(number, moment, self.run.evidence)

    def _step(self, number: int, moment: EvidenceMoment) -> StepFact:
        before, now = self._seen[-2:]
        told = self._teller.tell(moment, without=(ErrorText,))
        mark = subject_mark(number, moment.step)
        return StepFact(
            number=number,
            at_ms=moment.at_ms,
            words=told.words,
            then=told.then,
            answer=told.answer,
            fault=mark.fault if mark else "",
            state=now.state,
            procedure=", ".join(now.asked.values()),
            mark=mark_fact(mark),
            on=tuple(is_on(service, now.truth) for service in SERVICES),
            changes=now.history[len(before.history) :],
            broken=breaches(each for each in self._violations() if each.at == number - 1),
        )

    def _violations(self) -> tuple[Violation, ...]:
        evidence, places = self.run.evidence, self.run.places
        if evidence is not None and self._judged[0] is not evidence:
            found = (
                each._replace(moment=places[each.at])
                for each in judge(evidence, self._dialect)
                if each.at < len(places)
            )
            self._judged = evidence, tuple(found)
        return self._judged[1]

    def _look(self, number: int) -> Look:
        return _look_of(self._seen[number])

    def _surroundings(self, number: int) -> Surroundings:
        now = self._seen[number]
        why = self.run.stuck or ("" if self.run.subject else READ_ONLY)
        return Surroundings(now.truth, now.content, now.error, dict.fromkeys(COMMANDS, why), _snapshot(now))


def seen_after(before: SeenSubject, moment: EvidenceMoment) -> SeenSubject:
    """What can be seen once this has happened, too."""
    now = _stepped(before._replace(truth=moment.truth), moment.step)
    for event in moment.events:
        now = _heard(now, event, moment)
    return now


def _stepped(now: SeenSubject, step: SubjectStep) -> SeenSubject:
    match step:
        case GiveCommand(identity, command, session):
            return now._replace(asked={**now.asked, identity: named(command, session)})
        case Begin(content=present) | FillFeed(present):
            return now._replace(content=present)
        case _:
            return now


def _heard(now: SeenSubject, event: SubjectEvent, moment: EvidenceMoment) -> SeenSubject:
    match event:
        case CommandSettled(_, _, over):
            return now._replace(asked={number: name for number, name in now.asked.items() if number != over})
        case StateShown(_, _, state):
            change = HistoryFact(now.state, state, reason_given(moment, now.state, state), at_ms=moment.at_ms)
            return now._replace(state=state, history=(*now.history, change))
        case ErrorText(_, _, text):
            return now._replace(error=() if text is None else (text,))
        case Snapshot(_, _, data):
            return now._replace(own=dict(data))
        case _:
            return now


def _look_of(now: SeenSubject) -> Look:
    return {
        "state": now.state,
        "error": words(now.error),
        "under way": words(tuple(now.asked.values())),
        "content": words(now.content),
        **look_of_truth(now.truth),
        **dict(leaves(now.own, "snapshot")),
    }


def _snapshot(now: SeenSubject) -> dict[str, Any]:
    """What the page asks of a snapshot, from what anyone can observe."""
    backend = now.truth.backend
    return {
        "orchestrator": {
            "state": now.state,
            "history": now.history,
            "last_transition": now.history[-1] if now.history else None,
        },
        "convex": {"session_id": ", ".join(backend), "says": "live" if backend else None, "left_live": []},
        "computed": {"residue": []},
    }
