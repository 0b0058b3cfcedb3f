"""Evidence from a file is consistent: what cannot follow from what went before is told with its line."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import EvidenceError, evidence_from_text
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, ClockChange, Mishap, Order, Scenario, Setting

EVENING = Scenario(
    (Order("initialize"), Order("start_broadcast", "s1"), Order("stop_broadcast", after=3)),
    faults=(CallFault("host.initialize", 1, "F1"), CallFault("producer.start", 1, "F4")),
    mishaps=(Mishap("F9", "host", 2),),
    settings=(Setting("max_retries", 1, 1),),
    clocks=(ClockChange("hidden", 500, 1, 2),),
)
Rows = list[dict[str, Any]]


def rows_of_an_evening() -> Rows:
    """The lines of a saved run, the first being its header."""
    return [json.loads(row) for row in play(EVENING, ReferenceSubject()).to_text().splitlines()]


def loaded(rows: Rows) -> object:
    """What is read from these lines."""
    return evidence_from_text("".join(f"{json.dumps(row)}\n" for row in rows), "run.jsonl")


def first(rows: Rows, kind: str) -> dict[str, Any]:
    """The first step of that kind."""
    step: dict[str, Any] = next(row["step"] for row in rows[1:] if row["step"]["do"] == kind)
    return step


def event(rows: Rows, kind: str) -> dict[str, Any]:
    """The first event of that kind."""
    found: dict[str, Any] = next(each for row in rows[1:] for each in row["events"] if each["event"] == kind)
    return found


def test_what_was_played_can_be_loaded() -> None:
    """A run with faults, a lost service and a changed option is consistent."""
    assert loaded(rows_of_an_evening()) == play(EVENING, ReferenceSubject())


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (
            lambda rows: rows[1]["truth"]["active"].pop(),
            "line 2: truth: active: expected one for each of live_feed, session, host, producer, got 3",
        ),
        (lambda rows: rows[1]["truth"].update(active=7), "line 2: truth: active cannot be 7"),
        (lambda rows: rows[1]["truth"].update(active=[1, 2, 3, 4]), "line 2: truth: active: cannot have 1 in it"),
        (lambda rows: rows[1]["truth"].update(initialized="no"), "line 2: truth: initialized cannot be 'no'"),
        (lambda rows: rows[1]["truth"].update(backend=[None]), "line 2: truth: backend: cannot have None in it"),
        (lambda rows: rows[1]["truth"].pop("refusing"), "line 2: truth: refusing is missing"),
        (lambda rows: rows[1].pop("events"), "line 2: events is missing"),
        (lambda rows: rows[2].update(at_ms=-1), "line 3: at_ms: -1 ms is not from 0 to 2^53 ms"),
        (lambda rows: rows[2].update(at_ms=1e300), "line 3: at_ms: 1e+300 ms is not from 0 to 2^53 ms"),
        (lambda rows: rows[2].update(at_ms=None), "line 3: at_ms cannot be None"),
        (lambda rows: rows.pop(1), "line 2: do: evidence begins with 'begin', and has no other"),
        (lambda rows: rows.insert(3, rows[1]), "line 4: do: evidence begins with 'begin', and has no other"),
        (lambda rows: first(rows, "effect").update(call=99), "call: 99 is none of the "),
        (lambda rows: first(rows, "answer").update(call=0), "call: 0 is none of the 1 calls that were made before"),
        (lambda rows: first(rows, "answer").update(form="song"), "form: 'song' is unknown, try one of: "),
        (lambda rows: first(rows, "command").update(id=7), "command 7 comes where command 1 should"),
        (lambda rows: first(rows, "command").update(command="begin"), "command: 'begin' is unknown, try one of: "),
        (lambda rows: first(rows, "command").update(command="recover"), "command 1 is not what the scenario orders"),
        (lambda rows: rows[0]["scenario"]["orders"].pop(), "command 3 is not what the scenario orders then"),
        (
            lambda rows: rows.extend([{**rows[-1], "events": []}] * 10_000),
            "line 10002: is more than 10,000 moments or changes of state, which no run has",
        ),
        (lambda rows: first(rows, "suspend").update(do="resume"), "do: timers go on already"),
        (lambda rows: first(rows, "resume").update(do="suspend"), "do: timers stand still already"),
        (lambda rows: first(rows, "lose").update(service="hots"), "service: 'hots' is unknown, did you mean 'host'?"),
        (lambda rows: first(rows, "configure").update(config={"retries": 1}), "config: 'retries': unknown option, "),
        (lambda rows: first(rows, "begin").update(manners={"host.strat": []}), "manners: 'host.strat' is unknown, "),
        (
            lambda rows: first(rows, "begin").update(manners={"host.start": ["late"]}),
            "line 2: manners: host.start: 'late' is unknown, did you mean 'at_once'?",
        ),
        (lambda rows: first(rows, "advance").update(to_ms=1), "to_ms: is 1, and at_ms is "),
        (lambda rows: event(rows, "called").update(n=5_000), "event 5000 comes where event "),
        (lambda rows: event(rows, "called").update(call=2), "call 2 comes where call 1 should"),
        (lambda rows: event(rows, "called").update(operation="x"), "operation 'x' is unknown, try one of: "),
        (lambda rows: event(rows, "called").update(at_ms=10**9), "1000000000 ms is not from "),
        (lambda rows: event(rows, "settled").update(command=9), "command 9 settles, but is not under way"),
        (lambda rows: rows[0].update(pending=[1]), "line 1: pending: the commands that never settle are none"),
        (lambda rows: rows[0].update(pending=["1"]), "line 1: pending: cannot have '1' in it"),
        (lambda rows: rows[0].update(why=None), "line 1: why cannot be None"),
        (lambda rows: rows[0].pop("about"), "line 1: about is missing"),
    ],
)
def test_what_cannot_follow_is_told(damage: Callable[[Rows], object], told: str) -> None:
    """Where, and what is wrong, for each thing that a reader of evidence relies on."""
    rows = rows_of_an_evening()
    damage(rows)
    with pytest.raises(EvidenceError) as caught:
        loaded(rows)
    assert told in str(caught.value)
    assert str(caught.value).startswith("run.jsonl, line ")
