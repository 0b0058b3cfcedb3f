"""Running: the same results whoever makes them, nothing lost when killed, nothing done twice, claims judged."""

import sqlite3
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from broadcast_orchestrator.properties.experiments.answer_data import as_json
from broadcast_orchestrator.properties.experiments.answers import Answers, Precise, Sequential, answers
from broadcast_orchestrator.properties.experiments.comparison import compared, fisher
from broadcast_orchestrator.properties.experiments.measured import columns, work
from broadcast_orchestrator.properties.guarantees.verdicts import HELD, UNKNOWN, VIOLATED
from broadcast_orchestrator.sim.campaign import running
from broadcast_orchestrator.sim.campaign.running import Stop, conduct
from broadcast_orchestrator.sim.campaign.store import ResultStore, StoreError
from broadcast_orchestrator.sim.experiments.files import Study, read

SWEPT = """
name = "swept"
seed = 3
runs = 120
[config]
retry_delay = 10
[latency]
"*" = { distribution = "exponential", mean_ms = 20 }
[[faults]]
call = "host.*"
kind = "refuse"
probability = 0.2
[[commands]]
at_ms = 0
command = "initialize"
[[commands]]
when = "ready"
command = "start_broadcast"
[[sweep]]
setting = "config.max_retries"
values = [0, 2]
"""


def filled(folder: Path, study: Study, runs: int, **options: Any) -> tuple[ResultStore, tuple[int, ...]]:
    """A store with the results, and how many runs of each point count."""
    store = ResultStore.begin(folder / "results.sqlite", study, columns(study.experiment))
    return store, conduct(study, store, work, runs, **options)


def rows(store: ResultStore) -> list[tuple[Any, ...]]:
    """Every row of a store."""
    assert store.path is not None
    with closing(sqlite3.connect(store.path)) as connection:
        return list(connection.execute("SELECT * FROM runs ORDER BY point, run"))


def made(folder: Path, text: str, runs: int, sequential: bool = False, **options: Any) -> Answers:
    """The answers of an experiment."""
    study = read(text)
    folder.mkdir(exist_ok=True)
    store, counts = filled(folder, study, runs, **options)
    with store:
        return answers(study, store, counts, sequential=sequential)


def test_results_depend_on_neither_jobs_nor_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One process, two processes, and batches of another size give the same rows and the same answer, bit for bit."""
    study, found = read(SWEPT), []
    for name, jobs, batch in (("one", 1, 50), ("two", 2, 50), ("small", 1, 7)):
        monkeypatch.setattr(running, "FIRST", batch)
        monkeypatch.setattr(running, "MOST", batch)
        (tmp_path / name).mkdir()
        store, counts = filled(tmp_path / name, study, 120, jobs=jobs)
        with store:
            found.append((counts, rows(store), as_json(answers(study, store, counts))))
    assert found[0] == found[1] == found[2]
    assert len(found[0][1]) == 240


def test_the_same_command_twice_does_nothing_new(tmp_path: Path) -> None:
    """No run is made, and the file is the same, byte for byte."""
    study = read(SWEPT)
    store, _ = filled(tmp_path, study, 60)
    store.close()
    before = (tmp_path / "results.sqlite").read_bytes()

    def refuse(*_: object) -> Any:
        raise AssertionError("a run was made again")

    again = ResultStore.begin(tmp_path / "results.sqlite", study, columns(study.experiment))
    assert conduct(study, again, refuse, 60) == (60, 60)
    again.close()
    assert (tmp_path / "results.sqlite").read_bytes() == before


def test_an_interrupted_experiment_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Broken off at any run, it makes only what is missing, and ends with the rows of one that was left alone."""
    study = read(SWEPT)
    (tmp_path / "whole").mkdir()
    whole, _ = filled(tmp_path / "whole", study, 120)
    count = 0

    def breaking(experiment: Any) -> Callable[[int], Sequence[Any]]:
        make = work(experiment)

        def breaking_run(index: int) -> Sequence[Any]:
            nonlocal count
            count += 1
            if count in (30, 90, 140):
                raise KeyboardInterrupt
            return make(index)

        return breaking_run

    for _ in range(3):
        store = ResultStore.begin(tmp_path / "results.sqlite", study, columns(study.experiment))
        with store, pytest.raises(KeyboardInterrupt):
            conduct(study, store, breaking, 120)
    store, _ = filled(tmp_path, study, 120)
    assert rows(store) == rows(whole)
    store.close()
    whole.close()


def test_a_killed_command_resumes(tmp_path: Path) -> None:
    """A process that is killed without warning leaves whole batches; started again, the rows are those of one that
    was never killed."""
    (tmp_path / "swept.toml").write_text(SWEPT.replace("runs = 120", "runs = 200"), "utf-8")
    command = [
        sys.executable,
        "-c",
        "from broadcast_orchestrator.reports.cli import main; main()",
        "experiment",
        str(tmp_path / "swept.toml"),
    ]
    process = subprocess.Popen([*command, "--out", str(tmp_path / "out")], stdout=subprocess.DEVNULL)
    results = tmp_path / "out" / "results.sqlite"
    while process.poll() is None and not _some_rows(results):
        time.sleep(0.01)
    process.kill()
    process.wait()
    left = _some_rows(results)
    assert left % 50 == 0
    study = read((tmp_path / "swept.toml").read_text("utf-8"))
    (tmp_path / "whole").mkdir()
    (again, counts), (whole, _) = filled(tmp_path / "out", study, 200), filled(tmp_path / "whole", study, 200)
    assert counts == (200, 200)
    assert rows(again) == rows(whole)
    again.close()
    whole.close()


def _some_rows(results: Path) -> int:
    """How many runs another process has written so far."""
    if not results.is_file():
        return 0
    try:
        with closing(sqlite3.connect(results, timeout=5)) as connection:
            (found,) = connection.execute("SELECT count(*) FROM runs").fetchone()
    except sqlite3.OperationalError:  # the tables are not there yet
        return 0
    return int(found)


def test_more_runs_later_are_added_to_those_that_are_there(tmp_path: Path) -> None:
    """Thirty runs, then eighty: the first thirty are kept; and asked for thirty again, only those count."""
    study = read(SWEPT)
    store, _ = filled(tmp_path, study, 30)
    first = rows(store)
    assert conduct(study, store, work, 80) == (80, 80)
    assert [row for row in rows(store) if row[1] < 30] == first
    assert conduct(study, store, work, 30) == (30, 30)
    assert answers(study, store, (30, 30)).estimates[0].n == 30
    store.close()


def test_a_folder_with_other_results_is_refused(tmp_path: Path) -> None:
    """Another seed is another experiment; another database, or no database, is no results file."""
    store, _ = filled(tmp_path, read(SWEPT), 1)
    store.close()
    other = read(SWEPT.replace("seed = 3", "seed = 4"))
    with pytest.raises(StoreError, match="results of another experiment"):
        ResultStore.begin(tmp_path / "results.sqlite", other, columns(other.experiment))
    connection = sqlite3.connect(tmp_path / "other.sqlite")
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    (tmp_path / "text.sqlite").write_text("text " * 200, "utf-8")
    for name in ("other", "text"):
        with pytest.raises(StoreError, match=r"is not a results file|cannot be opened"):
            ResultStore.read(tmp_path / f"{name}.sqlite")
    with pytest.raises(StoreError, match="no such file"):
        ResultStore.read(tmp_path / "none.sqlite")


def test_a_file_that_was_killed_before_anything_was_in_it_is_begun_anew(tmp_path: Path) -> None:
    """An empty results file is no obstacle."""
    (tmp_path / "results.sqlite").touch()
    store, counts = filled(tmp_path, read(SWEPT), 2)
    store.close()
    assert counts == (2, 2)


def test_results_of_another_version_are_not_mixed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of the package may make other runs, so its results are refused."""
    store, _ = filled(tmp_path, read(SWEPT), 1)
    store.close()
    monkeypatch.setattr("broadcast_orchestrator.sim.campaign.store.version", lambda name: "99.0")
    with pytest.raises(StoreError, match="holds the results of version"):
        filled(tmp_path, read(SWEPT), 1)


def test_memory_does_not_grow_with_the_number_of_runs(tmp_path: Path) -> None:
    """Ten times as many runs, answered too, take hardly more memory at their peak: results are on disk."""
    study = read(SWEPT[: SWEPT.index("[[sweep]]")])
    row = work(study.experiment)(0)

    def quickly(_: Any) -> Callable[[int], Sequence[Any]]:
        return lambda index: (index, *row[1:])

    peaks: list[int] = []
    for runs in (1_000, 1_000, 10_000):  # the first one pays for what is imported on the way
        folder = tmp_path / f"{len(peaks)}"
        folder.mkdir()
        tracemalloc.start()
        store = ResultStore.begin(folder / "results.sqlite", study, columns(study.experiment))
        answers(study, store, conduct(study, store, quickly, runs))
        store.close()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.5 * peaks[1]


# -- Claims and stopping --------------------------------------------------------------------------

CLAIMED = SWEPT[: SWEPT.index("[[sweep]]")] + "[[expect]]\n"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ('measure = "start_succeeds"\nat_least = 0.5', HELD),
        ('measure = "start_succeeds"\nat_least = 0.95', VIOLATED),
        ('measure = "start_succeeds"\nat_least = 0.8', UNKNOWN),
        ('measure = "ends_in_error"\nat_most = 0.5', HELD),
        ('measure = "ends_in_error"\nat_most = 0.05', VIOLATED),
        ('measure = "start_succeeds"\nat_least = 0.5\nat_most = 0.6', VIOLATED),
        ('measure = "time_to_live_ms"\nat_most = 200', HELD),
        ('measure = "time_to_live_ms"\nquantile = 0.1\nat_least = 200', VIOLATED),
        ('measure = "calls"\nat_least = 4', HELD),
        ('measure = "stop_succeeds"\nat_least = 0.5', UNKNOWN),
        ('kind = "always"\nthat = "guarantees"', HELD),
        ('kind = "always"\nthat = "not error"', VIOLATED),
        ('kind = "always"\nthat = "not error"\nat_least = 0.5', HELD),
        ('kind = "sometimes"\nthat = "rollback"', HELD),
        ('kind = "sometimes"\nthat = "recover accepted"', VIOLATED),
        ('kind = "before"\nthat = "live"\nbefore = "recover accepted"', UNKNOWN),
    ],
)
def test_a_claim_gets_its_verdict(tmp_path: Path, claim: str, verdict: str) -> None:
    """Held and violated only where the bound or every run says so; what runs do not tell is unknown."""
    assert made(tmp_path, CLAIMED + claim, 150).verdict == verdict


def test_a_sequential_test_stops_at_the_same_run_whoever_makes_the_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claim is decided after fewer runs than were allowed; batches of any size end at the same one, and so does
    the same command again."""
    text = CLAIMED + 'measure = "start_succeeds"\nat_least = 0.6\nmargin = 0.05\n'
    found = []
    for name, batch in (("a", 50), ("b", 11), ("b", 50)):
        monkeypatch.setattr(running, "FIRST", batch)
        monkeypatch.setattr(running, "MOST", batch)
        found.append(made(tmp_path / name, text, 2000, True, stop=Sequential))
    assert found[0].verdict == HELD
    assert found[0].claims[0].decided_by == "sprt"
    assert found[0].claims[0].n == found[0].runs[0] < 200
    assert as_json(found[0]) == as_json(found[1]) == as_json(found[2])


def test_a_precision_ends_the_runs(tmp_path: Path) -> None:
    """It stops at the first hundred runs after which the interval is narrow enough to either side."""

    def stop(experiment: Any) -> Stop:
        return Precise(experiment, 0.1)

    found = made(tmp_path, SWEPT[: SWEPT.index("[[sweep]]")], 5000, stop=stop)
    (share,) = (each for each in found.estimates if each.measure == "start_succeeds")
    assert share.estimate is not None
    assert share.low is not None
    assert share.high is not None
    assert found.runs == (200,)
    assert max(share.high - share.estimate, share.estimate - share.low) <= 0.1


def test_the_runs_that_went_wrong_are_told_by_cause(tmp_path: Path) -> None:
    """Each failed run counts under one cause, the most frequent first; each cause has its first run at each point, with
    the seed that its row has."""
    found = made(tmp_path, SWEPT, 120)
    store = ResultStore.read(tmp_path / "results.sqlite")
    all_rows = list(rows(store))
    store.close()
    seeds = {(row[0], row[1]): row[2] for row in all_rows}
    assert found.failed == sum(each.runs for each in found.failures) > 20
    assert [each.runs for each in found.failures] == sorted((each.runs for each in found.failures), reverse=True)
    assert {(each.cause, each.why) for each in found.failures} == {
        ("initialize: host.initialize failed (refuse)", "not initialize_succeeds"),
        ("start_broadcast: host.start failed (refuse), rolled back", "not start_succeeds"),
    }
    for cause in found.failures:
        assert [run.seed for run in cause.examples] == [seeds[run.point, run.run] for run in cause.examples]
        assert len({run.point for run in cause.examples}) == len(cause.examples)


# -- Comparing ------------------------------------------------------------------------------------


def results(folder: Path, text: str) -> ResultStore:
    """A store with a hundred runs."""
    folder.mkdir()
    return filled(folder, read(text), 100)[0]


def test_what_got_worse_for_certain_is_a_regression(tmp_path: Path) -> None:
    """Twice the faults are seen as fewer successes and named worse; the other way round they are better."""
    old = results(tmp_path / "old", SWEPT)
    new = results(tmp_path / "new", SWEPT.replace("probability = 0.2", "probability = 0.7"))
    there, back = compared(old, new), compared(new, old)
    numbers = [(change.measured, change.verdict) for change in there.changes if change.measured is not None]
    verdicts = {(each.measure, each.settings["config.max_retries"]): verdict for each, verdict in numbers}
    assert verdicts["start_succeeds", 2] == "worse"
    assert verdicts["faults", 0] == "changed"
    assert there.is_regression
    assert {change.verdict for change in back.changes if change.what == "goes_live"} == {"better"}
    old.close()
    new.close()


def test_chance_is_no_regression(tmp_path: Path) -> None:
    """The same experiment with another seed shows no change, and against itself not even a different number."""
    old, new = results(tmp_path / "old", SWEPT), results(tmp_path / "new", SWEPT.replace("seed = 3", "seed = 4"))
    assert {change.verdict for change in compared(old, new).changes} == {"no change"}
    assert not compared(old, new).is_regression
    assert all(change.before == change.after for change in compared(old, old).changes)
    old.close()
    new.close()


def test_results_without_common_settings_cannot_be_compared(tmp_path: Path) -> None:
    """Other swept values have nothing in common, and it is said."""
    old, new = results(tmp_path / "old", SWEPT), results(tmp_path / "new", SWEPT.replace("[0, 2]", "[1, 3]"))
    with pytest.raises(ValueError, match="no settings in common"):
        compared(old, new)
    old.close()
    new.close()


def test_the_exact_test_and_the_one_for_many_runs_agree() -> None:
    """Where both can be computed they differ little."""
    assert fisher(30, 100, 45, 100) == pytest.approx(0.0411, abs=0.001)
    assert fisher(60_000, 200_000, 60_100, 200_000) == pytest.approx(0.73, abs=0.01)
