"""The audit of the guide: what is found, which reading settles it, and that agreement yields no finding."""

import pytest

from broadcast_orchestrator.model.guide.clauses import CLAUSE
from broadcast_orchestrator.model.guide.readings import READING
from broadcast_orchestrator.properties.audit.audit import (
    Contradiction,
    audit,
    diagram_against_table,
    forced_to_idle,
    prose_outside_the_table,
)
from broadcast_orchestrator.properties.audit.guide import ACTIONS, Path
from broadcast_orchestrator.properties.audit.reference_run import run
from broadcast_orchestrator.properties.model_check.procedures import explore


@pytest.fixture(scope="module")
def findings() -> tuple[Contradiction, ...]:
    """The audit of the guide."""
    return audit(explore())


FOUND = """
outside_table    R1                     stop-from-stopping-to-ready
outside_table    R2                     stop-in-error-from-error-to-stopping
outside_table    R2                     stop-in-error-from-stopping-to-ready
outside_table    R3                     emergency-stop-outside-the-table
contradiction    R4,R11,R13,R14,R16     diagram-is-not-the-table
row_never_taken  R14                    no-action-from-idle-to-error
row_never_taken  R4                     no-action-from-initializing-to-error
row_never_taken  R13                    no-action-from-ready-to-idle
row_never_taken  R14                    no-action-from-ready-to-error
row_never_taken  R4                     no-action-from-starting-to-error
row_never_taken  R14                    no-action-from-live-to-error
row_never_taken  R1                     no-action-from-stopping-to-idle
row_never_taken  R16                    no-action-from-stopping-to-error
row_never_taken  R11                    no-action-from-error-to-initializing
contradiction    R12                    stop-accepted-yet-reported-impossible
contradiction    R6                     retries-or-attempts
contradiction    R20                    recover-ends-in-two-places
ambiguity        R10                    live-without-telling-the-backend
gap              R12                    toggle-cannot-stop-in-error
contradiction    open                   startup-test-without-content
gap              open                   schema-fields-never-written
gap              R10                    session-states-never-written
gap              R10                    backend-keeps-saying-live
gap              R21                    busy-outside-the-loading-view
gap              R7                     waits-without-a-limit
ambiguity        R4                     state-of-a-rollback
ambiguity        R3                     moment-of-an-emergency-stop
"""


def evidence(findings: tuple[Contradiction, ...], name: str) -> str:
    """What was computed for one finding."""
    return next(finding.evidence for finding in findings if finding.id == name)


def test_the_audit_finds_exactly_these(findings: tuple[Contradiction, ...]) -> None:
    """These contradictions and gaps are found, in this order, each settled by these readings."""
    found = [[finding.kind, finding.reading.replace(", ", ","), finding.id] for finding in findings]
    assert found == [line.split() for line in FOUND.strip().splitlines()]


def test_findings_name_known_clauses_and_readings(findings: tuple[Contradiction, ...]) -> None:
    """Each finding leads back to clauses, and each reading that it names exists."""
    for finding in findings:
        assert finding.clauses
        assert all(clause in CLAUSE for clause in finding.clauses)
        assert finding.reading == "open" or all(reading in READING for reading in finding.reading.split(", "))


def test_where_a_stop_lands(findings: tuple[Contradiction, ...]) -> None:
    """The prose's step to ready has a way round by rows, and the reference goes that way."""
    assert evidence(findings, "stop-from-stopping-to-ready") == (
        "shortest way by rows: stopping → idle → initializing → ready; "
        "the reference goes live → stopping → idle → initializing → ready"
    )


@pytest.mark.parametrize(
    ("name", "computed"),
    [
        (
            "diagram-is-not-the-table",
            "left out: idle → error; initializing → error; ready → idle; ready → error; stopping → error; "
            "error → initializing",
        ),
        ("retries-or-attempts", "by the option 4 attempts; the reference makes 4"),
        ("stop-accepted-yet-reported-impossible", "the reference refuses a stop in error: no"),
        ("recover-ends-in-two-places", "the reference ends in ready with auto-recovery and in idle without"),
        ("startup-test-without-content", "its steps end in live with content and in ready without"),
        ("session-states-never-written", "written: live, idle; never: paused"),
        ("backend-keeps-saying-live", "the reference is in idle; live according to the backend: s1"),
        ("waits-without-a-limit", "no limit is named after: cleaning, rollback, stops"),
        ("state-of-a-rollback", "the reference rolls back in: starting"),
        (
            "live-without-telling-the-backend",
            "of four starts that reach live the reference tells the backend of: sync on, a session",
        ),
        (
            "busy-outside-the-loading-view",
            "procedures of the reference run in: idle, ready, live, error, besides initializing, starting, stopping",
        ),
        (
            "schema-fields-never-written",
            "never: broadcastStartedAt, broadcastDuration; "
            "the reference's backend keeps by itself: broadcastStartedAt, broadcastDuration",
        ),
    ],
)
def test_what_was_computed(findings: tuple[Contradiction, ...], name: str, computed: str) -> None:
    """Each finding shows its grounds, computed from the table, from sayings, or from runs of the reference."""
    assert evidence(findings, name) == computed


def test_a_prose_that_agrees_with_the_table_yields_nothing() -> None:
    """The paths of initialize, start and recover are rows all the way."""
    fine = tuple(path for path in ACTIONS if "stop" not in path.subject)
    assert [path.subject for path in fine] == ["initialize", "a start", "recover"]
    assert list(prose_outside_the_table(fine)) == []


def test_a_forced_step_that_is_a_row_yields_nothing() -> None:
    """Where the table leads to idle, an emergency stop forces nothing."""
    assert list(forced_to_idle((Path("an emergency stop", ("stopping", "idle"), ("EM-3",)),))) == []


def test_a_diagram_with_an_invented_arrow_is_found() -> None:
    """An arrow that is no row is named beside the rows that are missing."""
    (finding,) = diagram_against_table((Path("the diagram", ("ready", "live"), ("ST-1",)),))
    assert finding.evidence.endswith("drawn without a row: ready → live")
    assert finding.sentence == "The diagram above the table shows 0 of its 15 rows."


def test_runs_of_the_reference() -> None:
    """A run tells the states that commands lead to, and a call that is to fail fails."""
    assert run("initialize", "start_broadcast").states == ("idle", "initializing", "ready", "starting", "live")
    failed = run("initialize", "start_broadcast", fails="host.start")
    assert failed.states == ("idle", "initializing", "ready", "starting", "error")
    assert str(failed.world.core.error[0]) == "host.start failed: refused"
