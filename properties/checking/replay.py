"""One scenario again: what it breaks, for regression tests and for `broadcast check --replay`."""

from broadcast_orchestrator.properties.checking.judge.catalogue import GUIDE
from broadcast_orchestrator.properties.checking.judge.observation import place_of
from broadcast_orchestrator.properties.checking.search.bench import Bench, MakeSubject
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.evidence import Evidence
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits
from broadcast_orchestrator.sim.subjects.scenario import Scenario


def violations(scenario: Scenario, make_subject: MakeSubject, dialect: Dialect = GUIDE) -> tuple[Violation, ...]:
    """Every guarantee that the subject breaks in the scenario, and where nothing is broken how it first differs from
    the reference; not what a reading of the dialect accepts.

    Raises `SubjectError` where the subject cannot be started.
    """
    return replayed(scenario, make_subject, dialect)[0]


def replayed(
    scenario: Scenario, make_subject: MakeSubject, dialect: Dialect = GUIDE, limits: Limits | None = None
) -> tuple[tuple[Violation, ...], Evidence]:
    """The same, and the evidence."""
    bench = Bench(make_subject, dialect, limits or Limits())
    try:
        found, sight, evidence = bench.examined(scenario)
        meant = [each for each in found if dialect.accepts(each.guarantee, each.what, place_of(sight, each.at))]
        return tuple(each for each in found if each not in meant), evidence
    finally:
        bench.close()
