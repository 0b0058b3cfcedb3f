"""Running on a cluster: a real scheduler and two worker processes on loopback do what one process does."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from broadcast_orchestrator.properties.checking import check, checking
from broadcast_orchestrator.properties.experiments.measured import columns, work
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.properties.search.random_runs import try_runs
from broadcast_orchestrator.properties.verification.simulated import simulated
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.sim.campaign.cluster import ClusterError, reachable
from broadcast_orchestrator.sim.campaign.running import conduct
from broadcast_orchestrator.sim.campaign.store import ResultStore
from broadcast_orchestrator.sim.experiments.files import load
from broadcast_orchestrator.sim.experiments.tables import Experiment
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject

pytest.importorskip("distributed", reason="the extra cluster is not installed")


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers, each a process of its own."""
    folder = tmp_path_factory.mktemp("cluster")
    file = folder / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    common = ["--host", "127.0.0.1", "--no-dashboard"]
    commands = [[*dask, "scheduler", *common, "--port", "0", "--scheduler-file", str(file)]]
    worker = [*dask, "worker", *common, "--no-nanny", "--nthreads", "1", "--scheduler-file", str(file)]
    commands += [[*worker, "--local-directory", str(folder / name)] for name in ("one", "two")]
    processes = []
    try:
        for command in commands:
            processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            while not file.is_file() or not file.stat().st_size:
                assert processes[0].poll() is None, "the scheduler did not start"
                time.sleep(0.05)
        yield _address(file)
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _address(file: Path) -> str:
    """The address of the scheduler once both of its workers are there."""
    from distributed import Client

    with Client(scheduler_file=str(file), set_as_default=False) as client:  # type: ignore[no-untyped-call]
        client.wait_for_workers(2, timeout=60)
        address: str = client.scheduler.address
    return address


def test_a_cluster_gives_the_rows_of_one_process(tmp_path: Path, scheduler: str) -> None:
    """Two workers share the batches, and the results are those of a run without them, bit for bit."""
    study, found = load("flaky-host"), []
    for name, cluster in (("alone", None), ("cluster", scheduler)):
        store = ResultStore.begin(tmp_path / f"{name}.sqlite", study, columns(study.experiment))
        assert conduct(study, store, work, 150, cluster=cluster) == (150,)
        found.append(list(store.rows(0, ("run", "seed", *store.columns), 150)))
        store.close()
    assert found[0] == found[1]


def test_both_workers_take_part(tmp_path: Path, scheduler: str) -> None:
    """The runs are made by two other processes, and not by this one."""
    here, study = os.getpid(), load("flaky-host")

    def whoever(_: Experiment) -> Callable[[int], tuple[int, int, int, str]]:
        def run(index: int) -> tuple[int, int, int, str]:
            time.sleep(0.002)
            return index, 0, os.getpid(), ""

        return run

    store = ResultStore.begin(tmp_path / "pids.sqlite", study, ("pid", "why"))
    conduct(study, store, whoever, 1000, cluster=scheduler)
    (count,) = next(store.rows(0, ("count(DISTINCT pid)",), 1000))
    assert (count, list(store.rows(0, ("pid",), 1000, f"pid = {here}"))) == (2, [])
    store.close()


def test_random_runs_on_a_cluster_are_those_of_one_process(scheduler: str) -> None:
    """What two workers see of five hundred and one runs is what one process sees: runs, steps, rows, times."""
    alone, shared = try_runs(501, 3), try_runs(501, 3, cluster=scheduler)
    assert simulated(shared) == simulated(alone)
    assert list(shared.coverage.rows.items()) == list(alone.coverage.rows.items())


def test_a_check_on_a_cluster_reports_what_one_process_does(monkeypatch: pytest.MonkeyPatch, scheduler: str) -> None:
    """Sweep and made-up scenarios, tried by two workers on a core with mistakes: the same report, but for the time."""
    monkeypatch.setattr(checking, "CHUNK", 25)  # small, so that both workers have some
    alone, shared = (
        check(partial(ReferenceSubject, BY_NAME["starts-the-host-first"].rules), scenarios=90, cluster=cluster)
        for cluster in (None, scheduler)
    )
    assert replace(shared, seconds=alone.seconds) == alone
    assert shared.findings


@pytest.mark.parametrize(
    "command", [("experiment", "healthy"), ("verify", "--runs", "500"), ("check",)], ids=lambda words: words[0]
)
def test_nobody_at_the_address_is_one_line(capsys: pytest.CaptureFixture[str], command: tuple[str, ...]) -> None:
    """Exit code 2 before anything else is done, and the address in the line."""
    code, out, err = broadcast(capsys, *command, "--cluster", "nonsense://127.0.0.1:1", *SUBJECT[command[0]])
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "nonsense://127.0.0.1:1" in err


@pytest.mark.parametrize("command", ["verify", "check"])
def test_without_dask_one_line_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Where the extra is not installed the line names it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, out, err = broadcast(capsys, command, "--cluster", "tcp://127.0.0.1:1", *SUBJECT[command])
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "pip install 'broadcast-orchestrator[cluster]'" in err


def test_a_scheduler_without_workers_is_one_line(monkeypatch: pytest.MonkeyPatch, scheduler: str) -> None:
    """Who would wait for ever for a worker is told how to start one."""
    from distributed import Client

    def nobody(*_: object, **__: object) -> None:
        raise TimeoutError("0 of 1 workers")

    monkeypatch.setattr(Client, "wait_for_workers", nobody)
    with pytest.raises(ClusterError, match="no worker has joined"):
        reachable(scheduler)


SUBJECT = {"experiment": (), "verify": (), "check": ("--", "no-such-program")}
"""What else each command is given."""


def broadcast(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    """The exit code, the standard output and the standard error of one command."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return left.value.code, *capsys.readouterr()
