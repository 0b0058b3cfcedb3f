"""The guarantees while a run goes on: which of them hold now, and where one was broken. Judging is done by their own
checks; the lamps remember what came of it."""

from collections.abc import Iterable
from typing import Any

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES, watch
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.world.trace import Passage

HOLDS, BROKEN, WAS_BROKEN = "holds", "broken", "was broken"
"""Nothing has broken it; the last step did, or the quiet world after it; an earlier one did."""


class GuaranteeLamps:
    """Shows each step of a run under these rules to the guarantees' checks, and remembers what it breaks."""

    def __init__(self, rules: type[Core] = Core) -> None:
        self._rules = rules
        self._observer = JudgeMemory()
        self._violations: list[Violation] = []

    def add(self, number: int, passage: Passage) -> tuple[Violation, ...]:
        """What step `number`, from 1, breaks."""
        before, step, effects, after, _ = passage
        self._observer, violations = watch(self._observer, before, step, effects, after, self._rules)
        self._violations += (violation._replace(moment=number - 1) for violation in violations)
        return violations

    def standings(self, number: int) -> list[dict[str, Any]]:
        """How each guarantee stands after so many steps, as plain data."""
        return standings(self._violations, number)


def standings(violations: Iterable[Violation], number: int) -> list[dict[str, Any]]:
    """How each guarantee stands after so many steps of a run, given what the run broke up to then or later, in its
    order; `at` is the step that broke it last, `gap` names a gap of the guide's own."""
    last = {violation.guarantee: violation for violation in violations if violation.at < number}
    return [
        {"id": each.id, "name": each.name, "sentence": each.sentence, **_standing(last.get(each.id), number)}
        for each in GUARANTEES
    ]


def _standing(last: Violation | None, number: int) -> dict[str, Any]:
    if last is None:
        return {"standing": HOLDS, "at": None, "what": "", "gap": ""}
    at = last.at + 1
    return {"standing": BROKEN if at == number else WAS_BROKEN, "at": at, "what": last.what, "gap": last.gap}
