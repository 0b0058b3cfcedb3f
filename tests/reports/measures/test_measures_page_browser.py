"""The page of measures in a real browser: it fits, and everyone can use it."""

from pathlib import Path

import pytest
from browsers import SIDEWAYS, WIDTHS, needs_chromium, opened, suits_everyone
from playwright.sync_api import Browser, expect
from test_measures_command import small_report

from broadcast_orchestrator.reports.measures.page import html

pytestmark = needs_chromium


@pytest.fixture
def address(tmp_path: Path) -> str:
    """The page as a file."""
    (tmp_path / "measures.html").write_text(html(small_report()))
    return (tmp_path / "measures.html").as_uri()


def test_the_matrix_comes_first_in_pairs(browser: Browser, address: str) -> None:
    """Beside each other the guide, where G14 is broken by design, and all measures, where it is proved."""
    page = opened(browser, address)
    squares = page.locator("#matrix tr", has_text="G14").locator(".square .hidden")
    expect(squares).to_have_text(["by design", "proved"])
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dark", [False, True])
def test_it_suits_everyone(browser: Browser, address: str, width: int, dark: bool) -> None:
    """Nothing scrolls sideways but the tables themselves, and axe has no serious remark."""
    page = opened(browser, address, width, dark=dark)
    assert page.evaluate(SIDEWAYS) <= 0
    suits_everyone(page)
    page.close()
