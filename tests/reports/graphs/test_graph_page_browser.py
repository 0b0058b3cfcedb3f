"""The page of a large graph in a real browser: its parts, larger and smaller, moved about in, without its script."""

import re
from pathlib import Path

import pytest
from browsers import WIDTHS, needs_chromium, opened, suits_everyone
from playwright.sync_api import Browser, Page, expect

from broadcast_orchestrator.reports.commands.graph import GraphOptions, run

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of the procedures, as the command writes it."""
    out = tmp_path_factory.mktemp("graph") / "procedures.html"
    assert run(asked=GraphOptions(what="procedures", faults=0, out=out)) == 0
    return out.as_uri()


def scale(page: Page) -> int:
    """How large the picture is shown, in percent."""
    return int(page.locator("#scale").inner_text().removesuffix(" %"))


def scrolled(page: Page) -> list[float]:
    """How far the picture that can be seen is scrolled."""
    box = "document.querySelector('.sheet:not([hidden]) .figure')"
    return [page.evaluate(f"{box}.scrollLeft"), page.evaluate(f"{box}.scrollTop")]


def test_it_opens_whole_and_part_by_part(browser: Browser, address: str) -> None:
    """Whole at first, as large as fits; a part by choice or by a link, which the address then names."""
    page = opened(browser, address)
    expect(page.locator(".sheet:visible")).to_have_count(1)
    expect(page.locator("#whole")).to_be_visible()
    assert scale(page) < 100
    page.locator("#part").select_option("part-host")
    expect(page.locator("#part-host")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="shutdown", exact=True).click()
    expect(page.locator("#part-shutdown")).to_be_visible()
    expect(page.locator(".sheet:visible")).to_have_count(1)
    page.wait_for_url(re.compile("#part-shutdown$"))
    page.close()
    again = opened(browser, f"{address}#part-shutdown")
    expect(again.locator("#part-shutdown")).to_be_visible()
    again.close()


def test_it_is_made_larger_and_moved_about_in(browser: Browser, address: str) -> None:
    """By buttons, by keys, by the wheel, by dragging; fitted, all of it is in view again."""
    page = opened(browser, address)
    fitted = scale(page)
    page.get_by_role("button", name="Larger").click()
    assert scale(page) > fitted
    page.get_by_role("button", name="Full size").click()
    assert scale(page) == 100
    before = scrolled(page)
    page.locator("#whole .figure").hover(position={"x": 500, "y": 300})
    page.mouse.down()
    page.mouse.move(300, 500)
    page.mouse.up()
    assert scrolled(page) != before
    page.locator("#whole .figure").press("-")
    assert scale(page) == 80
    page.get_by_role("button", name="Fit").click()
    assert scale(page) == fitted
    page.close()


def test_without_the_script_every_part_is_there(browser: Browser, address: str) -> None:
    """One below the other, each in a box that scrolls; nothing is there that would do nothing."""
    page = opened(browser, address, script=False)
    assert page.locator(".sheet:visible").count() == page.locator(".sheet").count() > 20
    expect(page.locator(".atlas-bar")).to_be_hidden()
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_and_can_be_used_by_everyone(browser: Browser, address: str, width: int) -> None:
    """At each width the page scrolls one way alone, and axe has no serious remark."""
    page = opened(browser, address, width)
    suits_everyone(page)
    page.close()


def test_a_part_that_was_asked_for_is_all_there_is(browser: Browser, tmp_path: Path) -> None:
    """With --filter the page has that part alone."""
    out = tmp_path / "idle.html"
    assert run(asked=GraphOptions(about="idle", out=out)) == 0
    page = opened(browser, out.as_uri())
    expect(page.locator(".sheet")).to_have_count(1)
    page.close()
