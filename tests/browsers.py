"""Pages in a real browser: headless Chromium, a page opened so that whatever its console says fails the test, and what
axe remarks about it. Tests that use this skip where there is no Playwright or no Chromium."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""A browser that needs no screen and asks nobody anything by itself."""

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")

WIDTHS = (390, 1024, 1440)
"""A telephone, a tablet, a desk, in pixels."""

SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"
"""How far the page scrolls sideways, in pixels."""


@contextmanager
def started() -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playing:
        browser = playing.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def opened(
    browser: Browser, address: str, width: int = 1440, *, script: bool = True, dark: bool = False, height: int = 900
) -> Page:
    """The page in a window of this width."""
    page = browser.new_page(
        viewport={"width": width, "height": height},
        java_script_enabled=script,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    page.on("console", lambda message: pytest.fail(message.text))
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(address)
    return page


def suits_everyone(page: Page) -> None:
    """The page scrolls one way alone, and axe has no serious remark."""
    assert page.evaluate(SIDEWAYS) == 0
    assert remarks(page) == []


def remarks(page: Page) -> list[tuple[str, list[Any]]]:
    """What axe finds serious or critical on the page: each rule, with the elements that break it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    found = axe.Axe().run(page).response["violations"]
    grave = (each for each in found if each["impact"] in ("serious", "critical"))
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in grave]
