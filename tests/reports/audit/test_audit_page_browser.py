"""The page of an audit in a real browser: it can be searched, read without its script, and used by everyone."""

from pathlib import Path

import pytest
from browsers import WIDTHS, needs_chromium, opened, suits_everyone
from playwright.sync_api import Browser, expect

from broadcast_orchestrator.properties.audit.audited import Remark
from broadcast_orchestrator.reports.audit.page import html

pytestmark = needs_chromium

REMARKS = (
    Remark("one", "gap", "settled", "Nobody says what a late reply means.", "seen", ("SU-6",), "R9 does", ("R9",)),
    Remark("two", "contradiction", "wrong", "A stop ends in two states.", "seen", ("SD-8",), "nobody has answered"),
)


@pytest.fixture
def address(tmp_path: Path) -> str:
    """The page as a file."""
    (tmp_path / "audit.html").write_text(html(REMARKS, "two remarks", "violated"))
    return (tmp_path / "audit.html").as_uri()


def test_remarks_can_be_searched(browser: Browser, address: str) -> None:
    """What is wrong comes first; words and a standing leave what fits."""
    page = opened(browser, address)
    expect(page.locator(".card h3").first).to_have_text("✗ A stop ends in two states.")
    page.get_by_label("Search").fill("late REPLY")
    expect(page.locator(".card:visible h3")).to_have_text(["✓ Nobody says what a late reply means."])
    page.get_by_label("Standing").select_option("wrong")
    expect(page.locator(".card:visible")).to_have_count(0)
    page.close()


def test_without_the_script_everything_can_be_read(browser: Browser, address: str) -> None:
    """There is no filter then, and every remark is there."""
    page = opened(browser, address, script=False)
    expect(page.locator(".filter")).to_be_hidden()
    expect(page.locator(".card:visible")).to_have_count(2)
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_and_can_be_used_by_everyone(browser: Browser, address: str, width: int) -> None:
    """At each width the page scrolls one way alone, and axe has no serious remark."""
    page = opened(browser, address, width)
    suits_everyone(page)
    page.close()
