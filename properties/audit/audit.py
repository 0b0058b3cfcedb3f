"""The audit of the guide: where it contradicts its table, itself, or leaves a gap, each found by computation.

Every check compares sayings of the guide (`properties.audit.guide`) with the table, with each other, or with what the
reference does, and yields a finding for each difference and none where there is no difference. A finding names the
reading that settles it; "open" means that none does.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import networkx as nx

from broadcast_orchestrator.model.api.backend import SESSION_STATES, arguments_for, backend_of, mutate
from broadcast_orchestrator.model.config import DEFAULT_CONFIG
from broadcast_orchestrator.model.events import Call, Refused
from broadcast_orchestrator.model.table import EDGES, FORCED_EDGES, TABLE, BroadcastState, Row
from broadcast_orchestrator.properties.audit import guide
from broadcast_orchestrator.properties.audit.reference_run import run
from broadcast_orchestrator.properties.model_check.graphs import ARROW, table_digraph
from broadcast_orchestrator.properties.model_check.procedures import ProcedureGraph

OUTSIDE_TABLE, ROW_NEVER_TAKEN, AMBIGUITY, CONTRADICTION, GAP = (
    "outside_table",
    "row_never_taken",
    "ambiguity",
    "contradiction",
    "gap",
)
OPEN = "open"


class Contradiction(NamedTuple):
    """One place where the guide needs a decision.

    `clauses` are those that are concerned, `sentence` says what is wrong, `evidence` is what was computed, and
    `reading` the ids of the readings that settle it, or "open".
    """

    id: str
    kind: str
    clauses: tuple[str, ...]
    sentence: str
    evidence: str
    reading: str


Findings = Iterator[Contradiction]


# -- The prose against the table ------------------------------------------------------------------

READING_OF_PATH = {"a stop": "R1", "a stop in error": "R2"}


def prose_outside_the_table(paths: tuple[guide.Path, ...] = guide.ACTIONS) -> Findings:
    """Steps of the prose that are no rows; evidence: the shortest way by rows, and what the reference does."""
    graph = table_digraph()
    for path in paths:
        for source, target in path.edges:
            if _edge(source, target) in EDGES:
                continue
            yield Contradiction(
                f"{path.subject.removeprefix('a ')} from {source} to {target}".replace(" ", "-"),
                OUTSIDE_TABLE,
                (*path.clauses, _clause_of(source)),
                f"The prose lets {path.subject} go from {source} to {target}, which is not a row of the table.",
                f"shortest way by rows: {ARROW.join(nx.shortest_path(graph, source, target))}; "
                f"the reference goes {ARROW.join(_reference_way(path))}",
                READING_OF_PATH.get(path.subject, OPEN),
            )


def _reference_way(path: guide.Path) -> tuple[str, ...]:
    """The states that a stop passes in the reference, from live or from error."""
    if path.states[0] == "live":
        states = run("initialize", "start_broadcast", "stop_broadcast").states
    else:
        states = run("initialize", "start_broadcast", "stop_broadcast", fails="live_feed.start").states
    return states[states.index(path.states[0]) :]


def forced_to_idle(paths: tuple[guide.Path, ...] = guide.OVERRIDES) -> Findings:
    """The states that an emergency stop leaves without a row (reading R3)."""
    edges = [path.edges[0] for path in paths if _edge(*path.edges[0]) not in EDGES]
    if edges:
        forced = [edge for edge in edges if _edge(*edge) in FORCED_EDGES]
        yield Contradiction(
            "emergency-stop-outside-the-table",
            OUTSIDE_TABLE,
            ("EM-3", "ST-3", "ST-5", "ST-6"),
            "An emergency stop forces the state to idle from states that the table does not lead to idle from.",
            f"no rows: {_shown(edges)}; forced edges of the model: {_shown(forced)}",
            "R3",
        )


def diagram_against_table(paths: tuple[guide.Path, ...] = guide.DIAGRAM) -> Findings:
    """The rows that the diagram leaves out, and what it draws beside the table."""
    drawn = [edge for path in paths for edge in path.edges]
    omitted = [row for row in TABLE if (row.source.value, row.target.value) not in drawn]
    invented = [edge for edge in dict.fromkeys(drawn) if _edge(*edge) not in EDGES]
    if omitted or invented:
        yield Contradiction(
            "diagram-is-not-the-table",
            CONTRADICTION,
            tuple(dict.fromkeys(row.clause for row in omitted)),
            f"The diagram above the table shows {len(TABLE) - len(omitted)} of its {len(TABLE)} rows.",
            f"left out: {_shown([(row.source.value, row.target.value) for row in omitted])}"
            + (f"; drawn without a row: {_shown(invented)}" if invented else ""),
            _readings(omitted),
        )


def rows_without_an_action(takers: Mapping[tuple[BroadcastState, BroadcastState], Mapping[str, int]]) -> Findings:
    """The rows that no ordinary action of the prose takes; evidence: who takes them in the reference."""
    taken = [edge for path in guide.ACTIONS for edge in path.edges]
    for row in TABLE:
        if (row.source.value, row.target.value) in taken:
            continue
        by = sorted(takers.get((row.source, row.target), {}))
        yield Contradiction(
            f"no-action-from-{row.source.value}-to-{row.target.value}",
            ROW_NEVER_TAKEN,
            (row.clause,),
            f"The table has {row.source.value}{ARROW}{row.target.value}, and the prose of no action takes it.",
            f"taken in the reference by: {', '.join(by) or 'nobody'} ({row.cause})",
            _readings([row]),
        )


# -- The prose against itself ---------------------------------------------------------------------


def stop_query() -> Findings:
    """States in which a stop is accepted and reported impossible (reading R12)."""
    denied = [state for state in guide.STOP_ACCEPTED_IN if state not in guide.STOP_REPORTED_POSSIBLE_IN]
    if denied:
        refused = _refusals("initialize", "start_broadcast", "stop_broadcast", fails="live_feed.start")
        yield Contradiction(
            "stop-accepted-yet-reported-impossible",
            CONTRADICTION,
            ("SD-1", "CP-1"),
            f"A stop is accepted in {', '.join(denied)}, where the query says that none is possible.",
            f"the reference refuses a stop in error: {'yes' if 'stop_broadcast' in refused else 'no'}",
            "R12",
        )


def attempts() -> Findings:
    """Two counts for one number (reading R6)."""
    by_option = 1 + guide.RETRIES_BY_OPTION
    if by_option != guide.ATTEMPTS_IN_PROSE:
        calls = _calls("initialize", fails="host.initialize")
        yield Contradiction(
            "retries-or-attempts",
            CONTRADICTION,
            ("IN-4", "CF-2"),
            f"The option counts {guide.RETRIES_BY_OPTION} retries, the prose {guide.ATTEMPTS_IN_PROSE} attempts.",
            f"by the option {by_option} attempts; the reference makes {calls.count('host.initialize')}",
            "R6",
        )


def recover_without_auto_recovery() -> Findings:
    """The end of a recover, promised with and without a condition (reading R20)."""
    script = ("initialize", "start_broadcast", "recover")
    ends = [
        run(*script, fails="live_feed.start", config=DEFAULT_CONFIG._replace(enable_auto_recovery=on)).states[-1]
        for on in (True, False)
    ]
    if ends[0] != ends[1]:
        yield Contradiction(
            "recover-ends-in-two-places",
            CONTRADICTION,
            ("RC-3", "TR-3"),
            "One heading lets a recover initialize again always, another only with auto-recovery enabled.",
            f"the reference ends in {ends[0]} with auto-recovery and in {ends[1]} without",
            "R20",
        )


def conditions_of_the_sync() -> Findings:
    """Two conditions for telling the backend, given in two places (reading R10)."""
    told = [
        f"sync {'on' if on else 'off'}, {'a' if session else 'no'} session"
        for on in (True, False)
        for session in ("s1", None)
        if "convex.live" in _calls("initialize", "start_broadcast", session=session, sync=on)
    ]
    if len(told) < 4:
        yield Contradiction(
            "live-without-telling-the-backend",
            AMBIGUITY,
            ("SU-9", "SB-1", "ST-10"),
            "The last startup step depends on an option here and on a session id there, and live follows either way.",
            f"of four starts that reach live the reference tells the backend of: {'; '.join(told) or 'none'}",
            "R10",
        )


# -- What the prose leaves out --------------------------------------------------------------------


def toggle_in_error() -> Findings:
    """States of rest in which the one button does nothing although a stop would be accepted."""
    stuck = [state for state in guide.STOP_ACCEPTED_IN if state not in guide.TOGGLE]
    if stuck:
        yield Contradiction(
            "toggle-cannot-stop-in-error",
            GAP,
            ("QS-2", "SD-1"),
            f"The one button of the quick start neither starts nor stops in {', '.join(stuck)}.",
            f"it acts in {', '.join(guide.TOGGLE)}; a stop is accepted in {', '.join(guide.STOP_ACCEPTED_IN)}",
            "R12",
        )


def busy_outside_the_loading_view(exploration: ProcedureGraph) -> Findings:
    """States in which a procedure runs and the page shows no loading view (reading R21)."""
    busy = {place.state for place in exploration.procedures if place.command}
    unseen = [state for state in guide.STATES if state in busy and state not in guide.LOADING_STATES]
    if unseen:
        yield Contradiction(
            "busy-outside-the-loading-view",
            GAP,
            ("EX-4", "HK-3"),
            "The loading view names three states, and procedures run in others too: a stop in error, say.",
            f"procedures of the reference run in: {', '.join(unseen)}, besides {', '.join(guide.LOADING_STATES)}",
            "R21",
        )


def phases_without_a_limit(exploration: ProcedureGraph) -> Findings:
    """Phases that wait for calls and that no time limit is named after (reading R7)."""
    phases = dict.fromkeys(place.phase for place in exploration.procedures if place.step)
    unnamed = sorted(phase for phase in phases if phase not in guide.LIMITED_PHASES)
    if unnamed:
        yield Contradiction(
            "waits-without-a-limit",
            GAP,
            ("CF-2", "IN-3", "SU-11", "EM-2"),
            "There are three time limits, and more than three kinds of waiting.",
            f"no limit is named after: {', '.join(unnamed)}",
            "R7",
        )


def state_of_a_rollback(exploration: ProcedureGraph) -> Findings:
    """The guide says that a failed start is rolled back, and not in which state (reading R4)."""
    states = dict.fromkeys(place.state for place in exploration.procedures if place.phase == "rollback")
    yield Contradiction(
        "state-of-a-rollback",
        AMBIGUITY,
        ("SU-11", "ST-5"),
        "A failed start is rolled back, and nothing says whether before or after the change to error.",
        f"the reference rolls back in: {', '.join(states)}",
        "R4",
    )


def state_of_an_emergency_stop(exploration: ProcedureGraph) -> Findings:
    """Forced to idle at once, or once the stops have settled (reading R3)."""
    states = dict.fromkeys(place.state for place in exploration.procedures if place.command == "emergency_stop")
    waiting = [state for state in guide.STATES if state in states and state != "idle"]
    if waiting:
        yield Contradiction(
            "moment-of-an-emergency-stop",
            AMBIGUITY,
            ("EM-1", "EM-2", "EM-3"),
            "An emergency stop works at once and has four stops to wait for; the moment of idle is left open.",
            f"its stops are waited for in: {', '.join(waiting)}",
            "R3",
        )


def content_in_the_startup_test() -> Findings:
    """The guide's own test of a start never fills the feed."""
    with_content, without = (
        run(*guide.STEPS_OF_THE_STARTUP_TEST, content=content).states[-1] for content in (True, False)
    )
    if with_content != without:
        yield Contradiction(
            "startup-test-without-content",
            CONTRADICTION,
            ("UT-3", "SU-3"),
            "The guide's own test of a start gives the feed no content, which a start requires.",
            f"its steps end in {with_content} with content and in {without} without",
            OPEN,
        )


def fields_never_written() -> Findings:
    """Fields of the schema that the one mutation leaves alone."""
    never = [name for name in guide.SESSION_FIELDS if name not in guide.WRITTEN_FIELDS]
    if never:
        backend = mutate(
            mutate(backend_of("s1"), arguments_for("s1", live=True), 0), arguments_for("s1", live=False), 5
        )
        kept = [name for name in never if name in backend.sessions[0].to_wire()]
        yield Contradiction(
            "schema-fields-never-written",
            GAP,
            ("CX-1", "CX-3"),
            "The schema has fields that the mutation never writes.",
            f"never: {', '.join(never)}; the reference's backend keeps by itself: {', '.join(kept) or 'none'}",
            OPEN,
        )


def session_states_never_written() -> Findings:
    """States of a session that no write of the orchestrator sets (reading R10)."""
    written = [arguments_for("s1", live=live)["broadcastState"] for live in (True, False)]
    never = [state for state in SESSION_STATES if state not in written]
    if never:
        yield Contradiction(
            "session-states-never-written",
            GAP,
            ("CX-1", "CX-2", "CX-4"),
            "A session has states that nothing in the guide ever writes.",
            f"written: {', '.join(map(str, written))}; never: {', '.join(never)}",
            "R10",
        )


def backend_after_an_emergency_stop() -> Findings:
    """The backend is not told of an emergency stop (reading R10)."""
    world = run("initialize", "start_broadcast", "emergency_stop", session="s1").world
    if world.truth.backend:
        yield Contradiction(
            "backend-keeps-saying-live",
            GAP,
            ("EM-4", "ST-10"),
            "After an emergency stop the backend keeps calling the session live.",
            f"the reference is in {world.core.state.value}; live according to the backend: "
            f"{', '.join(world.truth.backend)}",
            "R10",
        )


# -- All of them ----------------------------------------------------------------------------------


def audit(exploration: ProcedureGraph) -> tuple[Contradiction, ...]:
    """Every finding, always in the same order; `exploration` is what `properties.model_check.procedures.explore`
    found."""
    alone: tuple[Callable[[], Findings], ...] = (
        stop_query,
        attempts,
        recover_without_auto_recovery,
        conditions_of_the_sync,
        toggle_in_error,
        content_in_the_startup_test,
        fields_never_written,
        session_states_never_written,
        backend_after_an_emergency_stop,
    )
    explored: tuple[Callable[[ProcedureGraph], Findings], ...] = (
        busy_outside_the_loading_view,
        phases_without_a_limit,
        state_of_a_rollback,
        state_of_an_emergency_stop,
    )
    return (
        *prose_outside_the_table(),
        *forced_to_idle(),
        *diagram_against_table(),
        *rows_without_an_action(exploration.takers),
        *(finding for check in alone for finding in check()),
        *(finding for look in explored for finding in look(exploration)),
    )


def _edge(source: str, target: str) -> tuple[BroadcastState, BroadcastState]:
    return BroadcastState(source), BroadcastState(target)


def _clause_of(source: str) -> str:
    return next(row.clause for row in TABLE if row.source == source)


def _readings(rows: list[Row]) -> str:
    """The readings that give these rows their cause; R4 tells how an error comes about where no other does."""
    named = dict.fromkeys(row.reading or "R4" for row in rows)
    return ", ".join(sorted(named, key=lambda reading: int(reading[1:])))


def _shown(edges: list[tuple[str, str]]) -> str:
    return "; ".join(f"{source}{ARROW}{target}" for source, target in edges) or "none"


def _calls(*commands: str, session: str | None = None, sync: bool = True, fails: str = "") -> list[str]:
    config = DEFAULT_CONFIG._replace(enable_convex_sync=sync)
    effects = run(*commands, session=session, config=config, fails=fails).effects
    return [effect.operation for effect in effects if isinstance(effect, Call)]


def _refusals(*commands: str, fails: str = "") -> list[str]:
    return [effect.command for effect in run(*commands, fails=fails).effects if isinstance(effect, Refused)]
