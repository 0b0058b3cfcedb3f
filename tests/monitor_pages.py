"""The monitor's page in a real browser, served on this machine, and what every test does on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
import uvicorn
from browsers import needs_chromium
from playwright.sync_api import BrowserContext, Page, expect

from broadcast_orchestrator.reports.monitor.app import application
from broadcast_orchestrator.reports.monitor.server import Server, listening
from broadcast_orchestrator.reports.monitor.session import Session

__all__ = ["go_live", "is_in", "needs_chromium", "opened", "press", "served"]


@contextmanager
def served(session: Session) -> Iterator[str]:
    """The address at which this session is served meanwhile."""
    taken = listening(0)
    server = Server(uvicorn.Config(application(session, "token"), log_level="critical", ws="none"), session)
    thread = Thread(target=server.run, kwargs={"sockets": [taken]})
    thread.start()
    yield f"http://127.0.0.1:{taken.getsockname()[1]}/"
    server.should_exit = True
    thread.join(20)
    taken.close()


def opened(context: BrowserContext, address: str) -> Page:
    """The page, once it has been told everything; whatever is wrong in it fails the test."""
    page = context.new_page()
    page.on("pageerror", lambda mistake: pytest.fail(f"the page fails: {mistake}"))
    page.goto(address)
    expect(page.locator("#run")).not_to_have_text("connecting …")
    return page


def press(page: Page, name: str) -> None:
    """Click the command button with this name, as soon as the rules let it be clicked."""
    button = page.get_by_role("group", name="Commands").get_by_role("button", name=name, exact=True)
    expect(button).to_have_attribute("aria-disabled", "false")
    button.click()


def is_in(page: Page, state: str) -> None:
    """Wait until the page shows this state, in words and in the graph."""
    expect(page.locator("#state")).to_have_text(state)
    expect(page.locator("#graph .node.lit")).to_have_attribute("data-id", state)


def go_live(page: Page, session: str = "") -> None:
    """On air."""
    press(page, "Initialize")
    is_in(page, "ready")
    page.locator("#session").fill(session)
    press(page, "Start")
    is_in(page, "live")
