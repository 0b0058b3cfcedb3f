"""One scenario again: what it breaks, for regression tests and for `broadcast check --replay`."""

from broadcast_orchestrator.properties.checking.judge.catalogue import GUIDE
from broadcast_orchestrator.properties.checking.search.bench import Bench
from broadcast_orchestrator.properties.checking.search.seat import MakeSubject
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.evidence import Evidence
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits
from broadcast_orchestrator.sim.subjects.scenario import Scenario


def violations(scenario: Scenario, make_subject: MakeSubject, dialect: Dialect = GUIDE) -> tuple[Violation, ...]:
    """Every guarantee that the subject breaks in the scenario, and how what comes of it differs from the reference; not
    what a reading of the dialect accepts.

    Raises `SubjectError` where the subject cannot be started.
    """
    return replayed(scenario, make_subject, dialect)[0]


def replayed(
    scenario: Scenario, make_subject: MakeSubject, dialect: Dialect = GUIDE, limits: Limits | None = None
) -> tuple[tuple[Violation, ...], Evidence]:
    """The same, and the evidence."""
    bench = Bench(make_subject, dialect, limits or Limits())
    try:
        run = bench.examined(scenario)
        return tuple(each.violation for each in run.complaints if not each.accepted), run.evidence
    finally:
        bench.close()
