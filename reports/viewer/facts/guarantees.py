"""The guarantees while a run goes on: which of them hold now, and where one was broken. Judging is done by their own
checks; the lamps remember what came of it."""

from collections.abc import Iterable

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES, watch
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.reports.viewer.facts.page_facts import GuaranteeFact, GuaranteeStanding
from broadcast_orchestrator.sim.world.trace import Passage


class GuaranteeLamps:
    """Shows each step of a run under these rules to the guarantees' checks, and remembers what it breaks."""

    def __init__(self, rules: type[Core] = Core) -> None:
        self.violations: list[Violation] = []
        self._rules = rules
        self._observer = JudgeMemory()

    def add(self, number: int, passage: Passage) -> tuple[Violation, ...]:
        """What step `number`, from 1, breaks."""
        before, step, effects, after, _ = passage
        self._observer, violations = watch(self._observer, before, step, effects, after, self._rules)
        self.violations += (violation._replace(moment=number - 1) for violation in violations)
        return violations


def standings(violations: Iterable[Violation], number: int) -> tuple[GuaranteeFact, ...]:
    """How each guarantee stands after so many steps of a run, given what the run broke up to then or later, in its
    order."""
    last = {violation.guarantee: violation for violation in violations if violation.at < number}
    return tuple(_standing(each.id, each.name, each.sentence, last.get(each.id), number) for each in GUARANTEES)


def _standing(identity: str, name: str, sentence: str, last: Violation | None, number: int) -> GuaranteeFact:
    if last is None:
        return GuaranteeFact(identity, name, sentence, GuaranteeStanding.HOLDS)
    at = last.at + 1
    standing = GuaranteeStanding.BROKEN if at == number else GuaranteeStanding.WAS_BROKEN
    return GuaranteeFact(identity, name, sentence, standing, at, last.what, last.gap)
