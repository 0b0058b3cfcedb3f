"""Controls in two parts: the ledger, fields that are written more often than they are read, and the stance, all others.

Most rules neither read nor write what the ledger says, so they are the same for every ledger beside a stance; and the
stances are few, where controls are many. What a rule does read of the ledger is its `guard`, and what it writes there
is a program, as for a service. Which fields are the ledger's makes no difference but in speed.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from broadcast_orchestrator.sim.explore.compiling.watched_records import Change, Fields, changed
from broadcast_orchestrator.sim.explore.lazy_tables import Interned, bounded

FIELDS = ("initialized", "failures", "notes")
"""The fields of the core, and of its procedure, that are the ledger's; the judge names those of what it remembers."""


class Unsaid:
    """What a field of the ledger says where only the stance is known: nobody can ask anything about it."""

    def _asked(self, *_: object) -> Any:
        raise AssertionError("a field of the ledger is read where only the stance is known")

    __bool__ = __len__ = __iter__ = __contains__ = __getitem__ = __eq__ = _asked
    __hash__ = object.__hash__


UNSAID = Unsaid()


Guard = tuple[Change, ...]
"""What a ledger has to say for a rule to apply: places in it, and what is there."""


class LedgerProgram(NamedTuple):
    """What a rule does to a ledger: what it has to say for the rule to apply, which of it changes, and whether the rule
    applies only where something does. Ledgers are tuples, places those in it."""

    guard: Guard = ()
    changes: tuple[Change, ...] = ()
    moves: bool = False

    def of(self, ledger: Fields) -> Fields | None:
        """What becomes of it; None where the rule does not apply."""
        if any(ledger[at] != number for at, number in self.guard):
            return None
        after = list(ledger)
        for at, number in self.changes:
            after[at] = number
        return None if self.moves and tuple(after) == ledger else tuple(after)


class LedgerFields:
    """Which fields of a control are the ledger's, by their places; `unsaid` is there in a stance."""

    def __init__(self, unsaid: Iterable[Change]) -> None:
        self.unsaid = dict(unsaid)
        self._index = {place: at for at, place in enumerate(self.unsaid)}

    def guard(self, reads: Iterable[int], fields: Fields) -> Guard:
        """What was read of the ledger among the fields that were."""
        return tuple([(self._index[place], fields[place]) for place in reads if place in self._index])

    def parted(self, changes: tuple[Change, ...]) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
        """Changes of a stance, and those of a ledger."""
        ledger = tuple([(self._index[place], number) for place, number in changes if place in self._index])
        if not ledger:
            return changes, ()  # as it is in most rules: they share what they can
        return tuple([change for change in changes if change[0] not in self._index]), ledger


class Ledgers:
    """Controls by the numbers of their stance and their ledger."""

    def __init__(self, fields: LedgerFields) -> None:
        self._unsaid = fields.unsaid
        self.stances: Interned[Fields] = bounded("stances")
        self.ledgers: Interned[Fields] = bounded("ledgers")

    def split(self, fields: Fields) -> tuple[int, int]:
        """The stance and the ledger of a control."""
        ledger, stance = tuple([fields[place] for place in self._unsaid]), list(fields)
        for place, number in self._unsaid.items():
            stance[place] = number
        return self.stances.number(tuple(stance)), self.ledgers.number(ledger)

    def fields(self, stance: int, ledger: int) -> Fields:
        """The control with this stance and this ledger."""
        fields = list(self.stances.values[stance])
        for place, number in zip(self._unsaid, self.ledgers.values[ledger], strict=True):
            fields[place] = number
        return tuple(fields)

    def after(self, stance: int, changes: tuple[Change, ...]) -> int:
        """The stance after some changes."""
        return self.stances.number(changed(self.stances.values[stance], changes)) if changes else stance
