"""What measures cost: calls and time of an initialize, a start and a stop, how long a core is busy after an emergency
stop, and the lines of the core that each measure takes.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable
from typing import NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Call
from broadcast_orchestrator.model.measures import rules_with
from broadcast_orchestrator.properties.measures.table import Names
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.world.trace import Passage

RUNS = 100
"""How many evenings are simulated for each set: nothing goes wrong in them, and each has latencies of its own."""


class Price(NamedTuple):
    """The means over `runs` evenings: calls, and simulated milliseconds until the command has settled; after an
    emergency stop from live, until all is quiet."""

    names: Names
    runs: int
    initialize_calls: float
    initialize_ms: float
    start_calls: float
    start_ms: float
    stop_calls: float
    stop_ms: float
    busy_ms: float


class _Evening(NamedTuple):
    initialize_calls: int
    initialize_ms: float
    start_calls: int
    start_ms: float
    stop_calls: int
    stop_ms: float
    busy_ms: float


def prices(wanted: Iterable[Names], runs: int = RUNS) -> tuple[Price, ...]:
    """What each of the sets costs, over the same evenings: the same seeds, so the same latencies of the same calls."""
    return tuple(price(names, runs) for names in wanted)


def price(names: Names, runs: int = RUNS) -> Price:
    """What the set costs."""
    evenings = [_evening(rules_with(names), seed) for seed in range(runs)]
    return Price(names, runs, *(sum(each) / runs for each in zip(*evenings, strict=True)))


def _evening(rules: type[Core], seed: int) -> _Evening:
    """Initialize, start and stop; then start again, and stop in an emergency."""
    calls = 0

    def count(passage: Passage) -> None:
        nonlocal calls
        calls += sum(isinstance(effect, Call) for effect in passage.effects)

    studio = Studio(seed, rules=rules, watch=count)

    def costs(happen: Callable[[], object]) -> tuple[int, float]:
        calls_before, began_ms = calls, studio.now_ms
        happen()
        return calls - calls_before, studio.now_ms - began_ms

    initialize = costs(lambda: studio.run(studio.orchestrator.initialize()))
    start = costs(lambda: studio.run(studio.orchestrator.start_broadcast("s1")))
    stop = costs(lambda: studio.run(studio.orchestrator.stop_broadcast()))
    studio.run(studio.orchestrator.start_broadcast("s1"))
    studio.orchestrator.emergency_stop()
    _, busy_ms = costs(studio.settle)
    return _Evening(*initialize, *start, *stop, busy_ms)


def lines_of(rules: type[Core]) -> int:
    """The lines of code of the measure's own rules, without its texts and empty lines."""
    source = textwrap.dedent(inspect.getsource(rules))
    texts = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    return sum(bool(line.strip()) and at not in texts for at, line in enumerate(source.splitlines(), 1))
