"""What networkx finds out about the table and about the procedures of the core."""

from itertools import islice

import pytest

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Command
from broadcast_orchestrator.model.operations import STARTUP
from broadcast_orchestrator.model.state import ProcedureStep
from broadcast_orchestrator.model.table import ERROR, IDLE, LIVE, READY, TABLE, Row
from broadcast_orchestrator.properties.model_check.graphs import (
    changes_stay_within_the_table,
    components,
    dominators,
    error_is_entered_from_the_stated_states,
    every_row_is_taken,
    every_state_is_reachable,
    live_goes_through_the_startup,
    live_takes_every_step,
    no_state_is_a_trap,
    no_world_is_a_trap,
    places_on_every_way,
    procedure_claims,
    rows_without_a_command,
    table_claims,
    table_digraph,
    ways,
)
from broadcast_orchestrator.properties.model_check.procedures import (
    OFFERED,
    ProcedureGraph,
    ProcedurePlace,
    explore,
    moves,
)
from broadcast_orchestrator.reports.graphs.drawing import render
from broadcast_orchestrator.reports.graphs.graph import from_networkx
from broadcast_orchestrator.sim.world.world import World, choices, happen


@pytest.fixture(scope="module")
def explored() -> ProcedureGraph:
    """The reference with up to two faults."""
    return explore()


def verdicts(claims: tuple[object, ...]) -> list[str]:
    """The verdict of each claim."""
    return [getattr(claim, "verdict", "") for claim in claims]


# -- The table ------------------------------------------------------------------------------------


def test_everything_claimed_of_the_table_is_proved() -> None:
    """The table is one strongly connected component, and there is a way between any two states of rest."""
    claims = table_claims()
    assert verdicts(claims) == ["proved"] * 16
    assert components(table_digraph()) == (("idle", "initializing", "ready", "starting", "live", "stopping", "error"),)


def test_the_extreme_ways_between_states() -> None:
    """The shortest way from idle to live is four changes, the longest detour comes back from error first."""
    found = ways(table_digraph(), "idle", "live")
    assert found is not None
    assert found.shortest == ("idle", "initializing", "ready", "starting", "live")
    assert found.longest == ("idle", "error", "initializing", "ready", "starting", "live")


def test_every_way_to_live_is_through_ready_and_starting() -> None:
    """No way to live avoids initializing, ready or starting."""
    assert dominators(table_digraph(), "idle", "live") == ("idle", "initializing", "ready", "starting", "live")


def test_a_state_that_cannot_be_left_is_a_trap() -> None:
    """Without its rows out, error is found to be a trap, and named."""
    claim = no_state_is_a_trap(table_digraph([row for row in TABLE if row.source is not ERROR]))
    assert claim.verdict == "violated"
    assert claim.evidence == "idle cannot be reached from error; ready cannot be reached from error"


def test_a_state_that_nothing_leads_to_is_found() -> None:
    """Without the row to live, live and stopping are found to be out of reach."""
    claim = every_state_is_reachable(table_digraph([row for row in TABLE if row.target is not LIVE]))
    assert (claim.verdict, claim.evidence) == ("violated", "not reached: live, stopping")


def test_a_shortcut_to_live_is_found() -> None:
    """A row from ready to live would let a broadcast be live without a startup, and that is noticed."""
    claim = live_goes_through_the_startup(table_digraph([*TABLE, Row(READY, LIVE, "a shortcut", "ST-4")]))
    assert (claim.verdict, claim.evidence) == ("violated", "idle → initializing → ready → live")


# -- The procedures -------------------------------------------------------------------------------


def test_everything_claimed_of_the_procedures_is_proved(explored: ProcedureGraph) -> None:
    """No trap, no change outside the table, every row taken, error and live entered as the guide says."""
    assert verdicts(procedure_claims(explored)) == ["proved"] * 5


@pytest.mark.parametrize(("faults", "worlds", "places"), [(0, 119, 38), (1, 1743, 60)])
def test_the_size_of_the_search(faults: int, worlds: int, places: int) -> None:
    """The search finds so many worlds at so many places; another number is another design."""
    found = explore(faults=faults)
    assert (len(found.worlds), len(found.procedures), found.complete) == (worlds, places, True)


def test_the_size_of_the_search_with_two_faults(explored: ProcedureGraph) -> None:
    """Two faults lead to every place there is, rollbacks, retries and cleanups included."""
    assert (len(explored.worlds), len(explored.procedures)) == (14502, 72)


def test_two_rows_are_taken_by_no_command(explored: ProcedureGraph) -> None:
    """Only a service that reports a failure takes ready and live to error."""
    assert rows_without_a_command(explored.takers) == ((READY, ERROR), (LIVE, ERROR))


def test_every_startup_step_is_on_every_way_to_live(explored: ProcedureGraph) -> None:
    """Whatever happens, live is reached by way of these calls alone, in this order."""
    assert [place.step for place in places_on_every_way(explored, ProcedurePlace("live"))] == [
        "",
        "host.initialize",
        "",
        "live_feed.start",
        "session.start",
        "host.start",
        "producer.start",
        "convex.live",
        "",
    ]


def test_the_way_when_nothing_fails(explored: ProcedureGraph) -> None:
    """The edges drawn as the happy path lead from idle to live and back to ready."""
    path = [str(source) for source, _, data in explored.procedures.edges(data=True) if data["kind"] == "path"]
    assert path == [
        "idle",
        "initializing / initialize / attempt / host.initialize",
        "ready",
        "starting / start_broadcast / forward / live_feed.start",
        "starting / start_broadcast / forward / session.start",
        "starting / start_broadcast / forward / host.start",
        "starting / start_broadcast / forward / producer.start",
        "starting / start_broadcast / forward / convex.live",
        "live",
        "stopping / stop_broadcast / shutdown / producer.stop",
        "stopping / stop_broadcast / shutdown / host.stop",
        "stopping / stop_broadcast / shutdown / session.end",
        "stopping / stop_broadcast / shutdown / live_feed.stop",
        "stopping / stop_broadcast / shutdown / convex.idle",
    ]


def test_the_procedures_can_be_drawn(explored: ProcedureGraph) -> None:
    """The graph has what a picture needs: labels, kinds, and the state as the frame around its places."""
    drawn = from_networkx(explored.procedures, "procedures")
    retry = next(node for node in drawn.nodes if node.id == "initializing / initialize / delay")
    assert (retry.label, retry.kind, retry.cluster) == ("initialize: delay", "moving", "initializing")
    again = next(edge for edge in drawn.edges if edge.source == retry.id and edge.label == "delay over")
    assert again.target == "initializing / initialize / attempt / host.initialize"


def test_no_arrow_of_the_procedures_is_lost(explored: ProcedureGraph, capfd: pytest.CaptureFixture[str]) -> None:
    """However crowded the picture is, it has every node and every arrow, and the layout complains of nothing."""
    drawn = from_networkx(explored.procedures, "procedures")
    svg = str(render(drawn, "svg"))
    assert svg.count('class="node ') == len(drawn.nodes) == 72
    assert svg.count('class="edge ') == len(drawn.edges) == 207
    assert capfd.readouterr().err == ""


def test_every_move_is_offered_by_the_world() -> None:
    """The search never does to a world what the world does not offer."""
    found = [World()]
    for world in islice(found, 400):  # grows while it is read
        for move in moves(world):
            after = world
            for step in move.steps:
                assert step in tuple(choices(after, OFFERED))
                after, _ = happen(after, step)
            if after not in found:
                found.append(after)
    assert len(found) > 400


# -- Broken cores ---------------------------------------------------------------------------------


class Stuck(Core):
    """Refuses every command in error."""

    def command(self, event: Command) -> None:
        """Let nobody in."""
        if self.core.state is ERROR:
            self.refuse(event.name, "stuck")
        else:
            super().command(event)


class Hasty(Core):
    """Forgets the host when it starts."""

    def startup(self, session: str | None) -> tuple[ProcedureStep, ...]:
        """The steps without the third."""
        return tuple(
            ProcedureStep(step.operation) for step in STARTUP if step.operation not in ("host.start", "convex.live")
        )


def test_a_core_that_gets_stuck_is_found() -> None:
    """A core that lets nobody out of error is found to have a trap there."""
    claim = no_world_is_a_trap(explore(Stuck, faults=1))
    assert (claim.verdict, claim.evidence) == ("violated", "stuck around: error")


def test_a_core_that_skips_a_step_is_found() -> None:
    """A core that is live without having started the host is found."""
    claim = live_takes_every_step(explore(Hasty, faults=0))
    assert claim.verdict == "violated"
    assert claim.evidence == "host.initialize → live_feed.start → session.start → producer.start"


def test_a_search_that_was_cut_off_proves_nothing() -> None:
    """With too few worlds the answer is neither yes nor no."""
    assert verdicts(procedure_claims(explore(limit=60))) == ["unknown"] * 5


def test_without_a_fault_rows_stay_untaken() -> None:
    """Where nothing can fail the rows of failure are not taken, and each is named."""
    calm = explore(faults=0)
    assert every_row_is_taken(calm).evidence == (
        "never: idle → error; initializing → error; ready → error; starting → error; live → error; "
        "stopping → error; error → idle; error → initializing"
    )
    assert error_is_entered_from_the_stated_states(calm).verdict == "violated"


@pytest.mark.parametrize(
    ("edge", "taker", "verdict"),
    [
        ((IDLE, LIVE), "start_broadcast", "violated"),
        ((LIVE, IDLE), "stop_broadcast", "violated"),
        ((LIVE, IDLE), "emergency_stop", "proved"),
        ((READY, IDLE), "stop_broadcast", "proved"),
    ],
)
def test_who_may_take_which_change(
    explored: ProcedureGraph, edge: tuple[object, object], taker: str, verdict: str
) -> None:
    """A change without a row is a violation, and a forced edge is one unless an emergency stop takes it."""
    claim = changes_stay_within_the_table(explored._replace(takers={edge: {taker: 1}}))  # type: ignore[dict-item]
    assert claim.verdict == verdict
