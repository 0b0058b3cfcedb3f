"""The guide's heading Convex Integration: what the orchestrator writes to the backend, and when."""

from broadcast_orchestrator.sim import Studio


def live(session: str) -> Studio:
    """A studio in live, whose backend knows two sessions."""
    studio = Studio(latency={"*": 10}, sessions=["s1", "s2"])
    studio.run(studio.orchestrator.initialize())
    studio.run(studio.orchestrator.start_broadcast(session))
    return studio


def test_a_start_writes_live_and_all_flags_to_its_session() -> None:
    """CX-1 and CX-4: the named session is live from the moment of the write; the other one was never written."""
    studio = live("s2")
    first, second = (document.to_wire() for document in studio.snapshot.convex.sessions)
    assert first == {"_id": "s1"}
    assert 50 < second.pop("lastActiveTime") == second.pop("broadcastStartedAt") < 60
    assert second == {
        "_id": "s2",
        "broadcastState": "live",
        "hostActive": True,
        "producerActive": True,
        "liveFeedActive": True,
    }


def test_a_session_is_found_by_what_the_backend_says_of_it() -> None:
    """CX-1: s2 is found under live, and after the stop under idle."""
    studio = live("s2")
    assert [document.id for document in studio.backend.by_broadcast_state("live")] == ["s2"]
    studio.run(studio.orchestrator.stop_broadcast())
    assert [document.id for document in studio.backend.by_broadcast_state("idle")] == ["s2"]


def test_a_stop_writes_idle_and_clears_all_flags() -> None:
    """CX-2 and CX-3: only the broadcast's fields and the time of last activity change; the start's time stays."""
    studio = live("s1")
    before = studio.snapshot.convex.sessions[0]
    studio.run(studio.orchestrator.stop_broadcast())
    after = studio.snapshot.convex.sessions[0]
    assert after[:5] == ("s1", "idle", False, False, False)
    assert after.broadcast_started_at == before.broadcast_started_at
    assert after.broadcast_duration == (after.last_active_time or 0) - (before.broadcast_started_at or 0)


def test_the_documents_agree_with_the_world() -> None:
    """CX-4: the sessions that the backend's documents call live are those of the world's truth."""
    studio = live("s1")
    studio.run(studio.orchestrator.emergency_stop())
    studio.run(studio.orchestrator.initialize())
    studio.run(studio.orchestrator.start_broadcast("s2"))
    documents = studio.backend.by_broadcast_state("live")
    assert tuple(document.id for document in documents) == studio.world.truth.backend == ("s1", "s2")
