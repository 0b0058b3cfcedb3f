"""Writes to sessions, proper ones and others, for tests that compare two backends."""

import random
from typing import Any

FIELDS = ("id", "broadcastState", "hostActive", "producerActive", "liveFeedActive")
NO_IDS = ("gone", "gone", "u1", "s3")
ODD_VALUES: tuple[Any, ...] = (
    None,
    0,
    1,
    0.5,
    -1,
    "",
    "true",
    "Live",
    "live ",
    "stopped",
    [],
    [True],
    {},
    {"id": "s1"},
)
ODD_FIELDS = ("sessionId", "broadcastStartedAt", "lastActiveTime", "_id", "HostActive", "paused")
ODD_ARGUMENTS: tuple[Any, ...] = ({}, [], "s1", 7, True)
RUNS = 400


def proper(rng: random.Random) -> dict[str, Any]:
    """Arguments that any backend of this schema takes."""
    flags = [rng.random() < 0.5 for _ in range(3)]
    values = [rng.choice(["s1", "s2"]), rng.choice(["idle", "live", "paused"]), *flags]
    return dict(zip(FIELDS, values, strict=True))


def spoilt(rng: random.Random) -> Any:
    """Arguments with one or two mistakes, some of which are none after all."""
    if rng.random() < 0.05:
        return rng.choice(ODD_ARGUMENTS)
    arguments = proper(rng)
    for _ in range(rng.choice([1, 1, 2])):
        match rng.randrange(5):
            case 0:
                arguments.pop(rng.choice(FIELDS), None)
            case 1:
                arguments["id"] = rng.choice(NO_IDS)
            case 2:
                arguments[rng.choice(ODD_FIELDS)] = rng.choice([True, 1, "s1"])
            case _:
                arguments[rng.choice(FIELDS)] = rng.choice([*ODD_VALUES, True, False, "live", "s2"])
    return arguments


def runs() -> list[list[dict[str, Any]]]:
    """The writes of each run, each at its time; always the same."""
    rng = random.Random(5)
    return [[_write(rng, number) for number in range(rng.randint(1, 5))] for _ in range(RUNS)]


def _write(rng: random.Random, number: int) -> dict[str, Any]:
    arguments = proper(rng) if rng.random() < 0.5 else spoilt(rng)
    return {"now_ms": 1_000 * (number + 1) + rng.randrange(900), "arguments": arguments}
