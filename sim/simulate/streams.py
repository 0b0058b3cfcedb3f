"""Random numbers by name: each depends on the seed, its name and its place, and on nothing else that happens.

So a run that asks for more numbers under one name, or for names in another order, changes no other number.
"""

import random
from hashlib import blake2b, sha256
from struct import Struct

from broadcast_orchestrator.model.config import shown

Numbers = tuple[int, ...]
"""Eight whole numbers of 64 bits."""

EIGHT = Struct(">8Q").unpack


class Streams:
    """The random numbers of one run."""

    def __init__(self, seed: int) -> None:
        """Numbers for `seed`, any whole number; raises `ValueError` for anything else."""
        self.seed = _whole("seed", seed)
        self._key = blake2b(f"{seed:x}".encode(), digest_size=16).digest()
        self._streams: dict[str, random.Random] = {}

    def stream(self, name: str) -> random.Random:
        """The stream called `name`: always the same object, so that every user of a name goes on where it stands."""
        if name not in self._streams:
            self._streams[name] = random.Random(_derived(self.seed, "stream", name, bits=256))
        return self._streams[name]

    def draw(self, name: bytes, place: int) -> Numbers:
        """The numbers for the thing of that name at that place, such as a call: a hash of the two, so that they can be
        had in any order, and are cheap for a run that needs few."""
        return EIGHT(blake2b(self._key + name + place.to_bytes(8, "big")).digest())  # 64 bytes, as it comes

    def seed_of(self, index: int) -> int:
        """The seed of run number `index`, which replays that run alone; it fits 63 bits."""
        return _derived(self.seed, "run", f"{_whole('run number', index):x}", bits=63)

    def spawn(self, index: int) -> "Streams":
        """Fresh streams for run number `index`."""
        return Streams(self.seed_of(index))


def share(number: int) -> float:
    """A number of 64 bits as a share, from 0 to below 1."""
    return (number >> 11) * 2.0**-53


def further(numbers: Numbers, place: int) -> int:
    """The number at a place beyond the eighth."""
    return int.from_bytes(blake2b(repr((numbers, place)).encode(), digest_size=8).digest(), "big")


def _derived(seed: int, kind: str, name: str, *, bits: int) -> int:
    key = f"{seed:x} {kind} {name}".encode("utf-8", "surrogatepass")  # hexadecimal: a seed may have any length
    return int.from_bytes(sha256(key).digest(), "big") >> (256 - bits)


def _whole(what: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{what}: expected a whole number, got {shown(value)}")
    return value
