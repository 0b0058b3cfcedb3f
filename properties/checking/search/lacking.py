"""Members of stores that the implementation reads and that the stand-ins lack: what is told of them, and from when on.

What such a read returns, or throws, is nobody's fault but the adapter's, and so may be whatever comes after it.
"""

from typing import NamedTuple

from broadcast_orchestrator.properties.checking.judge.catalogue import SUBJECT
from broadcast_orchestrator.properties.checking.judge.observation import Observation
from broadcast_orchestrator.properties.guarantees.verdicts import Violation

LACKING = "lacking"
"""What of a snapshot tells which members of stand-ins were read that these do not have."""


class LackedMember(NamedTuple):
    """A member that was read and is not there, as `service.name`; the moment of the snapshot that tells so first, and
    that of the one before it (-1 where there is none): what shows until then does not come of it."""

    name: str
    moment: int
    until: int

    @property
    def violation(self) -> Violation:
        """What is told of it."""
        return Violation(SUBJECT, in_words(self.name), key=f"lacks {self.name}", moment=self.moment)


def lacked(sight: Observation) -> tuple[LackedMember, ...]:
    """Every such member of a run, in the order in which they are told."""
    found, until = dict[str, LackedMember](), -1
    for moment, data in sight.snapshots:
        for name in map(str, data.get(LACKING) or ()):
            found.setdefault(name, LackedMember(name, moment, until))
        until = moment
    return tuple(found.values())


def in_words(*names: str) -> str:
    """What to do about members that are read and are not there."""
    what = f"it reads {', '.join(names)}, which the stand-in lacks; an adapter says what it is under `services`"
    return f"{what}: a field in `state`, a method in `extra`"
