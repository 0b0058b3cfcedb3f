"""A campaign that is killed again and again: a script, so that it forks from a process that has no threads.

    python killed_campaigns.py EXPERIMENT FOLDER SEED KILLS

The command `broadcast experiment` is made to kill itself by SIGKILL at its n-th call of a function, n drawn by the
seed; then it is begun again, a few times for each folder, and in the end left alone. What was seen is printed as JSON.
"""

import io
import json
import os
import random
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing, redirect_stdout, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.sim.campaign import running
from broadcast_orchestrator.sim.experiments.files import load

IN_A_ROW = 30
"""How often a campaign is killed at most before it is left alone; less often where all its rows are there."""

Row = tuple[Any, ...]


def rows(folder: Path) -> list[Row]:
    """Every row that was committed, in order; none where there is no table yet."""
    try:
        with closing(sqlite3.connect(f"file:{folder / 'results.sqlite'}?mode=ro", uri=True)) as connection:
            return list(connection.execute("SELECT * FROM runs ORDER BY point, run"))
    except sqlite3.OperationalError:
        return []


class Countdown:
    """Counts the calls of functions, and kills the process at the last one."""

    def __init__(self, calls: int) -> None:
        self.left = calls

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        """One more has happened."""
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


FAR = 10**12


class Campaign:
    """An experiment whose results are kept in a folder."""

    def __init__(self, experiment: str, folder: Path) -> None:
        self.words, self.folder = ["experiment", experiment, "--out", str(folder)], folder
        self.points = [point.experiment for point in load(experiment).points]
        self.log = folder.with_suffix(".log")

    def goes_on(self, kill_at: int = 0) -> int:
        """Begin the command again, in a process of its own that dies at this call (0: at none); what `waitpid` says
        of it."""
        self.log.unlink(missing_ok=True)
        pid = os.fork()
        if pid == 0:
            self._run(Countdown(kill_at or FAR), counted=kill_at > 0)
        return os.waitpid(pid, 0)[1]

    def begun(self) -> list[tuple[int, int, int]]:
        """The batches that it began the last time: their point, their first run, and after how many calls."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [(point, first, calls) for point, first, calls in map(json.loads, lines)]

    def _run(self, countdown: Countdown, counted: bool) -> None:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for each in (0, 1, 2):
            os.dup2(nowhere, each)
        running.run_batch = self._logged(running.run_batch, countdown)
        running.FIRST = running.MOST = 10
        sys.setprofile(countdown if counted else None)
        try:
            main(self.words)
        except SystemExit as end:
            os._exit(int(end.code or 0))
        finally:
            os._exit(99)

    def _logged(self, run_batch: Callable[..., Any], countdown: Countdown) -> Callable[..., Any]:
        def logged(work: Any, experiment: Any, first: int, end: int) -> Any:
            with self.log.open("a") as log:
                print(json.dumps([self.points.index(experiment), first, FAR - countdown.left]), file=log)
            return run_batch(work, experiment, first, end)

        return logged


def seen(experiment: str, folder: Path, seed: int, kills: int) -> dict[str, Any]:
    """Kill so many times, with at most four tries a kill; what was seen."""
    luck, whole = random.Random(seed), Campaign(experiment, folder / "whole")
    with suppress(SystemExit), redirect_stdout(io.StringIO()):
        main(Campaign(experiment, folder / "first").words)  # whatever is imported and cached on the way
    assert whole.goes_on(FAR) == 0
    first, last = whole.begun()[0][2], whole.begun()[-1][2]
    moments = ((1, last * 6 // 5), (first, first + (last - first) // 8))  # at any time; while runs are made
    total = len(rows(whole.folder))
    killed_at, lost, again, unlike = list[int](), 0, 0, list[str]()
    for number in range(4 * kills):
        if len(killed_at) >= kills:
            break
        campaign = Campaign(experiment, folder / f"killed-{number}")
        for _ in range(IN_A_ROW):
            before = rows(campaign.folder)
            status = campaign.goes_on(luck.randrange(*luck.choice(moments)))
            after = rows(campaign.folder)
            lost += len(set(before) - set(after))
            again += sum(first < sum(row[0] == point for row in before) for point, first, _ in campaign.begun())
            if os.WIFSIGNALED(status):
                assert os.WTERMSIG(status) == signal.SIGKILL
                killed_at.append(len(after))
            if len(before) == total:
                break
        assert campaign.goes_on() == 0
        unlike += [f"{number}: {name}" for name in different(whole.folder, campaign.folder)]
    return {"killed_at": killed_at, "lost": lost, "again": again, "unlike": unlike, "rows": total}


def different(whole: Path, other: Path) -> list[str]:
    """The names of the files that are not the same in both; of the results, whether their rows are."""
    names = {path.relative_to(each) for each in (whole, other) for path in each.rglob("*") if path.is_file()}
    reports = sorted(name for name in names if not name.name.startswith("results.sqlite"))
    found = [str(name) for name in reports if not _same(whole, other, name)]
    return found if rows(whole) == rows(other) else [*found, "results.sqlite"]


def _same(whole: Path, other: Path, name: Path) -> bool:
    a, b = whole / name, other / name
    return a.is_file() and b.is_file() and a.read_bytes() == b.read_bytes()


if __name__ == "__main__":
    print(json.dumps(seen(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
