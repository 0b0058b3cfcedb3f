"""The mistakes behind what is violated, told for people: each once, before the cells that it breaks."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.telling.story import in_full
from broadcast_orchestrator.properties.verification.verification import Verification
from broadcast_orchestrator.sim.world.rules_by_name import path_of
from broadcast_orchestrator.sim.world.trace import Passage

if TYPE_CHECKING:
    from broadcast_orchestrator.properties.causes.causes import RootCause

FEW = 3
"""How many causes the first line of a report tells."""


class ToldCause(NamedTuple):
    """A cause told for people: `id` is also its place on the page, `cells` and `claims` are how many it explains, and
    `replay` and `explain` the commands that show its witness again and say why it happens ("" where others hide it, so
    that no run of the core shows it)."""

    id: str
    cause: "RootCause"
    sentence: str
    cells: int
    claims: int
    what: str
    run: tuple[Passage, ...]
    story: tuple[str, ...]
    replay: str
    explain: str

    @property
    def explained(self) -> str:
        """How much it explains, in words."""
        cells, claims = (_counted(self.cells, "cell"), _counted(self.claims, "further claim"))
        return " and ".join(each for each in (cells, claims) if each) or "no cell of its own"

    @property
    def short(self) -> str:
        """The sentence without its verdict, with the guarantees that break and how much it explains."""
        return f"{self.sentence} ({', '.join(self.cause.guarantees)}; {self.explained})"

    @property
    def again(self) -> str:
        """How to see it again, or what hides it."""
        return f"replay: {self.replay}" if self.replay else f"hidden by: {self.cause.hidden_by}"

    def to_json(self) -> dict[str, object]:
        """The cause as plain data."""
        return {
            "id": self.id,
            "sentence": self.sentence,
            "rule": self.cause.rule,
            "also": list(self.cause.also),
            "guarantees": list(self.cause.guarantees),
            "explains": list(self.cause.explains),
            "hidden_by": self.cause.hidden_by,
            "what": self.what,
            "story": list(self.story),
            "replay": self.replay,
            "explain": self.explain,
        }


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}" if number else ""


def told_causes(verification: Verification) -> tuple[ToldCause, ...]:
    """The causes of a verification, told for people."""
    cells = {cell.name for cell in verification.cells}
    rules = verification.asked.rules
    return tuple(_told(number, cause, cells, rules) for number, cause in enumerate(verification.causes, 1))


def _told(number: int, cause: "RootCause", cells: set[str], rules: type[Core]) -> ToldCause:
    name = f"cause-{number}"
    replay, explain = ("", "") if cause.hidden_by else commands_for(name, rules)
    explained = sum(each in cells for each in cause.explains)
    run = cause.witness.passages
    return ToldCause(
        name,
        cause,
        f"{cause.sentence[0].upper()}{cause.sentence[1:]}.",
        explained,
        len(cause.explains) - explained,
        cause.witness.violation.what,
        run,
        tuple(map(in_full, run)),
        replay,
        explain,
    )


def commands_for(witness: str, rules: type[Core]) -> tuple[str, str]:
    """The commands that replay and that explain the witness of this name, under the rules that it was made by."""
    judging = "" if rules is Core else f" --rules {path_of(rules)}"
    file = f"witnesses/{witness}.jsonl{judging}"
    return f"broadcast replay {file}", f"broadcast explain {file}"


def by_cell(told: Iterable[ToldCause]) -> Mapping[str, ToldCause]:
    """For the name of each cell that a cause explains, that cause."""
    return {name: each for each in told for name in each.cause.explains}


def in_short(causes: "tuple[RootCause, ...]") -> str:
    """The first causes that show, how many more there are, and how many are hidden behind them."""
    shown = [cause for cause in causes if not cause.hidden_by]
    told = ["; ".join(cause.sentence for cause in shown[:FEW])]
    if len(shown) > FEW:
        told.append(f"{len(shown) - FEW} more")
    if len(causes) > len(shown):
        told.append(f"behind them {_counted(len(causes) - len(shown), 'hidden one')}")
    return "; and ".join(told)
