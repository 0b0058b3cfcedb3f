"""Where results are kept: one SQLite file with the experiment in it and a row for each run.

Rows are written in bulk, a transaction a batch, always in the order of the runs: what is in the file is a beginning of
every point, so that an interrupted experiment goes on where it stopped, and nothing is kept in memory.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

from broadcast_orchestrator.sim.experiments.files import Study
from broadcast_orchestrator.sim.input.plain_data import json_value
from broadcast_orchestrator.sim.processes.lock_holders import holder_of

RESULTS = "results.sqlite"
"""The name of the file in a folder of results."""

WHY = "why"
"""The column that every store has: what went wrong in a run, "" where nothing did."""

PATIENCE_S, LOOK_EVERY_S = 10, 0.05
"""How long another program may keep the file locked, and how often to look whether it still does, in seconds."""

PLACE = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY")
"""How the names of those errors begin that are about the place of the file: a full disk, one that fails, a folder that
is gone or may not be written to."""

FORMAT = 2
_APPLICATION = 0x42524F41
"""What SQLite writes into the file's header, so that another database is not taken for results."""


class StoreError(ValueError):
    """A results file that cannot be used; the message is one line."""


Waiting = Callable[[str], None]
"""Told in a line that somebody holds the file, and who, before that is waited for."""


def in_silence(line: str) -> None:
    """Waits without a word."""


class Summary(NamedTuple):
    """How many runs have a value, the sum of the values, and the sum of the squares of their distance to the mean."""

    n: int
    total: float
    squares: float


class ResultStore:
    """A results file that is open. `columns` are those of a run, beside its point, its number and its seed."""

    def __init__(self, path: Path | None, connection: sqlite3.Connection, waiting: Waiting) -> None:
        self.path = path
        self._db, self._waiting = connection, waiting
        described = dict(connection.execute("SELECT key, value FROM experiment"))
        self.data: dict[str, Any] = json_value(described["data"])
        """The experiment, as `files.study` reads it."""
        self.columns: tuple[str, ...] = tuple(json_value(described["columns"]))
        self.made_by: str = described["made_by"]
        """The version of the package; another one may make other runs."""

    @classmethod
    def begin(
        cls, path: Path | None, study: Study, columns: Sequence[str], waiting: Waiting = in_silence
    ) -> "ResultStore":
        """Open the file, or make it; None is a file that has no name and is gone with this process, whatever ends it.

        Raises `StoreError` where it is no results file, or one of another experiment; how many runs are wanted makes
        no other experiment. Where somebody holds it, `waiting` is told, and it is waited for a while.
        """
        connection = _connected(path, waiting)
        try:
            _patiently(path, connection, waiting, lambda: _make(connection, study, columns))
        except (sqlite3.Error, UnicodeDecodeError) as mistake:
            connection.close()
            raise _trouble(path, mistake, "cannot be made, or is damaged") from None
        store = cls._opened(path, connection, waiting)
        if _asked(store.data) != _asked(study.data) or store.columns != tuple(columns):
            store.close()
            raise StoreError(f"{path}: holds the results of another experiment, try another folder")
        if store.made_by != version("broadcast-orchestrator"):
            store.close()
            raise StoreError(f"{path}: holds the results of version {store.made_by}, try another folder")
        return store

    @classmethod
    def read(cls, path: Path, waiting: Waiting = in_silence) -> "ResultStore":
        """Open a file that is there. Raises `StoreError` where it is no results file; `waiting` is told as above."""
        if not path.is_file():
            raise StoreError(f"{path}: no such file, try the results.sqlite of an earlier --out")
        return cls._opened(path, _connected(path, waiting), waiting)

    @classmethod
    def _opened(cls, path: Path | None, connection: sqlite3.Connection, waiting: Waiting) -> "ResultStore":
        def opened() -> ResultStore:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (found,) = connection.execute("PRAGMA user_version").fetchone()
            (sound,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if (application, found, sound) != (_APPLICATION, FORMAT, "ok"):
                raise sqlite3.DatabaseError
            store = cls(path, connection, waiting)
            if _columns_of(connection) != ("point", "run", "seed", *store.columns):
                raise sqlite3.DatabaseError
            return store

        try:
            return _patiently(path, connection, waiting, opened)
        except (sqlite3.DatabaseError, sqlite3.ProgrammingError, LookupError, TypeError, ValueError) as mistake:
            connection.close()
            told = "is not a results file that this version can read, or it is damaged"
            raise _trouble(path, mistake, told) from None

    def __enter__(self) -> "ResultStore":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close it; what went wrong with the file meanwhile is a `StoreError`."""
        self.close()
        if isinstance(error, sqlite3.Error):
            raise _trouble(self.path, error, f"cannot be used: {error}") from None

    def close(self) -> None:
        """Close the file; what was added stays."""
        self._db.close()

    def add(self, point: int, rows: Iterable[Sequence[Any]]) -> None:
        """Write the runs of one batch, all or none: their number, seed and columns."""
        marks = ", ".join("?" * (3 + len(self.columns)))
        values = [(point, *row) for row in rows]

        def add() -> None:
            with self._db:
                self._db.executemany(f"INSERT OR IGNORE INTO runs VALUES ({marks})", values)

        _patiently(self.path, self._db, self._waiting, add)

    def count(self, point: int) -> int:
        """How many runs of the point are there."""
        (found,) = self._db.execute("SELECT count(*) FROM runs WHERE point = ?", (point,)).fetchone()
        return int(found)

    @property
    def total(self) -> int:
        """How many runs there are in all."""
        (found,) = self._db.execute("SELECT count(*) FROM runs").fetchone()
        return int(found)

    @property
    def wrong(self) -> int:
        """In how many of them something went wrong."""
        (found,) = self._db.execute(f"SELECT count(*) FROM runs WHERE {WHY} <> ''").fetchone()
        return int(found)

    def summary(self, point: int, column: str, runs: int) -> Summary:
        """The values of a column among the first `runs` runs of the point."""
        (found,) = self.summaries(point, (column,), runs)
        return found

    def summaries(self, point: int, columns: Sequence[str], runs: int) -> list[Summary]:
        """The values of some columns among the first `runs` runs of the point, all of them in two passes."""
        where = "FROM runs WHERE point = ? AND run < ?"
        wanted = ", ".join(f"count({column}), total({column})" for column in columns)
        found = self._db.execute(f"SELECT {wanted} {where}", (point, runs)).fetchone()
        counts, totals = found[::2], found[1::2]
        means = [total / n if n else 0.0 for n, total in zip(counts, totals, strict=True)]
        distances = ", ".join(f"total(({column} - ?) * ({column} - ?))" for column in columns)
        given = [mean for mean in means for _ in range(2)]
        squares = self._db.execute(f"SELECT {distances} {where}", (*given, point, runs)).fetchone()
        return [Summary(*each) for each in zip(counts, totals, squares, strict=True)]

    def at_ranks(self, point: int, column: str, runs: int, ranks: Iterable[int | None]) -> dict[int, float]:
        """The values at some places, from 1, in the ascending order of the column."""
        wanted = sorted({rank for rank in ranks if rank is not None})
        if not wanted:
            return {}
        marks = ", ".join("?" * len(wanted))
        query = (
            f"SELECT place, value FROM (SELECT {column} AS value, row_number() OVER (ORDER BY {column}) AS place "
            f"FROM runs WHERE point = ? AND run < ? AND {column} IS NOT NULL) WHERE place IN ({marks})"
        )
        return {int(place): float(value) for place, value in self._db.execute(query, (point, runs, *wanted))}

    def ascending(self, point: int, column: str) -> Iterator[float]:
        """All values of the column at the point, the smallest first."""
        query = f"SELECT {column} FROM runs WHERE point = ? AND {column} IS NOT NULL ORDER BY {column}"
        return (float(value) for (value,) in self._db.execute(query, (point,)))

    def at_most(self, point: int, column: str, limit: float) -> int:
        """How many values of the column are at most `limit`."""
        query = f"SELECT count(*) FROM runs WHERE point = ? AND {column} <= ?"
        (found,) = self._db.execute(query, (point, limit)).fetchone()
        return int(found)

    def rows(self, point: int, columns: Sequence[str], runs: int, where: str = "1", limit: int = -1) -> Iterator[Any]:
        """The columns of the first `runs` runs of a point, in their order, where the SQL condition holds."""
        query = f"SELECT {', '.join(columns)} FROM runs WHERE point = ? AND run < ? AND {where} ORDER BY run LIMIT ?"
        return iter(self._db.execute(query, (point, runs, limit)))

    def causes(self, point: int, runs: int) -> Iterator[tuple[str, str, int, int, int]]:
        """The causes behind the first `runs` runs of a point that went wrong: the cause and why they count as wrong,
        how many there are, and the number and the seed of the first; in the order of the first."""
        cause = "cause" if "cause" in self.columns else "''"
        query = f"SELECT {cause}, why, count(*), min(run), seed FROM runs WHERE point = ? AND run < ? AND why <> ''"
        return iter(self._db.execute(f"{query} GROUP BY 1, 2 ORDER BY 4", (point, runs)))


def _trouble(path: Path | None, mistake: Exception, otherwise: str) -> StoreError:
    """What is wrong with the file, in one line: that somebody holds it, or otherwise this."""
    if path is None:
        return StoreError(f"results in a temporary file: {otherwise}; try --out DIR, or set TMPDIR to another folder")
    if _is_lock(mistake):
        return StoreError(f"{_locked(path)}; try again when that has ended")
    if getattr(mistake, "sqlite_errorname", "").startswith(PLACE):
        return StoreError(f"{path}: cannot be written, {mistake}; make room there, or try another folder")
    return StoreError(f"{path}: {otherwise}; try another folder")


Done = TypeVar("Done")


def _patiently(path: Path | None, connection: sqlite3.Connection, waiting: Waiting, do: Callable[[], Done]) -> Done:
    """Do it. Where somebody holds the file, say at once for whom it waits, and try again for a while."""
    deadline = None
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                return do()
            except sqlite3.OperationalError as mistake:
                if path is None or not _is_lock(mistake) or (deadline is not None and time.monotonic() >= deadline):
                    raise
                if deadline is None:
                    deadline = time.monotonic() + PATIENCE_S
                    waiting(f"{_locked(path)}; waiting up to {PATIENCE_S:g} seconds")
            time.sleep(LOOK_EVERY_S)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {round(PATIENCE_S * 1000)}")


def _locked(path: Path) -> str:
    return f"{path}: is locked by {holder_of(path, path.with_name(f'{path.name}-shm'))}"


def _is_lock(mistake: Exception) -> bool:
    return isinstance(mistake, sqlite3.OperationalError) and "locked" in str(mistake)


def _columns_of(connection: sqlite3.Connection) -> tuple[str, ...]:
    return tuple(name for _, name, *_ in connection.execute("PRAGMA table_info(runs)"))


def _connected(path: Path | None, waiting: Waiting) -> sqlite3.Connection:
    with ExitStack() as closing_it:
        try:
            connection = sqlite3.connect("" if path is None else path)
            closing_it.callback(connection.close)
            _patiently(path, connection, waiting, lambda: connection.execute("PRAGMA synchronous = NORMAL"))
        except (sqlite3.Error, UnicodeDecodeError) as mistake:  # a damaged name is no text
            raise _trouble(path, mistake, f"cannot be opened: {' '.join(str(mistake).split())}") from None
        closing_it.pop_all()
        return connection


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Whether there is nothing yet in the file, perhaps because whoever made it was killed right then."""
    try:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as mistake:
        if _is_lock(mistake):
            raise
        return False
    return bool(tables == 0)


def _make(connection: sqlite3.Connection, study: Study, columns: Sequence[str]) -> None:
    if _is_empty(connection):
        _create(connection, study, columns)


def _create(connection: sqlite3.Connection, study: Study, columns: Sequence[str]) -> None:
    described = {
        "data": json.dumps(study.data, sort_keys=True),
        "columns": json.dumps(list(columns)),
        "made_by": version("broadcast-orchestrator"),
    }
    made = ", ".join(f'"{column}"' for column in columns)
    connection.execute("PRAGMA journal_mode = WAL")
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("CREATE TABLE IF NOT EXISTS experiment (key TEXT PRIMARY KEY, value TEXT)")
        connection.execute("CREATE TABLE IF NOT EXISTS points (point INTEGER PRIMARY KEY, settings TEXT)")
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS runs (point INTEGER, run INTEGER, seed INTEGER, {made}, "
            "PRIMARY KEY (point, run)) WITHOUT ROWID"
        )
        settings = [(number, json.dumps(point.settings)) for number, point in enumerate(study.points)]
        connection.executemany("INSERT OR IGNORE INTO points VALUES (?, ?)", settings)
        connection.executemany("INSERT OR IGNORE INTO experiment VALUES (?, ?)", described.items())


def _asked(data: dict[str, Any]) -> str:
    """What decides the result of each run and each claim; how many runs there are does not."""
    return json.dumps({key: value for key, value in data.items() if key != "runs"}, sort_keys=True)
