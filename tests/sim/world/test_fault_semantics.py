"""The one definition of what faults do: complete, and what is derived from it is what each class means."""

from typing import cast

import pytest

from broadcast_orchestrator.sim.explore.partial_order import commutes_under
from broadcast_orchestrator.sim.explore.state_space import StateSpace
from broadcast_orchestrator.sim.world.fault_semantics import (
    AFTER_EFFECT,
    ANSWERED_BEFORE_EFFECT,
    BEFORE_EFFECT,
    CALL_FAULTS,
    DASHBOARD_FAULTS,
    FAILS_WITHOUT_EFFECT,
    OUT_OF_TURN,
    SEMANTICS,
    SERVICE_FAULTS,
    SILENT,
    can_hit,
    message_of,
    semantics_of,
)
from broadcast_orchestrator.sim.world.faults import FAULTS, FaultClass
from broadcast_orchestrator.sim.world.steps import from_json
from broadcast_orchestrator.sim.world.world import Scope

NEW = cast(FaultClass, "F99")
"""A class that nothing but its id is known of."""


def test_every_class_has_its_words_and_its_meaning() -> None:
    """The columns of the matrix are the classes, in their order, and each comes to something."""
    assert tuple(entry.id for entry in FAULTS) == tuple(FaultClass) == tuple(SEMANTICS)
    assert set(CALL_FAULTS) | set(SERVICE_FAULTS) | set(DASHBOARD_FAULTS) == set(FaultClass) - {FaultClass.NONE}


def test_a_class_without_a_meaning_is_refused_by_everyone_who_is_asked() -> None:
    """The definition, the search and the traces say so, and go on with nothing."""
    with pytest.raises(AssertionError):
        semantics_of(NEW)
    with pytest.raises(AssertionError):
        commutes_under(NEW)
    with pytest.raises(ValueError, match="'F99' is not a valid FaultClass"):
        StateSpace(Scope(faults=(NEW,), limit=1))
    with pytest.raises(ValueError, match="step 'mark': fault cannot be 'F99'"):
        from_json({"step": "mark", "service": "host", "flight": 0, "fault": "F99"})


def test_the_signs_of_the_faults_of_calls() -> None:
    """Where no clock runs, each shows in one way: and what the reply may say is part of it."""
    assert OUT_OF_TURN == {"F6": (True,)}
    assert list(SILENT) == ["F3", "F4"]
    assert BEFORE_EFFECT == {"F1": (False,), "F5": (True, False), "F8": (True,)}
    assert AFTER_EFFECT == {"F2": (False,), "F7": (True,)}
    assert sorted(ANSWERED_BEFORE_EFFECT) == ["F5", "F7"]
    assert sorted(FAILS_WITHOUT_EFFECT) == ["F1", "F11", "F4"]


def test_what_a_fault_can_hit() -> None:
    """The backend does not fall over, and it alone refuses writes."""
    hit = {entry.id: (can_hit(entry.id, "host.start"), can_hit(entry.id, "convex.live")) for entry in FAULTS}
    assert [fault for fault, on in hit.items() if on == (True, False)] == ["F9", "F9u", "F10"]
    assert [fault for fault, on in hit.items() if on == (False, True)] == ["F11"]


def test_what_a_failure_says() -> None:
    """The messages are part of the world, and so of every trace."""
    told = {fault: message_of(fault) for fault in FaultClass if message_of(fault) != "failed"}
    assert told == {"F1": "refused", "F2": "connection lost", "F4": "too late", "F11": "write conflict"}
    assert message_of("") == "failed"
