"""Which choices are open beside a stance for any of the ledgers that were met there: what a search by sets goes by.

Whenever a ledger is first met beside a stance, there may be choices that only now are.
"""

from collections import defaultdict

from broadcast_orchestrator.sim.explore.compiling.offers import OfferedMove
from broadcast_orchestrator.sim.explore.compiling.stance_choices import StanceChoices


class Met:
    """What was met beside a stance: `ledgers`, and what is on offer of which something else may come beside other
    ledgers, with its service: by the number of what the core hears of it, and by its own (`guarded`)."""

    def __init__(self) -> None:
        self.ledgers = list[int]()
        self.guarded = defaultdict[int, dict[int, tuple[int, OfferedMove]]](dict)


class MetLedgers:
    """The choices beside the ledgers that were met, by stance."""

    def __init__(self, choices: StanceChoices) -> None:
        self._choices = choices
        self._met = defaultdict[int, Met](Met)

    def meet(self, stance: int, ledger: int) -> dict[int, list[int]]:
        """Meet a ledger beside a stance where it was not met before: by number of what is on offer there, the choices
        that only now are."""
        met, new = self._met[stance], defaultdict[int, list[int]](list)
        met.ledgers.append(ledger)
        for guarded in met.guarded.values():
            moves = list(guarded.values())
            first = moves[0][1]
            ways = self._choices.ways(stance, first)
            before = len(ways.known)
            way = self._choices.way(stance, ledger, first)
            if len(ways.known) > before:
                for at, offered in moves:
                    new[offered.number] += self._choices.choices_of(way, at, offered)
        return new

    def heard(self, stance: int, at: int, offered: OfferedMove) -> list[int]:
        """The choices of what the core hears of a service."""
        met, ways = self._met[stance], self._choices.ways(stance, offered)
        if not ways.closed and offered.hearing not in met.guarded:
            for ledger in met.ledgers:
                self._choices.way(stance, ledger, offered)
        if not ways.closed:
            met.guarded[offered.hearing][offered.number] = at, offered
        return [choice for way in ways.known for choice in self._choices.choices_of(way, at, offered)]

    def may_grow(self, stance: int, offered: OfferedMove) -> bool:
        """Whether there may be more of them beside other ledgers."""
        return offered.said is not None and not self._choices.ways(stance, offered).closed
