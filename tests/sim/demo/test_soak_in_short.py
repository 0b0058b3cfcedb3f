"""The soak in short: a handful of evenings with all measures, planned by a seed (see `tests/benchmarks/soak.py`)."""

import asyncio
from pathlib import Path

from soak import Plan, Soaked, foretold, planned, soak, summary, surprising

from broadcast_orchestrator.properties.measures.table import ALL_MEASURES


def test_the_same_seed_plans_the_same_evenings() -> None:
    """Each is planned by the seed and its number alone, so any of them can be had again by itself."""
    assert planned(7, 1_234) == planned(7, 1_234)
    plans = [planned(0, number) for number in range(100)]
    assert len(set(map(str, plans))) == 100
    assert planned(1, 0) != planned(0, 0)


def test_with_all_measures_a_soak_leaves_nothing_unaccounted_for(tmp_path: Path) -> None:
    """Eight evenings, killed processes in each: nothing is on air at the end that is neither known nor named, the store
    tells the truth, and every recording is judged, breaks nothing and replays."""
    ended = list[Soaked]()
    every = asyncio.run(soak(tmp_path, 0, 8, 60, ALL_MEASURES, 8, ended.append))
    assert sorted(each.plan.number for each in every) == list(range(8))
    assert ended == every
    assert [each for each in every if not each.is_fine] == []
    assert all(each.judged for each in every)
    assert "8 evenings with all measures; killed: " in "\n".join(summary(every, {}, ALL_MEASURES))


def test_what_the_table_does_not_foretell_is_told() -> None:
    """Of an evening whose killed orchestrator left the host on air: foretold of the guide, and of no core with all
    measures."""
    left = Soaked(Plan(0, {}, (), ()), "ready", ("host is on air",), ())
    row = foretold(())
    assert row["G17"] == ["F12"]
    assert surprising([left], row) == []
    assert surprising([left], {}) == [left]
