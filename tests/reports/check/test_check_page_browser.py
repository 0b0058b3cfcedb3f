"""The page of a check in a real browser: its filter, its copy buttons, narrow and wide, with and without the script."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from browsers import WIDTHS, needs_chromium, opened, suits_everyone
from playwright.sync_api import Browser, expect

from broadcast_orchestrator.properties.checking import CheckReport, check
from broadcast_orchestrator.properties.checking.baseline import compared
from broadcast_orchestrator.properties.mutants.starting import StartsTheHostFirst
from broadcast_orchestrator.reports.check.page import html
from broadcast_orchestrator.reports.check.words import Started
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject

pytestmark = needs_chromium

IN_VIEW = """[...document.querySelectorAll('.run')].every((box) => {
  const line = box.querySelector('.note-line.breach').getBoundingClientRect(), room = box.getBoundingClientRect();
  return room.left <= line.left && line.right <= room.right;
})"""
NAMES_STAY = """(() => {
  const box = document.querySelector('.run');
  box.scrollLeft = 10_000;
  return Math.abs(box.querySelector('.names').getBoundingClientRect().left - box.getBoundingClientRect().left) < 2;
})()"""


@pytest.fixture(scope="module")
def report() -> CheckReport:
    """A check of a core that starts its host first."""
    return check(partial(ReferenceSubject, StartsTheHostFirst), scenarios=10)


@pytest.fixture
def address(report: CheckReport, tmp_path: Path) -> str:
    """The page as a file, with two findings."""
    first = report.findings[0]
    second = first._replace(id="G99-0", kind=("G4", "another"), title="an unmistakable one, about producer.start")
    two = replace(report, findings=(first, second))
    (tmp_path / "index.html").write_text(html(two, compared(two.findings, ()), Started(("x",)), Dialect()))
    return (tmp_path / "index.html").as_uri()


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_runs_out_of_the_page_and_violations_are_in_view(browser: Browser, address: str, width: int) -> None:
    """At each width the page scrolls one way alone, every violation is in view, the lanes' names stay, and axe has no
    serious remark."""
    page = opened(browser, address, width)
    suits_everyone(page)
    assert page.evaluate(IN_VIEW) is True
    assert page.evaluate(NAMES_STAY) is True
    page.close()


def test_findings_can_be_searched_and_filtered(browser: Browser, address: str) -> None:
    """Words and a guarantee leave what fits, in the list and among the cards; a link to a hidden one shows it again."""
    page = opened(browser, address)
    page.get_by_label("Search").fill("UNMISTAKABLE producer.start")
    expect(page.get_by_role("status")).to_have_text("1 of 2 shown")
    expect(page.locator(".card:visible")).to_have_count(1)
    expect(page.locator(".overview li:visible")).to_have_count(1)
    page.get_by_label("Search").fill("")
    page.get_by_label("Guarantee").select_option("G4")
    expect(page.locator(".card:visible h3")).to_contain_text("an unmistakable one")
    page.evaluate("location.hash = document.querySelector('.card').id")
    expect(page.locator(".card:visible")).to_have_count(2)
    page.close()


def test_a_button_copies_the_command(browser: Browser, address: str) -> None:
    """Each command has one button, which says that it was pressed, and no other thing has one."""
    page = opened(browser, address)
    assert page.locator("button").count() == page.locator("div.copyable").count() == 3
    page.locator("button").first.click()
    expect(page.locator("button").first).to_have_text("Copied")
    page.close()


def test_without_the_script_everything_can_be_read(browser: Browser, address: str) -> None:
    """There is no filter then, and every card is there."""
    page = opened(browser, address, script=False)
    expect(page.locator(".filter")).to_be_hidden()
    expect(page.locator(".card:visible")).to_have_count(2)
    page.close()
