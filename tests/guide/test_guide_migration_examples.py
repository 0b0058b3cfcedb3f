"""The guide's heading Migration Examples: four pages that know the orchestrator and no service."""

import pytest

from broadcast_orchestrator.model.api import hooks
from broadcast_orchestrator.model.api.snapshot import BroadcastSnapshot
from broadcast_orchestrator.sim import Fault, Studio
from broadcast_orchestrator.sim.simulate.studio import Script


def button(snapshot: BroadcastSnapshot) -> tuple[str, bool]:
    """The label of a toggle, and whether it is enabled."""
    label = "Stop" if hooks.is_broadcasting(snapshot) else "Start"
    return label, not hooks.is_transitioning(snapshot)


def test_a_toggle_needs_two_answers() -> None:
    """EX-1: broadcasting and busy are enough for its label and for whether it is enabled."""
    studio = Studio()
    studio.run(studio.orchestrator.initialize())
    seen = [button(studio.snapshot)]
    start = studio.orchestrator.start_broadcast()
    seen.append(button(studio.snapshot))
    studio.run(start)
    seen.append(button(studio.snapshot))
    assert seen == [("Start", True), ("Start", False), ("Stop", True)]


def test_two_buttons_and_a_badge_need_three() -> None:
    """EX-2: the start is enabled in ready alone, the stop in live alone, and the badge is the state."""
    studio, seen = Studio(), []
    studio.orchestrator.subscribe(
        lambda new, _: seen.append(new),
        lambda snapshot: (hooks.can_start(snapshot), hooks.can_stop(snapshot), str(hooks.state(snapshot))),
    )
    studio.run(studio.orchestrator.initialize())
    studio.run(studio.orchestrator.start_broadcast())
    assert seen == [
        (False, False, "initializing"),
        (True, False, "ready"),
        (False, False, "starting"),
        (False, True, "live"),
    ]


def test_an_error_can_be_shown_by_who_kept_nothing() -> None:
    """EX-3: the start's event is dropped; the text is there all the same."""
    studio = Studio(faults=[Fault("session.start", "refuse")])
    studio.run(studio.orchestrator.initialize())
    studio.orchestrator.start_broadcast()
    studio.settle()
    assert hooks.error(studio.snapshot) == "session.start failed: refused"


@pytest.mark.parametrize(
    ("state", "view"),
    [
        ("initializing", "loading"),
        ("starting", "loading"),
        ("live", "on air"),
        ("stopping", "loading"),
        ("error", "error"),
    ],
)
def test_the_state_alone_tells_which_view_to_show(state: str, view: str) -> None:
    """EX-4: when the state comes up, the view chosen by it agrees with what the other hooks say."""
    studio = Studio(faults=[Fault("host.stop", "refuse")])
    studio.script(evening(studio))
    studio.run(studio.when(state))
    snapshot = studio.snapshot
    shown = "on air" if hooks.is_broadcasting(snapshot) else "error" if hooks.has_error(snapshot) else "loading"
    assert (shown, hooks.is_transitioning(snapshot)) == (view, view == "loading")


def evening(studio: Studio) -> Script:
    """Initialize, start, and a stop that fails."""
    yield studio.orchestrator.initialize()
    yield studio.orchestrator.start_broadcast()
    yield studio.wait(1)
    studio.orchestrator.stop_broadcast()
