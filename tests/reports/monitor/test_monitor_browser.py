"""The page of the state monitor in a real browser: every button, two tabs, the keyboard alone, nothing off the host
(clauses MO-1 to MO-4, BP-4)."""

import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browsers import remarks
from monitor_pages import go_live, is_in, needs_chromium, opened, press, served
from playwright.sync_api import Browser, BrowserContext, Download, Page, Route, expect

from broadcast_orchestrator.reports.monitor.session import Session
from broadcast_orchestrator.sim.world.trace import Trace, replay

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the monitor is served."""
    with served(Session()) as address:
        yield address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A window of its own."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Page:
    """The page with a new run that takes ten times as little time; whatever is wrong in it fails the test."""
    page = opened(context, address)
    if page.locator("#close").is_visible():
        page.locator("#close").click()
    page.locator("#new").click()
    expect(page.locator("#moment")).to_have_text("0 / 0")
    page.locator("#speed").select_option("10")
    if page.locator("#pause").inner_text() == "Go on":
        page.locator("#pause").click()
    expect(page.locator("#pause")).to_have_text("Pause")
    return page


def saved(download: Download, folder: Path) -> Path:
    """The file that the browser has saved."""
    path = folder / download.suggested_filename
    download.save_as(path)
    return path


def test_every_command_button(page: Page) -> None:
    """Initialize, start with a session, stop, emergency stop and recover do what they say; each is enabled exactly
    where the rules accept it, and the history grows with every transition (clauses MO-1, MO-2, MO-3)."""

    def enabled() -> list[str]:
        return page.locator("[data-command][aria-disabled=false]").all_inner_texts()

    assert enabled() == ["Initialize", "Emergency stop"]
    go_live(page, "evening-show")
    assert enabled() == ["Stop", "Emergency stop"]
    expect(page.locator("#on-session")).to_have_text("evening-show (backend: live)")
    expect(page.locator("#graph .edge.lit")).to_have_attribute("data-id", "starting->live")
    press(page, "Stop")
    is_in(page, "ready")
    press(page, "Emergency stop")
    is_in(page, "idle")
    press(page, "Initialize")
    is_in(page, "ready")
    page.locator("[data-operation='session.start'] select").select_option("refuse")
    press(page, "Start")
    is_in(page, "error")
    assert enabled() == ["Initialize", "Recover", "Stop", "Emergency stop"]
    press(page, "Recover")
    is_in(page, "ready")
    targets = page.locator("#history li .arrow + .pill").all_inner_texts()
    assert page.locator("#history li").count() >= 12
    assert targets[0] == "ready"


def test_a_button_that_is_off_says_why(page: Page) -> None:
    """A command that the rules refuse is not sent, and the page says why."""
    page.get_by_role("button", name="Recover").click(force=True)
    expect(page.get_by_role("alert").filter(has_text="Cannot recover")).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#problem")).to_be_hidden()
    for link in ("Save the trace", "Make this a test"):
        page.get_by_role("link", name=link).click()
        expect(page.locator("#problem-text")).to_have_text("Nothing has happened yet that could be saved.")
        page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#moment")).to_have_text("0 / 0")


def test_a_late_answer_takes_no_newer_complaint_away(page: Page) -> None:
    """What the page says of a click stays, though an order from before the click is answered after it."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/orders", hold)
    page.locator("#speed").select_option("5")
    while not held:
        page.wait_for_timeout(20)
    page.get_by_role("button", name="Recover").click(force=True)
    with page.expect_response("**/orders"):
        held.pop().continue_()
    expect(page.locator("#speed")).to_have_value("5")
    page.wait_for_timeout(100)
    expect(page.get_by_role("alert").filter(has_text="Cannot recover")).to_be_visible()


def test_a_failing_start_is_seen_live(page: Page) -> None:
    """The fault is marked in its lane, the rollback is under way, and the error is there with its cause
    (clauses MO-1, MO-2)."""
    press(page, "Initialize")
    is_in(page, "ready")
    page.locator("#speed").select_option("1")
    latency = page.locator("[data-operation='producer.stop'] input")
    latency.fill("9000")
    latency.press("Enter")
    page.locator("[data-operation='producer.start'] select").select_option("lost_reply")
    press(page, "Start")
    expect(page.locator("#procedure")).to_have_text("start_broadcast: rollback")
    expect(page.locator("[data-operation='producer.stop']")).to_have_class("operation busy")
    page.locator("#speed").select_option("100")
    is_in(page, "error")
    expect(page.locator("#failures li")).to_have_text("producer.start failed: connection lost")
    expect(page.locator("#timeline .fault-label")).to_have_text("F2")
    expect(page.locator("[data-operation='producer.start'] select")).to_have_value("")
    expect(page.locator("#answer")).to_have_text("start_broadcast failed: producer.start failed: connection lost")


def test_the_accidents(page: Page) -> None:
    """Every service can be crashed, silently too, and bypassed; the backend can refuse writes; the feed can lose its
    content; and the guarantee that a bypass breaks is shown broken now."""
    go_live(page, "s1")
    expect(page.locator("#guarantee-count")).to_have_text("all 17 hold")
    page.locator("[data-service=producer] [data-accident=bypass]").click()
    expect(page.locator("[data-service=producer] .truth")).to_have_text("off")
    expect(page.locator(".guarantee.broken .id")).to_have_text("G3")
    expect(page.locator("#guarantee-count")).to_have_text("1 of 17 broken")
    page.locator("[data-service=session] [data-accident=silent]").click()
    expect(page.locator("[data-service=session] .truth")).to_have_text("off")
    page.locator("[data-service=convex] [data-accident=conflict]").click()
    expect(page.locator("[data-service=convex] .truth")).to_have_text("live: s1 · refuses writes")
    page.locator("[data-service=live_feed] [data-accident=content]").click()
    expect(page.locator("[data-service=live_feed] .truth")).to_have_text("on · no content")
    page.locator("[data-service=host] [data-accident=crash]").click()
    is_in(page, "error")
    expect(page.locator("[data-service=host] [data-accident=crash]")).to_have_attribute("aria-disabled", "true")


def test_what_befalls_the_dashboard(page: Page) -> None:
    """In mid-show the page is reloaded, by a button: idle, and everything on; another dashboard switches it off."""
    go_live(page, "s1")
    page.get_by_role("button", name="Reload").click()
    is_in(page, "idle")
    expect(page.locator("[data-service=host] .truth")).to_have_text("on · initialized")
    page.get_by_role("button", name="Stop elsewhere").click()
    expect(page.locator("[data-service=host] .truth")).to_have_text("off · initialized")


def test_pause_and_step(page: Page) -> None:
    """Paused, the run stands still; each step shows one thing more, the effect of a call before its reply."""
    page.locator("#pause").click()
    expect(page.locator("#pause")).to_have_text("Go on")
    press(page, "Initialize")
    is_in(page, "initializing")
    expect(page.locator("#moment")).to_have_text("1 / 1")
    page.locator("#step").click()
    expect(page.locator("#words")).to_have_text("Step 2: host.initialize takes effect.")
    expect(page.locator("#timeline path.effect")).to_have_count(1)
    expect(page.locator("#timeline path.reply")).to_have_count(0)
    page.locator("#step").click()
    is_in(page, "ready")
    expect(page.locator("#timeline path.reply.ok")).to_have_count(1)
    page.locator("#step").click()
    expect(page.locator("#problem-text")).to_have_text("nothing is left to happen")
    page.locator("#pause").click()
    expect(page.locator("#pause")).to_have_text("Pause")


def test_a_reload_in_mid_broadcast(page: Page) -> None:
    """A page that is loaded anew in the middle of a start shows the present, and all that led there: it keeps no
    state of its own (clause BP-4)."""
    press(page, "Initialize")
    is_in(page, "ready")
    page.locator("[data-operation='host.start'] select").select_option("hang")
    page.locator("#speed").select_option("1")
    press(page, "Start")
    expect(page.locator("#timeline .fault-label")).to_have_text("F3")
    page.reload()
    is_in(page, "starting")
    expect(page.locator("#history li")).to_have_count(3)
    expect(page.locator("#timeline .fault-label")).to_have_text("F3")
    expect(page.locator("#alarm")).to_contain_text("limit, ")
    press(page, "Emergency stop")
    is_in(page, "idle")


def test_two_tabs_see_the_same(page: Page, context: BrowserContext, address: str) -> None:
    """What is done in one tab is seen in the other, the controls included, and so are orders."""
    other = opened(context, address)
    press(page, "Initialize")
    is_in(other, "ready")
    other.locator("[data-operation='host.stop'] select").select_option("late")
    expect(page.locator("[data-operation='host.stop'] select")).to_have_value("late")
    press(other, "Start")
    is_in(page, "live")
    page.locator("#pause").click()
    expect(other.locator("#pause")).to_have_text("Go on")
    for name in ("#history", "#words", "#timeline", "#guarantees"):
        expect(other.locator(name)).to_have_text(page.locator(name).inner_text(), use_inner_text=True)


def test_the_keyboard_alone(page: Page) -> None:
    """Everything can be reached with Tab and done with Enter, Space and the arrows; the focus is never lost."""

    def tab_to(selector: str) -> None:
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
                return
        pytest.fail(f"{selector} cannot be reached")

    tab_to("[data-command=initialize]")
    page.keyboard.press("Enter")
    is_in(page, "ready")
    tab_to("[data-command=start_broadcast]")
    tab_to("#session")
    page.keyboard.type("typed")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    is_in(page, "live")
    assert page.evaluate("document.activeElement.dataset.command") == "start_broadcast"
    tab_to("#slider")
    page.keyboard.press("Home")
    expect(page.locator("#state")).to_have_text("idle")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#state")).to_have_text("initializing")
    page.keyboard.press("End")
    is_in(page, "live")
    tab_to("[data-operation='host.stop'] select")
    page.keyboard.type("hang")
    expect(page.locator("[data-operation='host.stop']")).to_have_class("operation faulty")
    tab_to("#snapshot-panel summary")
    page.keyboard.press("Enter")
    expect(page.locator("#snapshot")).to_contain_text('"session_id": "typed"')


def test_the_slider_goes_back_through_the_history(page: Page) -> None:
    """A past moment is shown as it was, and nothing can be changed there; the way back leads to the present, which
    has gone on meanwhile."""
    go_live(page)
    last = int(page.locator("#slider").get_attribute("max") or 0)
    page.locator("#slider").fill("1")
    is_in(page, "initializing")
    expect(page.locator("#past-text")).to_contain_text(f"Looking back at step 1 of {last}")
    expect(page.locator("[data-command][aria-disabled=false]")).to_have_count(0)
    expect(page.locator("[data-service] select:enabled")).to_have_count(0)
    expect(page.locator("#history li")).to_have_count(1)
    page.locator("#slider").fill("3")
    is_in(page, "ready")
    page.get_by_role("button", name="Back to now").click()
    is_in(page, "live")
    expect(page.locator("#past")).to_be_hidden()
    page.locator("#timeline .column").first.click()
    expect(page.locator("#past")).to_be_visible()


def test_the_picture_is_stepped_through(page: Page) -> None:
    """The arrow keys, the next change of state and the steps in the story of a call lead back, as on the page of a
    run; what a step changed is told."""
    go_live(page, "s1")
    page.locator("#timeline").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#past")).to_be_visible()
    page.locator("#slider").fill("1")
    expect(page.locator("#state")).to_have_text("initializing")  # that step is shown before one goes on from it
    page.locator("[data-jump=state] button").last.click()
    expect(page.locator("#state")).to_have_text("ready")
    expect(page.locator("[data-part=changes]")).to_contain_text("snapshot: computed.can_start")
    expect(page.locator("[data-part=call]")).to_have_text("host.initialize")
    page.locator(".call-story a").first.click()
    expect(page.locator("#past-text")).to_contain_text("Looking back at step 1 of")


def test_the_snapshot_is_raw_json_in_a_panel_that_folds(page: Page) -> None:
    """The panel is closed at first; open, it shows the snapshot of now; every panel folds away (clause MO-4)."""
    expect(page.locator("#snapshot")).to_be_hidden()
    page.locator("#snapshot-panel summary").click()
    go_live(page, "s9")
    expect(page.locator("#snapshot")).to_contain_text('"state": "live"')
    shown = json.loads(page.locator("#snapshot").inner_text())
    assert (shown["convex"]["session_id"], shown["host"]["is_active"]) == ("s9", True)
    for left in range(8, 0, -1):
        expect(page.locator("details[open]")).to_have_count(left)
        page.locator("details[open] > summary").first.click()
    expect(page.locator("details[open]")).to_have_count(0)


def test_save_load_and_make_a_test(page: Page, tmp_path: Path) -> None:
    """The saved trace replays; loaded, it is played back and only looked at; closed, the run is there again; and the
    run becomes a test that passes."""
    go_live(page, "s1")
    with page.expect_download() as download:
        page.locator("#save").click()
    path = saved(download.value, tmp_path)
    assert replay(Trace.load(path)).agrees
    with page.expect_download() as download:
        page.locator("#test").click()
    runpy.run_path(str(saved(download.value, tmp_path)))["test_broadcast_session"]()
    page.locator("#file").set_input_files(path)
    expect(page.locator("#run")).to_have_text("playback of broadcast.jsonl · made by studio · read only")
    page.locator("#show-all").click()
    is_in(page, "live")
    expect(page.locator("[data-command][aria-disabled=false]")).to_have_count(0)
    page.locator("#rewind").click()
    expect(page.locator("#moment")).to_contain_text("0 / 0 of ")
    page.locator("#step").click()
    is_in(page, "initializing")
    page.locator("#close").click()
    is_in(page, "live")
    expect(page.locator("#run")).to_contain_text("live simulation")


def test_a_file_that_is_no_trace_is_told(page: Page, tmp_path: Path) -> None:
    """A file that is no trace changes nothing; its mistake is shown as text, even if it is markup."""
    file = tmp_path / "<img src=x onerror=alert(1)>.jsonl"
    file.write_text('{"format": "<script>alert(1)</script>"}\n')
    page.locator("#file").set_input_files(file)
    expect(page.locator("#problem-text")).to_contain_text("<script>alert(1)")
    expect(page.locator("#problem-text img, #problem-text script")).to_have_count(0)
    expect(page.locator("#run")).to_contain_text("live simulation")


def test_markup_in_a_session_id_stays_text(page: Page) -> None:
    """What a user types is shown as it was typed, everywhere."""
    markup = "<b id=injected>s</b>"
    page.locator("#snapshot-panel summary").click()
    go_live(page, markup)
    expect(page.locator("#on-session")).to_contain_text(markup)
    expect(page.locator("#timeline")).to_contain_text(markup)
    expect(page.locator("#injected")).to_have_count(0)


def test_no_request_leaves_the_host(context: BrowserContext, address: str) -> None:
    """Whatever is done, the browser asks nobody but the monitor, and the policy forbids what was not asked for."""
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = opened(context, address)
    page.locator("#new").click()
    expect(page.locator("#moment")).to_have_text("0 / 0")
    page.locator("#speed").select_option("10")
    go_live(page, "s1")
    page.locator("#slider").fill("1")
    is_in(page, "initializing")
    assert len(asked) > 6
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(address).netloc}
    assert page.evaluate(BLOCKED) == "connect-src"


BLOCKED = """new Promise(tell => {
  document.addEventListener("securitypolicyviolation", event => tell(event.effectiveDirective));
  fetch("http://localhost:9/").catch(() => setTimeout(() => tell("nothing was blocked"), 1000));
})"""
"""Tries to reach another address, and gives the rule of the policy that forbids it."""


@pytest.mark.parametrize("width", [1440, 1024, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_can_be_used_by_everyone(browser: Browser, address: str, width: int, scheme: str) -> None:
    """On a wide and a narrow screen, light and dark, nothing sticks out of the page sideways, and axe has no serious
    remark."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = opened(context, address)
    expect(page.locator("#timeline svg")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert remarks(page) == []
    context.close()
