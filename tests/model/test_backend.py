"""The backend: what its mutation writes, what it refuses, and how its sessions are found."""

import pytest

from broadcast_orchestrator.model.api.backend import (
    Backend,
    MutationRefused,
    SessionDocument,
    arguments_for,
    backend_of,
    mutate,
)

LIVE: dict[str, object] = {
    "id": "s1",
    "broadcastState": "live",
    "hostActive": True,
    "producerActive": True,
    "liveFeedActive": True,
}
IDLE: dict[str, object] = {
    "id": "s1",
    "broadcastState": "idle",
    "hostActive": False,
    "producerActive": False,
    "liveFeedActive": False,
}
PAUSED = LIVE | {"broadcastState": "paused"}


def refusal(arguments: object) -> str:
    """The one line with which the backend refuses the arguments."""
    with pytest.raises(MutationRefused) as caught:
        mutate(backend_of("s1", "s2"), arguments, 0)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def document(*writes: tuple[dict[str, object], float]) -> dict[str, object]:
    """Session s1 on the wire after the writes, each at its time in milliseconds."""
    backend = backend_of("s1")
    for arguments, now_ms in writes:
        backend = mutate(backend, arguments, now_ms)
    return backend.sessions[0].to_wire()


def test_a_fresh_session_says_nothing_of_a_broadcast() -> None:
    """The fields of a broadcast are optional: before the first write they are absent."""
    assert document() == {"_id": "s1"}


def test_becoming_live_is_written_with_its_time() -> None:
    """A live write stores the state and the three flags, and when the session was last active and became live."""
    assert document((LIVE, 1_000)) == {
        "_id": "s1",
        "broadcastState": "live",
        "hostActive": True,
        "producerActive": True,
        "liveFeedActive": True,
        "lastActiveTime": 1_000,
        "broadcastStartedAt": 1_000,
    }


def test_leaving_live_writes_how_long_it_lasted() -> None:
    """An idle write after a live one keeps the start and adds the duration."""
    assert document((LIVE, 1_000), (IDLE, 4_500)) == {
        "_id": "s1",
        "broadcastState": "idle",
        "hostActive": False,
        "producerActive": False,
        "liveFeedActive": False,
        "lastActiveTime": 4_500,
        "broadcastStartedAt": 1_000,
        "broadcastDuration": 3_500,
    }


def test_pausing_leaves_live_too() -> None:
    """A paused session is no longer live, so its duration is known."""
    assert document((LIVE, 100), (PAUSED, 250))["broadcastDuration"] == 150


def test_the_same_write_twice_only_says_when() -> None:
    """A write that arrives again, live or idle, moves the time of the last activity and nothing else."""
    once, again = document((LIVE, 10)), document((LIVE, 10), (LIVE, 70))
    assert again == once | {"lastActiveTime": 70}
    ended, twice = document((LIVE, 10), (IDLE, 70)), document((LIVE, 10), (IDLE, 70), (IDLE, 90))
    assert twice == ended | {"lastActiveTime": 90}


def test_an_idle_write_to_a_session_that_was_never_live_has_no_duration() -> None:
    """Without a broadcast there is neither a start nor a duration."""
    assert document((IDLE, 5)).keys().isdisjoint({"broadcastStartedAt", "broadcastDuration"})


def test_a_new_broadcast_begins_anew() -> None:
    """Going live again replaces the start and drops the duration of the broadcast before."""
    fields = document((LIVE, 10), (IDLE, 30), (LIVE, 100))
    assert fields["broadcastStartedAt"] == 100
    assert "broadcastDuration" not in fields


def test_a_mutation_leaves_the_old_backend_and_the_other_sessions_alone() -> None:
    """The backend passed in is the same value afterwards, and so is every session that the write does not name."""
    before = backend_of("s0", "s1", "s2")
    after = mutate(before, LIVE, 1)
    assert before == backend_of("s0", "s1", "s2")
    assert (after.sessions[0], after.sessions[2]) == (SessionDocument("s0"), SessionDocument("s2"))
    assert hash(mutate(before, LIVE, 1)) == hash(after)


def test_sessions_are_found_by_state_in_the_order_of_creation() -> None:
    """The index yields the sessions of one state as they were created, whatever was written last."""
    backend = backend_of("c", "a", "b")
    for session_id in ("b", "c"):
        backend = mutate(backend, LIVE | {"id": session_id}, 1)
    assert [found.id for found in backend.by_broadcast_state("live")] == ["c", "b"]
    assert [found.id for found in backend.by_broadcast_state(None)] == ["a"]
    assert backend.by_broadcast_state("paused") == ()


def test_the_orchestrator_writes_all_or_nothing() -> None:
    """The two writes of the orchestrator are live with every flag on and idle with every flag off."""
    assert arguments_for("s1", live=True) == LIVE
    assert arguments_for("s1", live=False) == IDLE


@pytest.mark.parametrize("missing", ["id", "broadcastState", "hostActive", "producerActive", "liveFeedActive"])
def test_every_argument_is_required(missing: str) -> None:
    """A write without any one of the five arguments is refused by name."""
    message = refusal({name: value for name, value in LIVE.items() if name != missing})
    assert message.startswith(f"{missing}: missing, expected ")


@pytest.mark.parametrize("flag", ["hostActive", "producerActive", "liveFeedActive"])
@pytest.mark.parametrize("value", [0, 1, "true", None, 1.0, [True]])
def test_a_flag_is_a_truth_value(flag: str, value: object) -> None:
    """Numbers, text and null are not taken for a flag."""
    assert refusal(LIVE | {flag: value}).startswith(f"{flag}: expected true or false, got ")


@pytest.mark.parametrize("value", ["ready", "Live", "", None, True, 1, ["live"]])
def test_a_state_is_one_of_three(value: object) -> None:
    """Any state but idle, live and paused is refused, the orchestrator's own among them."""
    assert refusal(LIVE | {"broadcastState": value}).startswith("broadcastState: expected 'idle', 'live' or 'paused',")


@pytest.mark.parametrize("state", ["idle", "live", "paused"])
def test_each_of_the_three_states_is_taken(state: str) -> None:
    """The three states of the schema are accepted, paused too, although nothing here ever writes it."""
    assert document((LIVE | {"broadcastState": state}, 1))["broadcastState"] == state


@pytest.mark.parametrize("value", [1, None, True, ["s1"], {"id": "s1"}])
def test_an_id_is_text(value: object) -> None:
    """What is not text cannot be an id."""
    assert refusal(LIVE | {"id": value}).startswith("id: expected the id of a session, got ")


def test_the_session_has_to_exist() -> None:
    """A write to a session that does not exist is refused, and none is created by it."""
    assert refusal(LIVE | {"id": "S1"}) == "id: no session 'S1', it has to be created first"
    with pytest.raises(MutationRefused):
        mutate(Backend(), LIVE, 0)


def test_an_unknown_field_is_refused_with_its_near_match() -> None:
    """A field too many is refused even when all others are right."""
    assert refusal(LIVE | {"host_active": True}) == "'host_active': unknown field, did you mean 'hostActive'?"
    assert refusal(LIVE | {"lastActiveTime": 3}).startswith("'lastActiveTime': unknown field")


def test_every_mistake_is_reported_at_once() -> None:
    """Missing, unknown and wrong fields stand side by side in one line."""
    assert refusal({"id": "s1", "broadcastState": "on", "hostActive": 1, "producerActive": True, "liveFeed": True}) == (
        "liveFeedActive: missing, expected true or false; "
        "broadcastState: expected 'idle', 'live' or 'paused', got 'on'; "
        "hostActive: expected true or false, got 1; "
        "'liveFeed': unknown field, did you mean 'liveFeedActive'?"
    )


@pytest.mark.parametrize("value", [None, [], "live", 5])
def test_arguments_are_named_fields(value: object) -> None:
    """Anything but named fields is refused."""
    assert refusal(value).startswith("arguments: expected the fields id, broadcastState, ")


def test_an_id_belongs_to_one_session() -> None:
    """A backend with the same id twice cannot be made."""
    with pytest.raises(ValueError, match=r"^session ids: 's1' is there twice, give each session its own$"):
        backend_of("s1", "s2", "s1")
