"""Liveness as a question about a graph: once faults and commands stop everything settles, and the ways out are open.

Safety and liveness are phases of their own. In the first, faults happen and commands race, and every world that this
can lead to is collected. In the second, from each of these worlds on, nothing but progress happens: a call takes
effect, a reply or a report arrives, an armed timer runs out; no command, and no new fault.

One assumption of fairness is made, the weakest there is: as long as something can happen by itself, something does.
(A call that neither hangs nor is late is answered in the end, a late reply comes in the end, time goes on.) Which of
several things comes first is left open. Under it every run settles in a quiet world, if two things hold (G7):

1. a world that is not quiet can make progress, and
2. progress never leads in a circle: every strongly connected component of its graph is a single world without a loop.

Then, whatever comes first, an emergency stop settles in idle, and initialize after it in ready (G6).
"""

from typing import NamedTuple

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import EMERGENCY_STOP, INITIALIZE
from broadcast_orchestrator.model.table import IDLE, READY, BroadcastState
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, VIOLATED, Claim
from broadcast_orchestrator.properties.model_check.liveness.progress import ARMED, Marks, Progress
from broadcast_orchestrator.properties.model_check.proof import CONFIG, TOGETHER
from broadcast_orchestrator.properties.telling.story import what_happened
from broadcast_orchestrator.sim.explore.exploration import Found
from broadcast_orchestrator.sim.explore.explorer import explore
from broadcast_orchestrator.sim.explore.state_space import Bounds, StateSpace
from broadcast_orchestrator.sim.world.faults import BY_ID
from broadcast_orchestrator.sim.world.steps import Step
from broadcast_orchestrator.sim.world.trace import take
from broadcast_orchestrator.sim.world.world import Scope, first_world

ENGINE = "graph"

SCOPE, OLDER = Scope(faults=TOGETHER, limit=1, racing=True), 1
"""What is judged unless something else is asked: one fault of those that are proved together, racing commands; and how
many calls a service may have that nobody waits for any more. With two of either it would take minutes."""


class Dead(NamedTuple):
    """A world in which something that must happen does not: what is wrong there, and a shortest way to it."""

    what: str
    steps: tuple[Step, ...]


class Liveness(NamedTuple):
    """What the graph says of a scope.

    Of the `worlds`, `quiet` are at rest; `progress` counts the edges that are progress, and `longest` the steps of the
    longest way to rest (None where there is a circle). `beyond` are transitions that the bounds left out. `restless` is
    the nearest world, if any, from which a run need not settle; `closed` the nearest from which a way out is shut,
    asked where everything settles.
    """

    scope: Scope
    worlds: int
    quiet: int
    progress: int
    beyond: int
    longest: int | None
    restless: Dead | None
    closed: Dead | None


def explored(scope: Scope = SCOPE, rules: type[Core] = Core, config: OrchestratorConfig = CONFIG) -> Progress:
    """Every world to which the commands and faults of the scope can lead, and the graph of progress between them.

    Raises whatever broken rules raise.
    """
    return Progress(explore(StateSpace(scope, rules, ARMED, Bounds(OLDER)), first_world(config, rules)))


def liveness(graph: Progress, rules: type[Core] = Core) -> Liveness:
    """Judge the graph, which was made under these rules."""
    circles, teller = graph.in_circles(), Teller(graph, rules)
    restless = teller.nearest(circles, "goes round in a circle") or teller.nearest(graph.stuck(), "is stuck")
    return Liveness(
        graph.found.space.scope,
        len(graph.worlds),
        int(graph.quiet.sum()),
        graph.edges.nnz,
        graph.beyond,
        None if circles.any() else graph.longest(),
        restless,
        None if restless else _closed(graph, teller),
    )


def _closed(graph: Progress, teller: "Teller") -> Dead | None:
    """Where an emergency stop, or initialize after it, is refused or ends elsewhere than it must."""
    stopped = graph.ends(EMERGENCY_STOP, graph.quiet)
    return _shut(graph, teller, EMERGENCY_STOP, graph.quiet, IDLE) or _shut(graph, teller, INITIALIZE, stopped, READY)


def _shut(graph: Progress, teller: "Teller", command: str, where: Marks, state: BroadcastState) -> Dead | None:
    astray = graph.ends(command, where) & ~graph.rest_in(state)
    return teller.nearest(graph.refused(command, where), f"refuses {command}") or teller.nearest(
        astray, f"is where {command} ends, instead of in {state}"
    )


class Teller:
    """Tells of single worlds of the graph, for people."""

    def __init__(self, graph: Progress, rules: type[Core]) -> None:
        self._found, self._graph, self._rules = graph.found, graph, rules

    def nearest(self, marks: Marks, what: str) -> Dead | None:
        """The nearest of the marked worlds, with a shortest way to it; None where no world is marked."""
        marked = set(self._graph.worlds[marks].tolist())
        if not marked:
            return None
        keys = ((level, key) for level, keys in enumerate(self._found.levels) for key in keys.tolist())
        level, key = next(each for each in keys if each[1] in marked)
        steps = self._found.path(Found(None, self._found.space.numbers.record(key), level, key, None))
        start, _ = self._found.space.numbers.world(int(self._found.levels[0][0]))
        story = "; ".join(map(what_happened, take(steps, start.core.config, self._rules)))
        state = self._found.space.numbers.world(key)[0].core.state
        return Dead(f"a world in {state} {what}, after: {story}", steps)


# -- What is claimed ------------------------------------------------------------------------------


def liveness_claims(judged: Liveness) -> tuple[Claim, Claim]:
    """The two claims, with the scope in which they were judged."""
    quiet, worlds = f"{judged.quiet:,} quiet worlds", f"{judged.worlds:,} worlds"
    settles = (
        f"{judged.progress:,} steps of progress, each strongly connected component a single world; only the {quiet} "
        f"have no such step; at most {judged.longest} steps to rest; {_scope(judged)}"
    )
    ways_out = f"from {quiet}, in which all settles, and over every order of replies; {_scope(judged)}"
    return (
        _claim(f"under fairness every world settles: no cycle of progress among {worlds}", judged.restless, settles),
        _claim(
            f"from every one of {worlds} idle and then ready are reached by emergency stop and initialize, "
            "once faults stop",
            judged.restless or judged.closed,
            ways_out,
        ),
    )


def _scope(judged: Liveness) -> str:
    scope = judged.scope
    names = ", ".join(BY_ID[fault].name.replace("_", " ") for fault in scope.faults)
    limit = f"{scope.limit} {'fault' if scope.limit == 1 else 'faults'}"
    before = f"at most {limit} before ({names})" if scope.limit else "no fault before"
    commands = "commands race" if scope.racing else "commands one at a time"
    left_out = f" ({judged.beyond:,} transitions beyond that left out)" if judged.beyond else ""
    return f"{commands}, {before}, at most {OLDER} call a service that nobody waits for{left_out}"


def _claim(claim: str, dead: Dead | None, evidence: str) -> Claim:
    return Claim(ENGINE, claim, VIOLATED if dead else PROVED, dead.what if dead else evidence)
