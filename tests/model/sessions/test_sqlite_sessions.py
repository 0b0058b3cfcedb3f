"""Sessions in a file: the guide's schema and its mutation, with two processes writing, and one of them killed."""

import asyncio
import random
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from pathlib import Path

import pytest
from session_writes import runs

from broadcast_orchestrator.model.api.backend import Backend, MutationRefused, arguments_for, backend_of, mutate
from broadcast_orchestrator.model.sessions import SessionFileError, SqliteSessions

LIVE, IDLE = arguments_for("s1", live=True), arguments_for("s1", live=False)


def program(path: Path, body: str) -> "subprocess.Popen[str]":
    """A process of its own that has the sessions at `path` open as `sessions`."""
    head = """
        import sys, time
        from broadcast_orchestrator.model.api.backend import arguments_for
        from broadcast_orchestrator.model.sessions import SqliteSessions
        sessions = SqliteSessions(sys.argv[1], patience_ms=60_000)
    """
    code = textwrap.dedent(head) + textwrap.dedent(body)
    return subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)


def first_line(process: "subprocess.Popen[str]") -> str:
    """What the process says first."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: "subprocess.Popen[str]") -> None:
    """Kill the process, as `kill -9` does."""
    process.kill()
    process.communicate(timeout=10)


# -- The schema and the mutation ------------------------------------------------------------------


def test_the_file_has_the_guides_fields_literals_and_index(tmp_path: Path) -> None:
    """Whoever opens it with SQLite finds the names of the guide, and cannot write a state that there is not."""
    SqliteSessions(tmp_path / "sessions").create("s1")
    db = sqlite3.connect(tmp_path / "sessions")
    assert [row[1] for row in db.execute("PRAGMA table_info(sessions)")] == [
        "number", "_id", "broadcastState", "hostActive", "producerActive", "liveFeedActive", "lastActiveTime",
        "broadcastStartedAt", "broadcastDuration",
    ]  # fmt: skip
    assert [row[2] for row in db.execute("PRAGMA index_info(by_broadcastState)")] == ["broadcastState"]
    for wrong in ("broadcastState = 'stopped'", "hostActive = 2", "producerActive = 'yes'"):
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(f"UPDATE sessions SET {wrong}")
    db.close()


def test_it_is_the_mutation_of_the_backend(tmp_path: Path) -> None:
    """Four hundred runs of writes, proper and not: it takes and refuses the same, and ends with the same documents, all
    times and durations included."""
    now, wrong = [0.0], list[tuple[object, ...]]()
    for number, run in enumerate(runs()[:400]):
        sessions = SqliteSessions(":memory:", now=lambda: now[0])
        backend = backend_of("s1", "s2")
        for session in backend.sessions:
            sessions.create(session.id)
        for write in run:
            now[0] = write["now_ms"]
            here = there = ""
            try:
                sessions.mutate(write["arguments"])
            except MutationRefused as refused:
                here = str(refused)
            try:
                backend = mutate(backend, write["arguments"], write["now_ms"])
            except MutationRefused as refused:
                there = str(refused)
            if here != there:
                wrong.append((number, write, here, there))
        if sessions.sessions() != backend:
            wrong.append((number, run, str(sessions.sessions()), str(backend)))
        sessions.close()
    assert wrong == []


def test_sessions_are_found_by_what_they_say(tmp_path: Path) -> None:
    """In the order of their creation; creating one again leaves it as it is, and an empty id is a mistake."""
    sessions = SqliteSessions(tmp_path / "sessions")
    for name in ("b", "a", "c"):
        sessions.create(name)
    for name in ("c", "b"):
        sessions.mutate(arguments_for(name, live=True))
    assert sessions.create("b").broadcast_state == "live"
    assert [session.id for session in sessions.by_broadcast_state("live")] == ["b", "c"]
    assert [session.id for session in sessions.by_broadcast_state(None)] == ["a"]
    assert sessions.get("d") is None
    with pytest.raises(ValueError, match="session id: is empty"):
        sessions.create("")


def test_the_date_is_javascripts(tmp_path: Path) -> None:
    """`lastActiveTime` counts milliseconds since 1970, as `Date.now()` does."""
    sessions = SqliteSessions(tmp_path / "sessions")
    sessions.create("s1")
    before = time.time() * 1000
    sessions.mutate(LIVE)
    document = sessions.get("s1")
    assert document is not None
    assert document.last_active_time is not None
    assert before - 1 <= document.last_active_time <= time.time() * 1000


def test_what_is_kept_is_there_after_closing(tmp_path: Path) -> None:
    """Another program that opens the file finds what was written."""
    sessions = SqliteSessions(tmp_path / "sessions")
    sessions.create("s1")
    sessions.mutate(LIVE)
    kept = sessions.sessions()
    sessions.close()
    assert SqliteSessions(tmp_path / "sessions").sessions() == kept


def _database_of_somebody_else(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE somebody (elses TEXT)")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_text("no database, but a shopping list"), "cannot be used as sessions (file is not a"),
        (lambda path: path.mkdir(), "cannot be opened (unable to open database file)"),
        (
            _database_of_somebody_else,
            "is no file of sessions that this version can read, try another",
        ),
    ],
)
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, make: object, said: str) -> None:
    """In one line, and it stays as it is."""
    path = tmp_path / "file"
    make(path)  # type: ignore[operator]
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(SessionFileError) as refused:
        SqliteSessions(path)
    assert str(refused.value).startswith(f"{path}: {said}")
    assert "\n" not in str(refused.value)
    assert (path.read_bytes() if path.is_file() else None) == before


# -- On an event loop -----------------------------------------------------------------------------


def test_writes_are_awaited_and_take_effect_in_turn(tmp_path: Path) -> None:
    """A hundred writes that nobody waits for in between end with the last one; a refusal is raised where it is awaited,
    and one whose loop has ended disturbs nobody."""
    sessions = SqliteSessions(tmp_path / "sessions")
    sessions.create("s1")

    async def story() -> None:
        writes = [sessions.update_broadcast_state(arguments_for("s1", live=bool(n % 2))) for n in range(100)]
        with pytest.raises(MutationRefused, match="no session 's2'"):
            await sessions.update_broadcast_state(arguments_for("s2", live=True))
        assert all(write.done() for write in writes)
        sessions.update_broadcast_state(IDLE)

    asyncio.run(story())
    document = sessions.get("s1")
    assert document is not None
    assert document.broadcast_state in ("live", "idle")


def test_a_write_that_waits_does_not_keep_the_loop_waiting(tmp_path: Path) -> None:
    """While another process writes, the loop goes on; the write is taken when that is over, or fails in words."""
    path = tmp_path / "sessions"
    SqliteSessions(path).create("s1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def story() -> None:
        write = SqliteSessions(path).update_broadcast_state(LIVE)
        hurried = SqliteSessions(path, patience_ms=1).update_broadcast_state(LIVE)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await hurried
        await asyncio.sleep(0.01)
        assert not write.done()
        other.execute("COMMIT")
        await write

    asyncio.run(story())
    other.close()


# -- Processes ------------------------------------------------------------------------------------


def is_whole(backend: Backend) -> bool:
    """Whether every session says what one of the writes said, all of it."""
    return all(
        (session.broadcast_state == "live")
        is session.host_active
        is session.producer_active
        is session.live_feed_active
        and (session.broadcast_duration is None) is (session.broadcast_state == "live")
        for session in backend.sessions
    )


def test_two_processes_that_count_lives_never_count_one_twice(tmp_path: Path) -> None:
    """Each asks a hundred times while the other does; a third goes on where they ended, after a kill, too."""
    path = tmp_path / "sessions"
    body = """
        for _ in range(100):
            print(sessions.new_life(), flush=True)
    """
    counters = [program(path, body), program(path, body)]
    lives = [list(map(int, counter.communicate(timeout=120)[0].split())) for counter in counters]
    assert sorted(lives[0] + lives[1]) == list(range(1, 201))
    assert lives == [sorted(each) for each in lives]
    counter = program(path, "print(sessions.new_life(), flush=True); time.sleep(60)")
    assert first_line(counter) == "201"
    end(counter)
    assert SqliteSessions(path).new_life() == 202


def test_of_two_processes_one_has_the_lease(tmp_path: Path) -> None:
    """Of two that ask at once one gets it; a killed one keeps it until its time is over, and may itself renew it."""
    path = tmp_path / "sessions"
    askers = [program(path, f"print(sessions.lease('{name}', 60_000), flush=True); time.sleep(60)") for name in "ab"]
    assert sorted(map(first_line, askers)) == ["False", "True"]
    for asker in askers:
        end(asker)
    now = [time.time() * 1000]
    sessions = SqliteSessions(path, now=lambda: now[0])
    assert not sessions.lease("c", 100)
    now[0] += 60_000
    assert sessions.lease("c", 100)
    now[0] += 99
    assert (sessions.lease("d", 100), sessions.lease("c", 100)) == (False, True)
    now[0] += 100
    assert sessions.lease("d", 100)


def test_two_processes_that_write_lose_nothing(tmp_path: Path) -> None:
    """Each creates sessions and writes to its own and to the other's: all are there, each as one write has it."""
    path = tmp_path / "sessions"
    body = """
        for n in range(60):
            sessions.create(f"{n % 30}")
            sessions.mutate(arguments_for(f"{n % 30}", live=True))
            sessions.mutate(arguments_for(f"{n % 30}", live=False))
    """
    writers = [program(path, body), program(path, body)]
    assert [writer.communicate(timeout=120)[0] for writer in writers] == ["", ""]
    assert [writer.returncode for writer in writers] == [0, 0]
    backend = SqliteSessions(path).sessions()
    assert sorted(int(session.id) for session in backend.sessions) == list(range(30))
    assert is_whole(backend)
    assert {session.broadcast_state for session in backend.sessions} == {"idle"}


def test_a_process_that_is_killed_leaves_whole_documents(tmp_path: Path) -> None:
    """A writer is killed at twelve seeded moments: each time the file is sound, every session says what one write said,
    and the next write is taken at once."""
    path, luck = tmp_path / "sessions", random.Random(12)
    for _ in range(12):
        writer = program(
            path,
            """
            for name in "abc":
                sessions.create(name)
                sessions.mutate(arguments_for(name, live=True))
            print("writing", flush=True)
            for n in range(1_000_000):
                sessions.mutate(arguments_for("abc"[n % 3], live=n % 2 == 0))
        """,
        )
        assert first_line(writer) == "writing"
        time.sleep(luck.uniform(0, 0.03))
        end(writer)
        sessions = SqliteSessions(path, patience_ms=0)
        assert sessions._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert [session.id for session in sessions.sessions().sessions] == ["a", "b", "c"]
        assert is_whole(sessions.sessions())
        sessions.mutate(arguments_for("a", live=False))
        sessions.close()


def test_a_process_that_is_killed_while_it_writes_is_in_nobodys_way(tmp_path: Path) -> None:
    """It dies between reading and writing, with the lock in its hand: what it began has not happened."""
    path = tmp_path / "sessions"
    sessions = SqliteSessions(path, patience_ms=0)
    sessions.create("s1")
    writer = program(
        path,
        """
        with sessions._transaction() as db:
            db.execute("UPDATE sessions SET broadcastState = 'live'")
            print("writing", flush=True)
            time.sleep(60)
    """,
    )
    assert first_line(writer) == "writing"
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        sessions.mutate(LIVE)
    end(writer)
    assert sessions.sessions() == backend_of("s1")
    sessions.mutate(LIVE)
