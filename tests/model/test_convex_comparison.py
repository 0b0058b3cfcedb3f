"""The simulated backend beside real Convex: the same arguments taken and refused, the same documents afterwards."""

import json
import subprocess
from functools import cache
from typing import Any

from node_parts import need
from places import TESTS
from session_writes import runs

from broadcast_orchestrator.model.api.backend import Backend, MutationRefused, SessionState, backend_of, mutate

STATES: tuple[SessionState | None, ...] = (None, "idle", "live", "paused")


@cache
def answers() -> list[dict[str, Any]]:
    """What Convex makes of every run, all asked at once."""
    command = [need(TESTS / "node"), str(TESTS / "node" / "convex" / "answer.mjs")]
    done = subprocess.run(command, input=json.dumps(runs()), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def played(run: list[dict[str, Any]]) -> tuple[Backend, list[bool]]:
    """The simulated backend after a run, and which of its writes it took."""
    backend, taken = backend_of("s1", "s2"), []
    for write in run:
        try:
            backend = mutate(backend, write["arguments"], write["now_ms"])
            taken.append(True)
        except MutationRefused:
            taken.append(False)
    return backend, taken


def test_it_takes_and_refuses_the_same_arguments() -> None:
    """Of more than a thousand writes, the simulated backend takes exactly those that Convex takes."""
    wrong = []
    for run, answer in zip(runs(), answers(), strict=True):
        for write, ours, theirs in zip(run, played(run)[1], answer["taken"], strict=True):
            if ours is not (theirs is True):
                wrong.append((write["arguments"], "taken here" if ours else "refused here", theirs))
    assert wrong == []


def test_the_comparison_has_something_to_compare() -> None:
    """Hundreds of the writes are taken and hundreds are refused, for each reason that there is."""
    said = [str(each) for answer in answers() for each in answer["taken"]]
    assert said.count("True") > 300
    for reason in (
        "Missing required field",
        "Unexpected field",
        "Expected ID",
        "Expected one of",
        "Expected `boolean`",
    ):
        assert sum(reason in each for each in said) > 20, reason
    assert sum("non-existent document" in each for each in said) > 5


def test_it_keeps_the_same_documents() -> None:
    """After every run the sessions say the same, field by field, and each state finds the same sessions."""
    for run, answer in zip(runs(), answers(), strict=True):
        backend, _ = played(run)
        assert [session.to_wire() for session in backend.sessions] == answer["sessions"]
        found = [[session.id for session in backend.by_broadcast_state(state)] for state in STATES]
        assert found == answer["found"]
