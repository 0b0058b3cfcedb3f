"""The head of the monitor that stays: a light for each guarantee, the alarm, and what everybody can read and reach."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsers import remarks
from live_runs import on_air
from monitor_pages import is_in, needs_chromium, opened, press, served
from playwright.sync_api import Browser, Page, ViewportSize, expect

from broadcast_orchestrator.properties.mutants.starting import UndoesInStartupOrder
from broadcast_orchestrator.reports.monitor.session import Session
from broadcast_orchestrator.reports.viewer.facts.simulated_facts import SimulatedFacts
from broadcast_orchestrator.sim.realtime.live_run import LiveRun

CONTRASTS = Path(__file__).parents[2] / "contrasts.js"
RULES = "broadcast_orchestrator.properties.mutants.starting:UndoesInStartupOrder"


# -- What is told ---------------------------------------------------------------------------------


def told(facts: SimulatedFacts, number: int) -> list[str]:
    """What stands at the head after so many steps, the first first."""
    return [f"{each.id} {each.told}" for each in facts.view(number).breaches]


def test_the_alarm_says_since_when() -> None:
    """A guarantee that step after step breaks is broken since the first of them; once it holds again, it was broken at
    that step, and what no gap of the guide's own explains is told before what one does."""
    run = on_air(LiveRun())
    last = len(run.history)
    run.bypass("host")
    run.bypass("producer")
    run.fill(present=False)
    facts = SimulatedFacts(run)
    facts.news()
    assert told(facts, last) == []
    assert told(facts, last + 1) == [f"G3 broken since step {last + 1}: host is off in live"]
    assert told(facts, last + 3) == [f"G3 broken since step {last + 1}: producer is off in live"]
    run.command("stop_broadcast")
    facts.news()
    assert told(facts, last + 4) == [
        f"G3 was broken at step {last + 1}, last at step {last + 3}: host is off in live",
    ]


# -- What is seen ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A monitor of rules that undo a failed start in the wrong order."""
    with served(Session(rules=UndoesInStartupOrder, rules_path=RULES)) as address:
        yield address


def looked_at(browser: Browser, address: str, width: int = 1400, scheme: str = "light") -> Page:
    """The page in a window so wide, in these colours."""
    size = ViewportSize(width=width, height=844)
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    return opened(context, address)


def fail_a_start(page: Page) -> None:
    """A new run whose start fails at its fourth step."""
    page.locator("#new").click()
    expect(page.locator("#moment")).to_have_text("0 / 0")
    page.locator("#speed").select_option("100")
    press(page, "Initialize")
    is_in(page, "ready")
    page.locator("[data-operation='producer.start'] select").select_option("refuse")
    press(page, "Start")
    is_in(page, "error")


@needs_chromium
def test_a_broken_guarantee_turns_the_head_red(browser: Browser, address: str) -> None:
    """While all hold, a light for each says so; in the moment one breaks, the head says it in a sentence that a screen
    reader is told, the title too, and a button leads to the step."""
    page = looked_at(browser, address)
    page.locator("#new").click()
    expect(page.locator("#lights li.holds")).to_have_count(17)
    expect(page.locator("#lights-count")).to_have_text("all 17 hold")
    expect(page.locator("#alarm-text")).to_have_text("")
    expect(page.locator("#alarm-jump")).to_be_hidden()
    fail_a_start(page)
    sentence = "G2 was broken at step 11, last at step 15: live_feed.stop is not the next step to undo"
    alarm = page.get_by_role("alert").filter(has_text="G2")
    expect(alarm).to_contain_text(sentence)
    expect(alarm).to_be_in_viewport()
    expect(page).to_have_title("✗ G2 · Broadcast state monitor")
    expect(page.locator("#lights-count")).to_have_text("1 of 17 broken")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(alarm).to_be_in_viewport()
    page.get_by_role("button", name="Go to step 11", exact=True).click()
    expect(page.locator("#words")).to_contain_text("Step 11: producer.start fails [F1 refuse]")
    expect(page.locator("#timeline")).to_be_in_viewport()
    expect(page.locator("#lights li.broken")).to_contain_text("✗G2 broken since step 11: live_feed.stop is not")
    page.locator("#new").click()
    expect(page.locator("#alarm-text")).to_have_text("")
    expect(page).to_have_title("Broadcast state monitor")
    page.context.close()


@needs_chromium
def test_the_alarm_by_the_keyboard_and_without_colour(browser: Browser, address: str) -> None:
    """The light that is out is a button with another sign, whose name says what is wrong; the keyboard reaches it and
    does not lose it when the light changes; the lights that are on are read, and no stop on the way."""
    page = looked_at(browser, address)
    fail_a_start(page)
    lights = page.locator("#lights li").all_text_contents()
    assert [text.split()[0] for text in lights[:3]] == ["✓G1", "✗G2", "✓G3"]
    light = page.get_by_role("list", name="Guarantees").get_by_role("button")
    expect(light).to_have_accessible_name(
        "G2 was broken at step 11, last at step 15: live_feed.stop is not the next step to undo, that is producer.stop."
        " Go to step 11"
    )
    light.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#past-text")).to_contain_text("Looking back at step 11")
    expect(light).to_be_focused()
    expect(page.locator("#lights li").nth(2)).to_have_text("✓G3 live holds")
    page.context.close()


@needs_chromium
def test_the_state_stays_in_sight_on_a_telephone(browser: Browser, address: str) -> None:
    """At 390 pixels the state and the lights stay at the top however far one scrolls, and the node of the state is in
    sight in the graph, also when the window changes; the keyboard scrolls it."""
    page = looked_at(browser, address, 390)
    fail_a_start(page)
    page.locator("#slider").fill("10")
    is_in(page, "starting")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.locator("#state-now")).to_be_in_viewport(ratio=1)
    expect(page.locator("#state-now")).to_have_text("starting")
    expect(page.locator("#lights li").last).to_be_in_viewport(ratio=1)
    for width in (390, 700, 360):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function(NODE_IN_SIGHT)
    page.locator("#graph").evaluate("graph => graph.scrollLeft = 0")
    page.locator("#graph").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.getElementById('graph').scrollLeft > 0")
    page.context.close()


NODE_IN_SIGHT = """() => {
  const place = (selector) => document.querySelector(selector).getBoundingClientRect();
  const [node, room] = [place("#graph .node.lit"), place("#graph")];
  return room.left <= node.left && node.right <= room.right;
}"""


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_axe_has_no_serious_remark(browser: Browser, address: str, width: int, scheme: str) -> None:
    """With an alarm, looking back, with every panel open, axe finds nothing serious, light or dark, at any width."""
    page = looked_at(browser, address, width, scheme)
    fail_a_start(page)
    page.locator("#snapshot-panel summary").click()
    assert remarks(page) == []
    page.locator("#slider").fill("11")
    expect(page.locator("#past")).to_be_visible()
    assert remarks(page) == []
    page.context.close()


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_in_pictures_can_be_read(browser: Browser, address: str, scheme: str) -> None:
    """Every text of the state graph, the timeline and its key has a contrast of at least 4.5 to what is behind it:
    faults, marks, states of every kind and columns that break a guarantee among them (axe does not look at these)."""
    page = looked_at(browser, address, 1400, scheme)
    fail_a_start(page)
    press(page, "Recover")
    is_in(page, "ready")
    press(page, "Start")
    is_in(page, "live")
    page.locator("[data-service=host] [data-accident=bypass]").click()
    expect(page.locator("#lights li.broken")).to_have_count(1)
    page.set_viewport_size({"width": 2400, "height": 1200})
    expect(page.locator("#timeline .mark")).to_have_text("bypass")
    contrasts = page.evaluate(CONTRASTS.read_text())
    assert {"idle", "error", "bypass", "F1", "F10", "live_feed", "service"} <= {text for text, _ in contrasts}
    assert [(text, contrast) for text, contrast in contrasts if contrast < 4.5] == []
    page.context.close()
