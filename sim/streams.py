"""Random streams by name: each one depends on the seed and its name, and on nothing else that happens.

So a run that asks one stream for more numbers, or creates streams in another order, changes no other stream.
"""

import hashlib
import random

from model.config import shown


class Streams:
    """The random streams of one run."""

    def __init__(self, seed: int) -> None:
        """Streams for `seed`, any whole number; raises `ValueError` for anything else."""
        self.seed = _whole("seed", seed)
        self._streams: dict[str, random.Random] = {}

    def stream(self, name: str) -> random.Random:
        """The stream called `name`: always the same object, so that every user of a name goes on where it stands."""
        if name not in self._streams:
            self._streams[name] = random.Random(_derived(self.seed, "stream", name, bits=256))
        return self._streams[name]

    def spawn(self, index: int) -> "Streams":
        """Fresh streams for run number `index`; its `seed` fits 63 bits and replays that run alone."""
        return Streams(_derived(self.seed, "run", f"{_whole('run number', index):x}", bits=63))


def _derived(seed: int, kind: str, name: str, *, bits: int) -> int:
    key = f"{seed:x} {kind} {name}".encode("utf-8", "surrogatepass")  # hexadecimal: a seed may have any length
    return int.from_bytes(hashlib.sha256(key).digest(), "big") >> (256 - bits)


def _whole(what: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{what}: expected a whole number, got {shown(value)}")
    return value
