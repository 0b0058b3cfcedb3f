"""The guarantees while a run goes on: which of them hold now, and where one was broken."""

from typing import Any

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES, watch
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory
from broadcast_orchestrator.properties.guarantees.verdicts import Breach
from broadcast_orchestrator.sim.world.trace import Passage

HOLDS, BROKEN, WAS_BROKEN = "holds", "broken", "was broken"
"""Nothing has broken it; the last step did, or the quiet world after it; an earlier one did."""


class GuaranteeLamps:
    """Folds the guarantees over the steps of a run under these rules."""

    def __init__(self, rules: type[Core] = Core) -> None:
        self._rules = rules
        self._observer = JudgeMemory()
        self._breaches: list[tuple[int, Breach]] = []

    def add(self, number: int, passage: Passage) -> tuple[Breach, ...]:
        """What step `number`, from 1, breaks."""
        before, step, effects, after, _ = passage
        self._observer, breaches = watch(self._observer, before, step, effects, after, self._rules)
        self._breaches += ((number, breach) for breach in breaches)
        return breaches

    def standings(self, number: int) -> list[dict[str, Any]]:
        """How each guarantee stands after so many steps, as plain data; `gap` names a gap of the guide's own."""
        last = {breach.guarantee: (at, breach) for at, breach in self._breaches if at <= number}
        return [
            {"id": each.id, "name": each.name, "sentence": each.sentence, **_standing(last.get(each.id), number)}
            for each in GUARANTEES
        ]


def _standing(last: tuple[int, Breach] | None, number: int) -> dict[str, Any]:
    if last is None:
        return {"standing": HOLDS, "at": None, "what": "", "gap": ""}
    at, breach = last
    return {"standing": BROKEN if at == number else WAS_BROKEN, "at": at, "what": breach.what, "gap": breach.gap}
