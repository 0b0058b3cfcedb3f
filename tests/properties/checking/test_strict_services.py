"""Services that refuse what they are already: nothing sound is blamed for what they say."""

from broadcast_orchestrator.properties.checking.search.bench import Bench
from broadcast_orchestrator.properties.checking.search.sweep import Sweep
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.protocol.messages import GiveAnswer, Limits
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject


def test_the_reference_minds_no_strict_service() -> None:
    """The whole level breaks nothing, and in most of it some service refuses what it is."""
    bench, refused = Bench(ReferenceSubject, Dialect(), Limits()), 0
    level = tuple(Sweep(bench.reference_run, bench.styles, 0, bench.understands).strict_services())
    for scenario in level:
        assert [each.what for each in bench.try_out(scenario).complaints] == [], scenario
        steps = [moment.step for moment in play(scenario, ReferenceSubject()).moments]
        refused += any(isinstance(step, GiveAnswer) and step.message.startswith("it is so already") for step in steps)
    assert len(level) > 100
    assert refused > len(level) / 2
