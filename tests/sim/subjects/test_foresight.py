"""Told a scenario in one go or line by line: what is seen of a subject is the same."""

from collections.abc import Sequence
from itertools import islice

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.checking.search.bench import Bench, TriedScenario
from broadcast_orchestrator.properties.checking.search.seat import PATIENT
from broadcast_orchestrator.properties.checking.search.sweep import Sweep
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.evidence import BROKEN
from broadcast_orchestrator.sim.subjects.foresight import all_as_foreseen, foreseen, is_as_foreseen
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    ForeseenLine,
    Limits,
    Reaction,
    SubjectError,
    SubjectStep,
)
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import Order, Scenario

pytestmark = pytest.mark.usefixtures("untraced")

START = Scenario((Order("initialize"), Order("start_broadcast", "s1")))


class TellableSubject(ReferenceSubject):
    """A core that takes several lines at once; `lines` counts how often it was spoken to."""

    def __init__(self, rules: type[Core] = Core) -> None:
        super().__init__(rules)
        self.about = self.about._replace(foresight=True)
        self.lines = 0
        self._answers: list[Reaction] = []

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """One line."""
        self.lines += 1
        return super().take(steps)

    def tell(self, lines: Sequence[ForeseenLine]) -> None:
        """All lines, as long as each is answered as foreseen."""
        self.lines += 1
        self._answers = []
        for line in lines:
            self._answers.append(super().take(line.steps))
            if not is_as_foreseen(line, self._answers[-1]):
                break

    def told(self) -> tuple[Reaction, ...]:
        """The answers."""
        return tuple(self._answers)


class SilentSubject(TellableSubject):
    """Breaks where it is told several lines."""

    def told(self) -> tuple[Reaction, ...]:
        """Never answers."""
        raise SubjectError("has ended")


def tried(bench: Bench, count: int) -> list[TriedScenario]:
    """What the first scenarios of the sweep show, and some with clocks, each told while the one before is judged."""
    sweep = Sweep(bench.reference_run, bench.styles, 0, bench.understands)
    some = [*islice(sweep.scenarios(), count), *islice(sweep.clocks(), 20)]
    return [bench.try_out(each, following) for each, following in zip(some, [*some[1:], None], strict=True)]


@pytest.mark.parametrize("name", ["", "forgets-the-failed-step", "starts-the-host-first", "retries-at-once"])
def test_what_is_seen_is_the_same(name: str) -> None:
    """The reference, and cores that do otherwise early or late: the same complaints, features and aspects."""
    rules = BY_NAME[name].rules if name else Core
    ahead, by_line = (Bench(lambda: TellableSubject(rules), Dialect(), Limits(), foresight=f) for f in (True, False))
    assert tried(ahead, 100) == tried(by_line, 100)


def test_the_evidence_is_the_same() -> None:
    """Moment by moment, with what was true of the services, what is asked after it, and how it ends."""
    ahead, by_line = (Bench(TellableSubject, Dialect(), Limits(), foresight=f) for f in (True, False))
    for scenario in islice(Sweep(ahead.reference_run, ahead.styles, 0).scenarios(), 60):
        assert ahead.play(scenario) == by_line.play(scenario)


def test_one_line_is_enough_where_all_is_as_foreseen() -> None:
    """A subject that does as the reference does hears of a scenario once."""
    subject = TellableSubject()
    bench = Bench(lambda: subject, Dialect(), Limits())
    bench.try_out(START)
    assert subject.lines == 1


def test_who_always_does_otherwise_is_told_line_by_line() -> None:
    """After some scenarios in a row nothing is told ahead any more."""
    subject = TellableSubject(BY_NAME["starts-the-host-first"].rules)
    bench = Bench(lambda: subject, Dialect(), Limits())
    for _ in range(PATIENT + 1):
        bench.play(START)
    before = subject.lines
    bench.play(START)
    assert subject.lines - before == len(foreseen(START, ReferenceSubject(), Limits()).lines)


def test_what_breaks_is_seen_at_its_own_line() -> None:
    """Where no answer comes to all lines, the scenario is told again, line by line."""
    evidence = Bench(SilentSubject, Dialect(), Limits()).play(START)
    assert evidence.ended != BROKEN
    assert evidence == Bench(TellableSubject, Dialect(), Limits(), foresight=False).play(START)


def test_lines_that_should_not_have_been_taken_are_refused() -> None:
    """A subject that goes on after another answer, or stops although all is as foreseen, breaks the protocol."""
    lines = foreseen(START, ReferenceSubject(), Limits()).lines
    subject = TellableSubject()
    subject.tell(lines)
    answers = subject.told()
    assert all_as_foreseen(lines, answers)
    with pytest.raises(SubjectError, match="although all was as foreseen"):
        all_as_foreseen(lines, answers[:-1])
    with pytest.raises(SubjectError, match="but not as foreseen"):
        all_as_foreseen(lines, (answers[0]._replace(next_timer_ms=1.0), *answers[1:]))
