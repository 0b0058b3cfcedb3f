"""Random numbers by name: each depends on the seed, its name and its place, and on nothing else that happens.

So a run that asks for more numbers under one name, or for names in another order, changes no other number.
"""

import random
from hashlib import blake2b, sha256
from struct import Struct

from model.config import shown

FOUR = Struct(">4Q").unpack
UNIT = 2.0**-53


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

    def draw(self, name: bytes, place: int) -> tuple[float, float, float, float]:
        """Four numbers from 0 to below 1, a hash of the name and the place: for things that are counted, such as calls,
        and cheap for a run that has few of them. They can be had in any order."""
        a, b, c, d = FOUR(blake2b(self._key + name + place.to_bytes(8, "big"), digest_size=32).digest())
        return (a >> 11) * UNIT, (b >> 11) * UNIT, (c >> 11) * UNIT, (d >> 11) * UNIT

    def spawn(self, index: int) -> "Streams":
        """Fresh streams for run number `index`; its `seed` fits 63 bits and replays that run alone."""
        return Streams(_derived(self.seed, "run", f"{_whole('run number', index):x}", bits=63))


def _derived(seed: int, kind: str, name: str, *, bits: int) -> int:
    key = f"{seed:x} {kind} {name}".encode("utf-8", "surrogatepass")  # hexadecimal: a seed may have any length
    return int.from_bytes(sha256(key).digest(), "big") >> (256 - bits)


def _whole(what: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{what}: expected a whole number, got {shown(value)}")
    return value
