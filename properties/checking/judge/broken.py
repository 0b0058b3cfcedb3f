"""What a judge says: which guarantee is broken, where, and in what words."""

from collections.abc import Iterator
from typing import NamedTuple


class Broken(NamedTuple):
    """A guarantee that the evidence breaks in the moment with this number.

    `key` names the kind of complaint and stays the same whatever the service; `what` is the complaint in words.
    """

    guarantee: str
    key: str
    what: str
    moment: int


class Complaint(NamedTuple):
    """What one check finds; the catalogue knows which guarantee it is about."""

    key: str
    what: str
    moment: int


Complaints = Iterator[Complaint]
