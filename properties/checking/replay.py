"""One scenario again: what it breaks, for regression tests and for `broadcast check --replay`."""

from properties.checking.broken import Broken
from properties.checking.judging import GUIDE
from properties.checking.trying import Bench, MakeSubject
from sim.subjects.dialect import Dialect
from sim.subjects.evidence import Evidence
from sim.subjects.protocol import Limits
from sim.subjects.scenario import Scenario


def breaches(scenario: Scenario, make_subject: MakeSubject, dialect: Dialect = GUIDE) -> tuple[Broken, ...]:
    """Every guarantee that the subject breaks in the scenario, and where nothing is broken how it first differs from
    the reference. Raises `SubjectError` where the subject cannot be started."""
    return replayed(scenario, make_subject, dialect)[0]


def replayed(
    scenario: Scenario, make_subject: MakeSubject, dialect: Dialect = GUIDE, limits: Limits | None = None
) -> tuple[tuple[Broken, ...], Evidence]:
    """The same, and the evidence."""
    bench = Bench(make_subject, dialect, limits or Limits())
    try:
        broken, _, evidence = bench.examined(scenario)
        return broken, evidence
    finally:
        bench.close()
