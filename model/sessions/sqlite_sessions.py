"""Sessions in a file of this machine: SQLite, with the guide's schema (clause CX-1).

A write is one transaction that takes the lock before it reads, so two processes never mix theirs, and one that is
killed leaves what was there before or what it wrote, never a part.
"""

import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from broadcast_orchestrator.model.api.backend import (
    SESSION_STATES,
    WIRE_NAMES,
    Backend,
    MutationRefused,
    SessionDocument,
    SessionState,
    checked_arguments,
    mutate,
)
from broadcast_orchestrator.model.sessions.in_turn import WritesInTurn

APPLICATION, FORMAT = 0x42524353, 1
"""What SQLite writes into the file's header, so that another database is not taken for sessions."""

_FLAGS = ("hostActive", "producerActive", "liveFeedActive")
_TIMES = ("lastActiveTime", "broadcastStartedAt", "broadcastDuration")
_STATES = ", ".join(f"'{state}'" for state in SESSION_STATES)

SCHEMA = f"""
CREATE TABLE sessions (
    number INTEGER PRIMARY KEY,
    _id TEXT NOT NULL UNIQUE,
    broadcastState TEXT CHECK (broadcastState IN ({_STATES})),
    {"".join(f"{flag} INTEGER CHECK ({flag} IN (0, 1)), " for flag in _FLAGS)}
    {", ".join(f"{name} REAL" for name in _TIMES)}
);
CREATE INDEX by_broadcastState ON sessions (broadcastState);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
"""

_COLUMNS = ", ".join(WIRE_NAMES)
_CHANGES = ", ".join(f"{name} = ?" for name in WIRE_NAMES[1:])


class SessionFileError(ValueError):
    """A file that cannot be used as sessions; the message is one line."""


def epoch_ms() -> float:
    """The date, in milliseconds since 1970, as `Date.now()` tells it."""
    return float(time.time_ns() // 1_000_000)


class SqliteSessions(WritesInTurn):
    """The sessions in the file at `path`, which is made where it is missing. Several processes may have it open.

    `patience_ms` is how long a write waits for another process's; `now` tells the date, in milliseconds since 1970.
    Raises `SessionFileError` where the file cannot be used.
    """

    def __init__(self, path: str | Path, patience_ms: int = 5_000, now: Callable[[], float] = epoch_ms) -> None:
        super().__init__()
        self.path = Path(path)
        self._now = now
        self._lock = threading.Lock()
        self._db = _opened(self.path, patience_ms / 1000)
        weakref.finalize(self, self._db.close)  # whoever does not close it leaves nothing open

    # -- Writing --------------------------------------------------------------------------------------

    def create(self, session_id: str) -> SessionDocument:
        """A fresh session of that id; one that is there stays as it is, and is returned."""
        if not session_id:
            raise ValueError("session id: is empty")
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO sessions (_id) VALUES (?)", (session_id,))
            return _documents(db, "WHERE _id = ?", session_id)[0]

    def mutate(self, arguments: Mapping[str, object], number: int | None = None) -> None:
        """The mutation, as `model.api.backend.mutate` has it, durations and `lastActiveTime` included. Raises
        `MutationRefused`, and changes nothing, for arguments that cannot be, for a session that does not exist, and
        for a `number` that is older than one that was taken (see `new_life`)."""
        checked = checked_arguments(arguments)
        with self._transaction() as db:
            if number is not None:
                _take_number(db, number)
            before = Backend(_documents(db, "WHERE _id = ?", checked["id"]))
            (after,) = mutate(before, checked, self._now()).sessions
            db.execute(f"UPDATE sessions SET {_CHANGES} WHERE _id = ?", (*after[1:], after.id))

    def new_life(self) -> int:
        """The number of another orchestrator's life: 1 more than the newest, whichever process asks (the measure
        "fencing", see `model.measures`)."""
        with self._transaction() as db:
            life = _number(db, LIFE) + 1
            _keep_number(db, LIFE, life)
            return life

    def lease(self, holder: str, lease_ms: float) -> bool:
        """Whether the holder has the lease from now on, for so many milliseconds; nobody else may have it now."""
        with self._transaction() as db:
            db.execute("CREATE TABLE IF NOT EXISTS lease (one INTEGER PRIMARY KEY, holder TEXT, until REAL)")
            found, now = db.execute("SELECT holder, until FROM lease").fetchone(), self._now()
            is_free = found is None or found[0] == holder or found[1] <= now
            if is_free:
                db.execute("INSERT OR REPLACE INTO lease VALUES (1, ?, ?)", (holder, now + lease_ms))
            return is_free

    # -- Reading --------------------------------------------------------------------------------------

    def get(self, session_id: str) -> SessionDocument | None:
        """The session with that id, or None."""
        return next(iter(self._read("WHERE _id = ?", session_id)), None)

    def by_broadcast_state(self, state: SessionState | None) -> tuple[SessionDocument, ...]:
        """The sessions of which the store says `state` (None: nothing yet), in the order of their creation."""
        return self._read("WHERE broadcastState IS ?", state)

    def live(self, number: int | None = None) -> tuple[str, ...]:
        """The ids of the sessions that are live, in the order of their creation. Raises `MutationRefused` for a
        `number` that is older than one that was taken."""
        if number is not None:
            with self._transaction() as db:
                _take_number(db, number)
                return tuple(each.id for each in _documents(db, "WHERE broadcastState IS ?", "live"))
        return tuple(each.id for each in self.by_broadcast_state("live"))

    def sessions(self) -> Backend:
        """All sessions."""
        return Backend(self._read(""))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _read(self, where: str, *values: object) -> tuple[SessionDocument, ...]:
        with self._lock:
            return _documents(self._db, where, *values)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and nobody else's between reading and writing."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            with self._db:
                yield self._db


def _opened(path: Path, patience_s: float) -> sqlite3.Connection:
    try:
        db = sqlite3.connect(path, timeout=patience_s, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as mistake:
        raise SessionFileError(f"{path}: cannot be opened ({mistake})") from None
    try:
        db.execute("PRAGMA synchronous = FULL")
        if _is_empty(db):
            _create(db)
        found = (db.execute("PRAGMA application_id").fetchone()[0], db.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error as mistake:
        db.close()
        raise SessionFileError(f"{path}: cannot be used as sessions ({mistake})") from None
    if found != (APPLICATION, FORMAT):
        db.close()
        raise SessionFileError(f"{path}: is no file of sessions that this version can read, try another")
    return db


def _is_empty(db: sqlite3.Connection) -> bool:
    return not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]


def _create(db: sqlite3.Connection) -> None:
    """Make the table, unless another process has been quicker."""
    db.execute("BEGIN IMMEDIATE")
    with db:
        if _is_empty(db):
            for statement in SCHEMA.split(";"):
                db.execute(statement)


def _documents(db: sqlite3.Connection, where: str, *values: object) -> tuple[SessionDocument, ...]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM sessions {where} ORDER BY number", values)
    return tuple(_document(*row) for row in rows)


def _document(session_id: str, state: SessionState | None, *values: float | None) -> SessionDocument:
    host, producer, feed = (None if flag is None else bool(flag) for flag in values[:3])
    return SessionDocument(session_id, state, host, producer, feed, *values[3:])


# -- Numbers --------------------------------------------------------------------------------------

LIFE, NEWEST = "life", "newest write"
"""What is counted: the lives of orchestrators, and the newest command that has written or read."""


def _number(db: sqlite3.Connection, name: str) -> int:
    """How far it is; files in which nothing has been counted yet have no table for it."""
    db.execute("CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL)")
    found = db.execute("SELECT value FROM numbers WHERE name = ?", (name,)).fetchone()
    return 0 if found is None else int(found[0])


def _keep_number(db: sqlite3.Connection, name: str, value: int) -> None:
    db.execute("INSERT OR REPLACE INTO numbers VALUES (?, ?)", (name, value))


def _take_number(db: sqlite3.Connection, number: int) -> None:
    """The newest command is this one. Raises `MutationRefused` where it is not."""
    newest = _number(db, NEWEST)
    if number < newest:
        raise MutationRefused(f"number: {number} is older than {newest}, which was taken already")
    _keep_number(db, NEWEST, number)
