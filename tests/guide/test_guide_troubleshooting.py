"""The guide's heading Troubleshooting: a dead button, a late view, and a stuck error."""

import pytest

from broadcast_orchestrator.model import CommandFailed
from broadcast_orchestrator.model.api import hooks
from broadcast_orchestrator.sim import Fault, Studio


def test_state_possibility_and_error_explain_a_dead_button() -> None:
    """TR-1: idle without an error means not initialized; an error has its text; an empty feed is named as missing."""
    studio = Studio(faults=[Fault("host.initialize", "refuse", first=1)], config={"max_retries": 0})
    explained = [(str(studio.state), studio.orchestrator.can_start_broadcast(), hooks.error(studio.snapshot))]
    with pytest.raises(CommandFailed):
        studio.run(studio.orchestrator.initialize())
    explained.append((str(studio.state), studio.orchestrator.can_start_broadcast(), hooks.error(studio.snapshot)))
    assert explained == [("idle", False, None), ("error", False, "host.initialize failed: refused")]
    studio.run(studio.orchestrator.initialize())
    studio.fill(False)
    assert (
        studio.orchestrator.validate_transition("starting").reason == "Cannot start broadcast: live feed has no content"
    )


def test_a_view_that_comes_late_reads_the_present_state() -> None:
    """TR-2: a listener that goes and comes back misses the news in between, and reads the state as it is."""
    studio, heard = Studio(), []
    unsubscribe = studio.orchestrator.subscribe(lambda new, _: heard.append(str(new)), hooks.state)
    studio.run(studio.orchestrator.initialize())
    unsubscribe()
    studio.run(studio.orchestrator.start_broadcast())
    assert hooks.state(studio.snapshot) == "live"
    studio.orchestrator.subscribe(lambda new, _: heard.append(str(new)), hooks.state)
    studio.orchestrator.stop_broadcast()
    assert heard == ["initializing", "ready", "stopping"]


def test_a_recover_leads_out_of_a_stuck_error() -> None:
    """TR-3: through idle and initializing to ready."""
    studio = Studio(faults=[Fault("host.start", "refuse")])
    studio.run(studio.orchestrator.initialize())
    studio.orchestrator.start_broadcast()
    studio.run(studio.when("error"))
    studio.run(studio.orchestrator.recover())
    assert [str(entry.target) for entry in studio.history][-4:] == ["error", "idle", "initializing", "ready"]
