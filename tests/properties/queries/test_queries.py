"""The queries: their answers are true in every world that differs for them, and a false one is noticed."""

import pytest

from broadcast_orchestrator.model.guide.clauses import CLAUSE
from broadcast_orchestrator.model.guide.readings import READING
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, VIOLATED
from broadcast_orchestrator.properties.queries.broken_queries import BROKEN_QUERIES, BrokenQuery
from broadcast_orchestrator.properties.queries.queries import query_claim


def test_the_queries_tell_the_truth() -> None:
    """Each query is asked in thousands of worlds, and its answer is what the guide says of them."""
    claim = query_claim()
    assert claim.verdict == PROVED
    assert int(claim.evidence.partition(" ")[0].replace(",", "")) > 1_000


@pytest.mark.parametrize("broken", BROKEN_QUERIES, ids=lambda broken: broken.name)
def test_a_broken_query_is_noticed(broken: BrokenQuery) -> None:
    """Whatever a query, a part of the snapshot or a selector says that is not so, is told."""
    assert broken.breaks in CLAUSE or broken.breaks in READING
    assert broken.what.endswith(".")
    assert query_claim(broken.queries).verdict == VIOLATED
