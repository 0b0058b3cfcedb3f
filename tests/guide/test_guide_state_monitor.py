"""Debugging / State Monitor Component, clause by clause; what the page itself does is in `test_monitor_browser`."""

import json
from html.parser import HTMLParser
from typing import Any

from broadcast_orchestrator.reports.monitor.app import Monitor
from broadcast_orchestrator.reports.monitor.orders import obey
from broadcast_orchestrator.reports.monitor.server import listening
from broadcast_orchestrator.reports.monitor.session import Session
from broadcast_orchestrator.sim.realtime.live_run import LiveRun


def give(session: Session, command: str, session_id: str = "") -> str:
    """The answer to a command that a page gives, once everything under way is over."""
    answer = obey(session, {"do": "command", "name": command, "session": session_id})
    while session.live.step():
        pass
    session.tell()
    return answer


def told(queue: Any) -> list[dict[str, Any]]:
    """What a page has been told, oldest first."""
    messages = [queue.get_nowait() for _ in range(queue.qsize())]
    return [json.loads(message.split("data: ", 1)[1]) for message in messages]


def test_the_monitor_follows_the_state_live() -> None:
    """A page that watches is told of every change of state as it happens, and only on this machine (MO-1)."""
    session = Session()
    page = session.join()
    give(session, "initialize")
    give(session, "start_broadcast", "s1")
    steps = [step for news in told(page) for step in news["steps"]]
    assert [change["target"] for step in steps for change in step["changes"]] == [
        "initializing",
        "ready",
        "starting",
        "live",
    ]
    with listening(0) as taken:
        assert taken.getsockname()[0] == "127.0.0.1"


def test_the_monitor_shows_history_and_error() -> None:
    """The history is there with reasons, oldest first, and after a failed start the error with its cause (MO-2)."""
    session = Session()
    give(session, "initialize")
    obey(session, {"do": "fail_next", "operation": "host.start", "kind": "refuse"})
    give(session, "start_broadcast")
    view = session.everything().view
    history = view.snapshot["orchestrator"]["history"]
    assert [(entry["target"], entry["reason"]) for entry in history] == [
        ("initializing", "system_init"),
        ("ready", "dependency_ready"),
        ("starting", "start_requested"),
        ("error", "startup_failed"),
    ]
    assert view.error == ("host.start failed: refused",)


def test_the_monitor_has_buttons() -> None:
    """A page can start, stop and recover; each button is on exactly when its command would be accepted (MO-3)."""
    session = Session()
    assert session.everything().view.commands["start_broadcast"] != ""
    give(session, "initialize")
    assert session.everything().view.commands["start_broadcast"] == ""
    for command, ends_in in (("start_broadcast", "live"), ("stop_broadcast", "ready"), ("start_broadcast", "live")):
        assert give(session, command) == ""
        assert session.everything().view.state == ends_in
    obey(session, {"do": "lose", "service": "host"})
    session.live.step()
    assert session.everything().view.commands["recover"] == ""
    give(session, "recover")
    assert session.everything().view.state == "ready"


class Panels(HTMLParser):
    """The panels of a page, and in which of them something with an id is."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.panel_of: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note what is inside of what."""
        given = dict(attributes)
        if tag == "details":
            self.open.append(given.get("class") or "")
        if name := given.get("id"):
            self.panel_of[name] = list(self.open)

    def handle_endtag(self, tag: str) -> None:
        """A panel ends."""
        if tag == "details":
            self.open.pop()


def test_the_monitor_shows_the_raw_snapshot() -> None:
    """The snapshot is told as plain JSON, part by part, and its place on the page is a panel that folds away (MO-4)."""
    session = Session()
    give(session, "initialize")
    assert isinstance(session.live, LiveRun)
    assert session.everything().view.snapshot == session.live.studio.snapshot.to_json()
    panels = Panels()
    panels.feed(Monitor(session, "token").html)
    assert panels.panel_of["snapshot"] == ["panel snapshot-panel"]
    assert panels.panel_of["state"] == ["panel state-panel"]


def test_the_page_keeps_no_state() -> None:
    """A page that is opened in the middle of a start is told exactly what one knows that has been there all along
    (BP-4)."""
    session = Session()
    early = session.join()
    give(session, "initialize")
    obey(session, {"do": "command", "name": "start_broadcast", "session": "s1"})
    session.live.step()
    session.tell()
    watched = told(early)
    (late,) = told(session.join())
    assert [step for news in watched for step in news["steps"]] == late["steps"]
    calls = {call["number"]: call for news in watched for call in news["calls"]}
    assert list(calls.values()) == late["calls"]
    assert watched[-1]["view"] == late["view"]
