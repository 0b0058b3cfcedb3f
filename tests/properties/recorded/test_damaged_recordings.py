"""Recordings that were damaged on their way are refused in one line, or judged: nothing else comes of them."""

import json
import random
from typing import Any

import pytest

from broadcast_orchestrator.properties.recorded.judging import judge_recording
from broadcast_orchestrator.reports.judge.words import Judged, json_object, lines
from broadcast_orchestrator.reports.output.formats.json_objects import json_of
from broadcast_orchestrator.sim.recording.recordings import RecordingError, recording_of
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, Order, Scenario

VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    3.5,
    1e300,
    2**70,
    "",
    "x",
    "host",
    "live",
    "start_broadcast",
    "\ud800",
    [],
    {},
    [7],
)
"""What comes in the place of something else."""


def rows_of_a_trace() -> list[Any]:
    """A trace of an evening."""
    studio = Studio(seed=7, faults=[Fault("producer.start", "hang", first=1)])
    studio.run(studio.orchestrator.initialize())
    studio.orchestrator.start_broadcast("s1")
    studio.settle()
    return [json.loads(row) for row in studio.trace.to_text().splitlines()]


def rows_of_a_recording() -> list[Any]:
    """A recording of a store on such an evening."""
    orders = (Order("initialize"), Order("start_broadcast", "s1"), Order("recover"))
    evidence = play(Scenario(orders, (CallFault("producer.start", 1, "F1"),)), ReferenceSubject(), Limits())
    header = {"format": "broadcast-recording", "version": 1, "name": "ours", "config": {}, "believed": ["host"]}
    return [header, *map(json.loads, evidence.to_text().splitlines()[1:]), {"ended": "closed"}]


def damage(rows: list[Any], luck: random.Random) -> None:
    """A line is lost, or comes twice; something in a line is lost, or is something else."""
    place = luck.randrange(len(rows))
    kind = luck.random()
    if kind < 0.1:
        del rows[place]
    elif kind < 0.2:
        rows.insert(luck.randrange(len(rows)), json.loads(json.dumps(rows[place])))
    elif places := list(_places(rows[place])):
        owner, name = luck.choice(places)
        if kind < 0.4:
            del owner[name]
        else:
            owner[name] = luck.choice(VALUES)


def _places(data: Any) -> Any:
    named = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for name, value in named:
        yield data, name
        yield from _places(value)


def outcome(rows: list[Any]) -> str:
    """What is said of them."""
    text = "".join(f"{json.dumps(row)}\n" for row in rows)
    try:
        recording = recording_of(text.encode(), "file.jsonl")
    except RecordingError as refused:
        in_one_line = str(refused).startswith("file.jsonl") and "\n" not in str(refused)
        return "refused" if in_one_line else str(refused)
    judged = Judged(recording, judge_recording(recording))
    assert [*lines(judged), json_of(json_object((judged,)))]
    return judged.verdict


@pytest.mark.parametrize("state", VALUES)
def test_a_snapshot_may_say_anything_of_the_state(state: Any) -> None:
    """It is whatever an implementation shows there."""
    rows = rows_of_a_recording()
    looks = [event for row in rows for event in row.get("events", ()) if event["event"] == "snapshot"]
    assert looks
    for look in looks:
        look["data"]["state"] = state
    assert outcome(rows) in {"refused", "unknown", "violated", "held"}


def test_damaged_recordings_are_refused_or_judged() -> None:
    """Three hundred of each kind, each with one to three damages that a seed draws."""
    for rows in (rows_of_a_trace(), rows_of_a_recording()):
        whole, seen = json.dumps(rows), set[str]()
        for seed in range(300):
            luck, damaged = random.Random(seed), json.loads(whole)
            for _ in range(luck.randrange(1, 4)):
                damage(damaged, luck)
            seen.add(outcome(damaged))
        assert {"refused", "unknown"} < seen <= {"refused", "unknown", "violated", "held"}
