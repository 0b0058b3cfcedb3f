"""Dialects: departures from the guide that are meant."""

import re
from functools import partial
from pathlib import Path

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.checking.replay import violations
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.sim.subjects.dialect import (
    AcceptedReading,
    Dialect,
    DialectError,
    dialect_from_text,
    load_dialect,
)
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import Evidence
from broadcast_orchestrator.sim.subjects.protocol.heartbeat import Calmed
from broadcast_orchestrator.sim.subjects.protocol.messages import (
    Begin,
    CommandSettled,
    Logged,
    Reaction,
    Snapshot,
    SubjectStep,
)
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, Order, Scenario

pytestmark = pytest.mark.usefixtures("untraced")

WHOLE = (Order("initialize"), Order("start_broadcast", "s1"), Order("stop_broadcast"))

TEXT = """
name = "ours"
stop_lands_in = "idle"
start_without_content = true
refusal = "resolves"
heartbeat_ms = 5000
backend_without_flags = true

[states]
booting = "initializing"

[[reading]]
guarantee = "G11"
where = "retry"
because = "our retries are spread at random"
"""


def state(evidence: Evidence) -> object:
    """The state in the end."""
    (snapshot,) = evidence.moments[-1].events
    assert isinstance(snapshot, Snapshot)
    return snapshot.data["state"]


def settled(evidence: Evidence) -> list[tuple[int, bool]]:
    """How the commands ended."""
    return [(e.command, e.ok) for m in evidence.moments for e in m.events if isinstance(e, CommandSettled)]


def test_a_dialect_is_what_its_file_says(tmp_path: Path) -> None:
    """Every departure has its field."""
    (tmp_path / "ours.toml").write_text(TEXT)
    assert load_dialect(tmp_path / "ours.toml") == Dialect(
        "ours",
        "idle",
        True,
        "resolves",
        {"booting": "initializing"},
        5000,
        (AcceptedReading("G11", "retry", "our retries are spread at random"),),
        backend_without_flags=True,
    )


def test_every_departure_is_told_once() -> None:
    """One sentence each for the list of readings, and none where there is none."""
    assert dialect_from_text(TEXT).departures() == (
        "A stop ends in idle, not in ready (reading R1).",
        "A start needs no content in the live feed (reading R18).",
        "A write to the backend does not say which services are on (reading R10).",
        "A refused command resolves instead of raising (reading R5).",
        "The state initializing is called booting.",
        "A timer beats every 5,000 ms for ever; it is quiet all the same.",
        "G11, retry: our retries are spread at random",
    )
    assert Dialect().departures() == ()


def test_states_are_translated() -> None:
    """A name that the dialect does not know stays as it is."""
    dialect = dialect_from_text(TEXT)
    assert (dialect.state("booting"), dialect.state("live")) == ("initializing", "live")


def test_without_departures_the_rules_are_those_of_the_guide() -> None:
    """Nothing is changed that nobody asked for."""
    assert Dialect(refusal="resolves").rules() is Core


def test_a_reference_can_stop_in_idle() -> None:
    """Under that reading a stop is over in idle, from error too; a stop that fails still ends in error."""
    rules = Dialect(stop_lands_in="idle").rules()
    assert state(play(Scenario(WHOLE), ReferenceSubject(rules))) == "idle"
    failing = CallFault("host.start", 1, "F1")
    assert state(play(Scenario(WHOLE, (failing,)), ReferenceSubject(rules))) == "idle"
    residue = CallFault("host.stop", 1, "F1")
    assert state(play(Scenario(WHOLE, (residue,)), ReferenceSubject(rules))) == "error"


def test_a_reference_can_start_without_content() -> None:
    """Under that reading the start is accepted; otherwise it is refused."""
    scenario = Scenario(WHOLE[:2], content=False)
    rules = Dialect(start_without_content=True).rules()
    assert state(play(scenario, ReferenceSubject(rules))) == "live"
    assert state(play(scenario, ReferenceSubject())) == "ready"


def test_a_reference_can_resolve_a_refusal() -> None:
    """Under that reading a refused command is fulfilled; otherwise it is rejected."""
    scenario = Scenario((Order("stop_broadcast"),))
    assert settled(play(scenario, ReferenceSubject(refusal="resolves"))) == [(1, True)]
    assert settled(play(scenario, ReferenceSubject())) == [(1, False)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stop_lands = 'idle'", "dialect: 'stop_lands' is unknown, did you mean 'stop_lands_in'?"),
        ("stop_lands_in = 'idel'", "dialect: stop_lands_in: 'idel' is unknown, did you mean 'idle'?"),
        ("start_without_content = 'yes'", "dialect: start_without_content: expected true or false, got 'yes'"),
        ("backend_without_flags = 1", "dialect: backend_without_flags: expected true or false, got 1"),
        ("refusal = 'resolve'", "dialect: refusal: 'resolve' is unknown, did you mean 'resolves'?"),
        ("states = 7", "dialect: states: expected a table of names, got 7"),
        ("[states]\nbooting = 'initialising'", "dialect: states: booting: 'initialising' is unknown, did you mean"),
        ("[[reading]]\nguarantee = 'G1'", "dialect: reading 1: because is missing"),
        ("[[reading]]\nguarantee = 'G18'\nbecause = 'x'", "dialect: reading 1: guarantee: 'G18' is unknown"),
        ("measures = 'fencing'", "dialect: measures: expected a [measures] table, such as read-back = true"),
        ("[measures]\nreadback = true", "dialect: measures: 'readback' is unknown, did you mean 'read-back'?"),
        ("[measures]\nfencing = 1", "dialect: measures: fencing: expected true or false, got 1"),
        ("poll_period_ms = 0", "dialect: poll_period_ms: expected a number of milliseconds above 0, got 0"),
        ("heartbeat_ms = 9\n[measures]\npolling = true", "dialect: heartbeat_ms: means nothing beside polling or "),
        ("lease_ms = -1", "dialect: lease_ms: expected a number of milliseconds, got -1"),
        ("[[reading]]\nguarantee = 'G1'\nbecause = ''", "dialect: reading 1: because: is empty; say why"),
        ("[[reading]]\nguarantee = 'G1'\nbecause = 'x'\nwho = 1", "dialect: reading 1: 'who' is unknown"),
        (
            "[[reading]]\nguarantee = 'refrence'\nbecause = 'x'",
            "dialect: reading 1: guarantee: 'refrence' is unknown, did you mean 'reference'?",
        ),
        ("heartbeat_ms = '5 s'", "dialect: heartbeat_ms: expected a number of milliseconds, got '5 s'"),
        ("heartbeat_ms = -1", "dialect: heartbeat_ms: expected a number of milliseconds, got -1"),
        ("reading = 1", "dialect: reading: expected [[reading]] tables"),
        ("= 1", "is not TOML: Invalid statement"),
    ],
)
def test_a_dialect_that_cannot_be_is_told_in_one_line(text: str, told: str) -> None:
    """The file, where in it, what is wrong, and what to try."""
    with pytest.raises(DialectError, match=f"^{re.escape(f'ours.toml: {told}')}") as caught:
        dialect_from_text(text, "ours.toml")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """One line with its name."""
    with pytest.raises(DialectError, match="cannot be read: No such file"):
        load_dialect(tmp_path / "none.toml")


class Polls(ReferenceSubject):
    """The reference with a timer of its own every 5 seconds, for ever, that only writes to its log."""

    def take(self, steps: tuple[SubjectStep, ...]) -> Reaction:
        """As the reference; every 5 seconds it logs, and its next timer is never further away than that."""
        said = super().take(steps)
        at_ms = said.now_ms
        events = said.events
        if isinstance(steps[0], Begin):
            self._beat_ms = 5000.0
        while self._beat_ms <= at_ms:
            self._note(Logged, "info", "still there")
            events, self._beat_ms = (*events, self._events[-1]), self._beat_ms + 5000
        return said._replace(events=events, next_timer_ms=min(said.next_timer_ms or self._beat_ms, self._beat_ms))


@pytest.mark.parametrize(("beat_ms", "guarantees"), [(5000, ()), (0, ("G7",)), (4000, ("G7",))])
def test_a_heartbeat_is_quiet_where_the_dialect_says_so(beat_ms: int, guarantees: tuple[str, ...]) -> None:
    """A timer that beats for ever drowns every scenario as never quiet, unless it is named with its own period."""
    scenario = Scenario(WHOLE, (CallFault("host.start", 1, "F3", False),))
    broken = violations(scenario, Polls, Dialect(heartbeat_ms=beat_ms))
    assert tuple(dict.fromkeys(each.guarantee for each in broken)) == guarantees


def test_a_heartbeat_does_not_hide_a_command_that_waits() -> None:
    """While a caller waits every timer counts, the beats too: the limit of a start that hangs still comes."""
    hangs = Scenario(WHOLE[:2], (CallFault("host.start", 1, "F3", False),))
    subject = Calmed(Polls(), 5000)
    evidence = play(hangs, subject)
    assert (evidence.ended, settled(evidence)) == ("quiet", [(1, True), (2, False)])


def test_a_mere_difference_can_be_a_reading() -> None:
    """Where no guarantee is broken and the reference does otherwise, a reading of "reference" accepts it."""
    make = partial(ReferenceSubject, BY_NAME["fails-an-emergency-whose-stops-fail"].rules)
    scenario = Scenario((*WHOLE[:2], Order("emergency_stop")), (CallFault("host.stop", 1, "F1"),))
    assert [each.guarantee for each in violations(scenario, make)] == ["reference"]
    reading = AcceptedReading("reference", "emergency_stop lands in error", "Whoever presses it should know.")
    assert violations(scenario, make, Dialect(readings=(reading,))) == ()
    assert violations(scenario, make, Dialect(readings=(reading._replace(where="the calls are"),))) != ()
