"""The guarantees while a run goes on: which of them hold now, and where one was broken. Judging is done by their own
checks; the lamps remember what came of it."""

from collections.abc import Iterable

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES, Guarantee, watch
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory, memory_under
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.reports.viewer.facts.page_facts import GuaranteeFact, GuaranteeStanding
from broadcast_orchestrator.sim.world.trace import Passage


class GuaranteeLamps:
    """Shows each step of a run under these rules to the guarantees' checks, and remembers what it breaks."""

    def __init__(self, rules: type[Core] = Core) -> None:
        self.violations: list[Violation] = []
        self._rules = rules
        self._remembered = [memory_under(rules)]

    def add(self, number: int, passage: Passage) -> tuple[Violation, ...]:
        """What step `number`, from 1, which comes next, breaks."""
        remembered, violations = self._watch(number - 1, passage)
        self._remembered.append(remembered)
        self.violations += (violation._replace(moment=number - 1) for violation in violations)
        return violations

    def if_taken(self, number: int, passage: Passage) -> tuple[Violation, ...]:
        """What a step would break that came after so many steps."""
        return self._watch(number, passage)[1]

    def _watch(self, number: int, passage: Passage) -> tuple[JudgeMemory, tuple[Violation, ...]]:
        before, step, effects, after, _ = passage
        return watch(self._remembered[number], before, step, effects, after, self._rules)


def standings(violations: Iterable[Violation], number: int) -> tuple[GuaranteeFact, ...]:
    """How each guarantee stands after so many steps of a run, given what the run broke up to then or later, in its
    order."""
    broken: dict[str, list[Violation]] = {}
    for violation in violations:
        if violation.at < number:
            broken.setdefault(violation.guarantee, []).append(violation)
    return tuple(_standing(each, broken.get(each.id, []), number) for each in GUARANTEES)


def by_urgency(standings: Iterable[GuaranteeFact]) -> tuple[GuaranteeFact, ...]:
    """Those that do not hold, or did not: broken now before broken once, what no gap of the guide's own explains before
    what one does, the oldest first."""
    told = [each for each in standings if each.standing is not GuaranteeStanding.HOLDS]
    return tuple(sorted(told, key=_urgency))


def _urgency(fact: GuaranteeFact) -> tuple[bool, bool, int]:
    return fact.standing is not GuaranteeStanding.BROKEN, bool(fact.gap), fact.since or 0


def _standing(guarantee: Guarantee, broken: list[Violation], number: int) -> GuaranteeFact:
    named = guarantee.id, guarantee.name, guarantee.sentence
    if not broken:
        return GuaranteeFact(*named, GuaranteeStanding.HOLDS)
    first, last = broken[0], broken[-1]
    if last.at + 1 == number:
        since = _since([violation.at for violation in broken]) + 1
        standing, told, when = GuaranteeStanding.BROKEN, last, f"broken since step {since}"
    else:
        since = first.at + 1
        again = f", last at step {last.at + 1}" if last.at > first.at else ""
        standing, told, when = GuaranteeStanding.WAS_BROKEN, first, f"was broken at step {since}{again}"
    return GuaranteeFact(*named, standing, last.at + 1, told.what, told.gap, since, f"{when}: {told.what}")


def _since(moments: list[int]) -> int:
    """The first of the moments that follow one another up to the last."""
    since = moments[-1]
    for moment in reversed(moments):
        if moment < since - 1:
            break
        since = moment
    return since
