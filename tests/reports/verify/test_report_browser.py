"""The page of a verification in a real browser: its matrix can be searched and filtered, and everyone can use it."""

import pytest
from browsers import WIDTHS, needs_chromium, opened, suits_everyone
from playwright.sync_api import Browser, Page, expect

from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, UNKNOWN, VIOLATED, Cell, Violation, Witness
from broadcast_orchestrator.properties.verification.verification import SpaceSummary, Verification
from broadcast_orchestrator.reports.verify.files import write_reports
from broadcast_orchestrator.reports.verify.report import gather
from broadcast_orchestrator.reports.verify.witnesses import told
from broadcast_orchestrator.sim.world.faults import REFUSE
from broadcast_orchestrator.sim.world.steps import Answer, Do, Effect
from broadcast_orchestrator.sim.world.trace import take

pytestmark = needs_chromium

STEPS = (
    Do("initialize"),
    Effect("host", 0),
    Answer("host", 0, ok=True),
    Do("start_broadcast", "s1"),
    Answer("live_feed", 0, ok=False, fault=REFUSE),
)
BROKEN = Cell("G2", "F1", "forward", VIOLATED, 1, 9, 3, Witness(Violation("G2", "it stays on"), tuple(take(STEPS))))
CELLS = (
    BROKEN,
    *(Cell(name, "F4", "forward", PROVED, 1, 9, 3) for name in ("G2", "G3", "G10")),
    Cell("G3", "F1", "forward", PROVED, 1, 9, 3),
    Cell("G10", "F1", "rollback", UNKNOWN, 1, 9, 3),
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report, as files, of three guarantees under two classes of faults."""
    verification = Verification(
        faults=1, seed=7, seconds=1.5, cells=CELLS, claims=(), findings=(), space=SpaceSummary(9, 9, 9, ()), coverage={}
    )
    folder = tmp_path_factory.mktemp("report")
    write_reports(gather(verification, (told(BROKEN),)), folder)
    return (folder / "report.html").as_uri()


def rows(page: Page) -> list[str]:
    """The guarantees whose rows can be seen."""
    return page.locator(".matrix tbody tr:visible .id").all_inner_texts()


def test_the_matrix_can_be_searched_and_filtered(browser: Browser, address: str) -> None:
    """Words leave the guarantees that say them, an answer those that have it, a fault its column; rows that are folded
    are unfolded for it, and the table of places follows."""
    page = opened(browser, address)
    assert rows(page) == ["G2", "G10"]
    page.get_by_label("Search").fill("live FEED")
    assert rows(page) == ["G3"]
    expect(page.get_by_role("status")).to_have_text("1 of 3 guarantees shown")
    expect(page.locator("details.places:visible")).to_have_count(1)
    page.get_by_label("Search").fill("")
    page.get_by_label("Answer").select_option("violated")
    assert rows(page) == ["G2"]
    page.locator("select[name=fault]").select_option("F4")
    assert rows(page) == []
    page.get_by_label("Answer").select_option("")
    assert rows(page) == ["G2", "G10", "G3"]
    expect(page.locator(".matrix").first.locator("thead th:visible .id")).to_have_text(["F4"])
    page.close()


def test_a_link_to_what_is_left_out_shows_it_again(browser: Browser, address: str) -> None:
    """Whoever follows a link from elsewhere on the page gets there."""
    page = opened(browser, address)
    page.get_by_label("Search").fill("rollback")
    expect(page.locator("#G10")).to_be_hidden()
    page.evaluate("location.hash = 'G10'")
    expect(page.locator("#G10")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("3 of 3 guarantees shown")
    page.close()


def test_a_witness_leads_to_its_page(browser: Browser, address: str) -> None:
    """Its link opens the viewer at the violation."""
    page = opened(browser, address)
    page.get_by_role("link", name="Step through it").click()
    expect(page.locator("#moment")).to_have_text("5 / 5")
    expect(page.locator(".breaches .breach")).to_have_text("G2 it stays on")
    page.close()


def test_without_the_script_everything_is_there(browser: Browser, address: str) -> None:
    """There is no filter then, and every row, folded or not."""
    page = opened(browser, address, script=False)
    expect(page.locator(".filter")).to_be_hidden()
    assert page.locator(".matrix tbody tr .id").all_text_contents() == ["G2", "G10", "G3"]
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_and_can_be_used_by_everyone(browser: Browser, address: str, width: int) -> None:
    """At each width the page scrolls one way alone, and axe has no serious remark."""
    page = opened(browser, address, width)
    suits_everyone(page)
    page.close()
