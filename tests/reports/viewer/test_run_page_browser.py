"""The page of a run in a real browser: stepping, links, the line of the whole run, what is next, the story of a call,
and what is left without the script."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsers import WIDTHS, needs_chromium, opened, suits_everyone
from playwright.sync_api import Browser, Locator, Page, expect

from broadcast_orchestrator.model.api.outcome import BroadcastError
from broadcast_orchestrator.reports.viewer.opened import whole
from broadcast_orchestrator.reports.viewer.run_page import html
from broadcast_orchestrator.sim.realtime.playback import Playback
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.simulate.studio import Script, Studio

pytestmark = needs_chromium

STEPS = 2_000


def evenings(studio: Studio) -> Script:
    """One broadcast after the other, every fifth ended by an emergency stop, until there are steps enough."""
    orchestrator, number = studio.orchestrator, 0
    while len(studio.trace.lines) < STEPS:
        number += 1
        try:
            yield orchestrator.initialize()
            yield orchestrator.start_broadcast("s1")
            yield studio.wait(1000)
            yield orchestrator.stop_broadcast() if number % 5 else orchestrator.emergency_stop()
        except BroadcastError:
            yield orchestrator.recover()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a long run, as a file; its host.start is late every fourth time."""
    studio = Studio(seed=1, faults=(Fault("host.start", "late", every=4),), sessions=("s1",))
    studio.script(evenings(studio))
    studio.settle()
    file = tmp_path_factory.mktemp("run") / "run.html"
    file.write_text(html(whole(Playback(studio.trace)), "evenings", "studio", ("broadcast view run.jsonl",)))
    return file.as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page at its first step."""
    page = opened(browser, f"{address}#step-1")
    expect(moment(page)).to_have_text(re.compile("^1 / "))
    yield page
    page.close()


def moment(page: Page) -> Locator:
    """Which step the page shows."""
    return page.locator("#moment")


def shown(page: Page) -> int:
    """The number of the step that the page shows."""
    return int(moment(page).inner_text().split(" ")[0])


def group(page: Page, kind: str) -> Locator:
    """The buttons that lead to the next of a kind."""
    return page.locator(f"[data-jump={kind}] button")


# -- Going somewhere ------------------------------------------------------------------------------


def test_the_arrows_and_the_buttons_go_a_step(page: Page) -> None:
    """On and back, never past either end; what happened at the step is told in words."""
    expect(page.locator("#words")).to_contain_text("Step 1: a caller asks: initialize; ")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#words")).to_have_text("Step 2: host.initialize takes effect.")
    page.get_by_role("button", name="Next step").click()
    assert shown(page) == 3
    page.get_by_role("button", name="Back").click()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    assert shown(page) == 0
    expect(page.locator("#words")).to_have_text("Nothing has happened yet.")


def test_a_column_and_a_row_lead_to_their_step(page: Page) -> None:
    """A click in the picture and one in the table do the same; the row of the step is marked."""
    page.locator("#timeline .column").nth(4).click(position={"x": 3, "y": 200})
    assert shown(page) == 5
    page.locator("#step-list [data-step='7']").click()
    assert shown(page) == 7
    expect(page.locator("#step-list [aria-current=step] a")).to_have_text("7")


def test_each_step_has_an_address(browser: Browser, address: str) -> None:
    """A page opens at the step that its address names, and its address follows when one goes on."""
    page = opened(browser, f"{address}#step-1200")
    assert shown(page) == 1200
    expect(page.locator("#timeline .column.looked-at")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("#step-1201$"))
    page.locator("#step-list a", has_text="1,204").click()
    expect(moment(page)).to_have_text(re.compile("^1204 "))  # it follows the address
    page.close()


def test_the_line_of_the_whole_run_leads_anywhere(page: Page) -> None:
    """A press in its middle leads to the middle of the picture, dragging goes on from there."""
    box = page.locator(".minimap").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 5)
    page.mouse.down()
    middle = shown(page)
    assert 0.3 * STEPS < middle < 0.7 * STEPS
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 5)
    assert shown(page) > middle + 100
    page.mouse.up()
    expect(page.locator(".minimark.fault")).to_have_count(2)  # one in the line, one in its key


def test_the_next_of_a_kind_is_found(page: Page) -> None:
    """Faults, changes of state and what is foreseen: on, back, and no further where there is none."""
    group(page, "fault").last.click()
    first = shown(page)
    expect(page.locator("#words")).to_contain_text("F4 late")
    group(page, "fault").last.click()
    assert shown(page) > first
    group(page, "fault").first.click()
    assert shown(page) == first
    expect(group(page, "fault").first).to_have_attribute("aria-disabled", "true")
    group(page, "foreseen").last.click()
    expect(page.locator(".breaches .foreseen")).to_contain_text("G14")
    group(page, "state").last.click()
    expect(page.locator("#words")).to_contain_text("→")
    expect(group(page, "violation").last).to_have_attribute("aria-disabled", "true")


# -- What a step and a call tell ------------------------------------------------------------------


def test_what_a_step_changed_is_a_table(page: Page) -> None:
    """Name, before and after; all that there is to see is one fold away, with what is new marked."""
    page.keyboard.press("ArrowRight")
    rows = page.locator("[data-part=changes] tr")
    expect(rows.first).to_have_text("truth: host initializednoyes")
    page.locator("#everything summary").click()
    expect(page.locator("#everything tr.fresh").first).to_have_text("truth: host initializedyes")
    expect(page.locator("#everything tbody tr", has_text="under way")).to_have_text("under wayinitialize: attempt")


def test_a_call_tells_its_story(page: Page) -> None:
    """Pointed at, focused or chosen: issued by whom, effect, reply, given up by whom, fault; a step in it is a link."""
    group(page, "fault").last.click()
    call = page.locator("#timeline [data-call]", has_text="F4").first
    call.focus()
    expect(page.locator("[data-part=call]")).to_have_text("host.start")
    page.keyboard.press("Enter")
    page.locator("#timeline").focus()
    expect(page.locator("[data-part=call]")).to_have_text("host.start")
    story = page.locator(".call-story")
    for words in ("issued by start_broadcast", "F4: late, ", "given up, under start_broadcast: rollback, when: "):
        expect(story).to_contain_text(words)
    issued = story.locator("a").first
    number = int(issued.inner_text().removeprefix("step "))
    issued.click()
    assert shown(page) == number
    expect(page.locator("[data-part=call]")).to_have_text("host.start")
    page.get_by_role("button", name="Let go").click()
    expect(page.get_by_role("button", name="Let go")).to_be_hidden()
    page.locator("#timeline [data-call] .hit").first.hover(force=True)
    expect(story).to_contain_text("issued")


# -- What the picture shows -----------------------------------------------------------------------


def test_lanes_can_be_hidden(page: Page) -> None:
    """The lane and its calls are gone, and come back."""
    name = page.locator("#timeline .lane-name", has_text="producer")
    expect(name).to_have_count(1)
    page.locator(".lanes summary").click()
    page.get_by_role("checkbox", name="producer").uncheck()
    expect(name).to_have_count(0)
    page.get_by_role("checkbox", name="producer").check()
    expect(name).to_have_count(1)


def test_time_can_be_true_to_scale(page: Page) -> None:
    """Then a second on air is as wide as ten tenths, whatever happens in them; wider and narrower keep the step."""
    width = "Number(document.querySelector('#timeline .column.looked-at').getAttribute('width'))"
    page.locator("#slider").fill("21")
    before = page.evaluate(width)
    page.get_by_label("Scale").select_option("time")
    assert page.evaluate(width) != before
    expect(page.locator("#timeline .column.looked-at")).to_have_count(1)
    step = shown(page)
    page.get_by_role("button", name="Wider").click()
    page.get_by_role("button", name="Wider").click()
    expect(page.get_by_role("button", name="Wider")).to_be_disabled()
    assert shown(page) == step
    expect(page.locator("#timeline .column.looked-at")).to_have_count(1)


def test_only_what_is_in_view_is_drawn(page: Page) -> None:
    """However long the run is: the picture and the table have some tens of steps each, wherever one looks."""
    for number in (1, STEPS // 2, STEPS - 3):
        page.locator("#slider").fill(str(number))
        assert page.locator("#timeline .column").count() < 80
        assert page.locator("#step-list tr").count() < 50
        expect(page.locator("#step-list [aria-current=step]")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [*((width, False) for width in WIDTHS), (1440, True)])
def test_it_fits_and_can_be_used_by_everyone(browser: Browser, address: str, width: int, dark: bool) -> None:
    """At each width, and in the dark, the page scrolls one way alone, and axe has no serious remark."""
    page = opened(browser, f"{address}#step-1000", width, dark=dark)
    page.locator(".lanes summary").click()
    page.locator("#everything summary").click()
    suits_everyone(page)
    page.close()


def test_nothing_is_asked_of_anyone(browser: Browser, address: str) -> None:
    """From a file, the page asks for itself and for nothing else."""
    page, asked = browser.new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}#step-5")
    page.keyboard.press("ArrowRight")
    assert shown(page) == 6
    assert [url.partition("#")[0] for url in asked] == [address]
    page.close()


def test_without_the_script_the_steps_are_a_table(browser: Browser, address: str) -> None:
    """Every step can be read and has its address; nothing is there that would do nothing."""
    page = opened(browser, f"{address}#step-900", script=False)
    expect(page.locator("#step-900")).to_be_in_viewport()
    assert page.locator("#steps tbody tr[id]:visible").count() >= STEPS
    expect(page.locator("button:visible")).to_have_count(0)
    page.close()


def test_a_run_of_one_step(browser: Browser, tmp_path: Path) -> None:
    """The shortest run has a page, too."""
    studio = Studio(seed=1)
    studio.orchestrator.emergency_stop()
    studio.settle()
    studio.trace.lines = studio.trace.lines[:1]
    (tmp_path / "one.html").write_text(html(whole(Playback(studio.trace)), "one", "studio"))
    page = opened(browser, (tmp_path / "one.html").as_uri())
    expect(moment(page)).to_have_text("1 / 1")
    page.get_by_label("Scale").select_option("time")
    expect(page.locator("#timeline .column")).to_have_count(1)
    page.close()


def test_it_is_light_dark_or_as_the_system_says(browser: Browser, address: str) -> None:
    """What is chosen holds against the system and after a reload, until it is left to the system again."""
    page = opened(browser, address, dark=True)
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    theme = page.get_by_label("Theme")
    theme.select_option("light")
    light = page.evaluate(paper)
    assert light != dark
    page.reload()
    expect(theme).to_have_value("light")
    assert page.evaluate(paper) == light
    page.emulate_media(color_scheme="light")
    theme.select_option("dark")
    assert page.evaluate(paper) == dark
    theme.select_option("")
    assert page.evaluate(paper) == light
    page.close()
