"""Whose turn it is can be chosen: what can happen next is offered in words, and another choice makes a branch."""

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from browsers import remarks
from live_runs import on_air
from monitor_pages import is_in, needs_chromium, opened, press, served
from playwright.sync_api import Browser, Page, expect

from broadcast_orchestrator.model.config import DEFAULT_CONFIG
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Command
from broadcast_orchestrator.model.table import LIVE
from broadcast_orchestrator.properties.mutants.starting import UndoesInStartupOrder
from broadcast_orchestrator.reports.monitor.orders import obey
from broadcast_orchestrator.reports.monitor.problem import Problem
from broadcast_orchestrator.reports.monitor.saved import pytest_text, run_text
from broadcast_orchestrator.reports.monitor.session import Session
from broadcast_orchestrator.sim.realtime.chosen_run import BRANCHES, ChosenRun
from broadcast_orchestrator.sim.realtime.live_run import LiveRun
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.world.faults import HANG, REFUSE
from broadcast_orchestrator.sim.world.steps import Answer, Do, Effect, Flip, Mark, Step, Timer, to_json
from broadcast_orchestrator.sim.world.trace import Trace, replay, take

INITIALIZED = (Do("initialize"), Effect("host", 0), Answer("host", 0, ok=True))


def led(*steps: Step, rules: type[Core] = Core) -> ChosenRun:
    """A run from the beginning, whose steps were picked."""
    run = ChosenRun((), DEFAULT_CONFIG, rules)
    for step in steps:
        run.pick(run.shown, step)
    return run


def offered(session: Session, words: str) -> dict[str, Any]:
    """The order that picks what is offered in these words at the end of the run."""
    number = session.run.shown
    return {
        "do": "pick",
        "at": number,
        "step": next(o.step for o in session.choices(number).offers if o.words == words),
    }


# -- Picking --------------------------------------------------------------------------------------


def test_what_is_picked_happens() -> None:
    """A call takes effect and is answered when somebody picks it, not before; no time passes meanwhile."""
    run = led(*INITIALIZED)
    assert [passage.step for passage in run.history.passages] == list(INITIALIZED)
    assert run.history.world(3).core.state == "ready"
    assert [passage.at_ms for passage in run.history.passages] == [0.0, 0.0, 0.0]


def test_a_timer_brings_the_time_to_when_it_runs_out() -> None:
    """An attempt that hangs is given up after its limit of ten seconds; the next one begins a second later."""
    run = led(Do("initialize"), Mark("host", 0, HANG), Timer(), Timer())
    assert [passage.at_ms for passage in run.history.passages] == [0.0, 0.0, 10_000.0, 11_000.0]
    assert run.now_ms == 11_000.0


def test_it_goes_on_by_itself() -> None:
    """Not paused, what works happens one step every 250 milliseconds; a limit comes when it is due, not before."""
    run = led(Do("initialize"))
    run.paused = False
    run.advance(0.6)
    assert [passage.at_ms for passage in run.history.passages] == [0.0, 250.0, 500.0]
    run.command("start_broadcast", "s1")
    run.pick(run.shown, Mark("live_feed", 0, HANG))
    for _ in range(16):
        run.advance(1.0)
    steps = [(passage.at_ms, passage.step) for passage in run.history.passages]
    assert steps[5:8] == [(850.0, Effect("live_feed", 0)), (15_600.0, Timer()), (15_850.0, Effect("live_feed", 0))]


def test_a_step_is_what_works_next() -> None:
    """Step by step, a chosen run goes the way on which nothing goes wrong, and stands still where there is none."""
    run = led(Do("initialize"))
    while run.step():
        pass
    assert (run.shown, run.history.world(run.shown).core.state, run.paused) == (3, "ready", True)


@pytest.mark.parametrize("rules", [Core, UndoesInStartupOrder])
def test_what_is_offered_is_what_comes(rules: type[Core]) -> None:
    """Along twenty walks of random picks: each step that is offered can be taken, its words, the state that it was told
    to lead to and the guarantees that it was told to break are those of the step taken; the trace replays."""
    broken = set[str]()
    for seed in range(20):
        draw, session = random.Random(seed), Session(rules=rules)
        session.live.paused = True
        for number in range(30):
            offers = session.choices(number, "s1").offers
            works = [each for each in offers if each.kind == "works"]
            lively = [each for each in offers if "refused" not in " ".join(each.then)]
            offer = draw.choice(works if works and draw.random() < 0.6 else lively)
            obey(session, {"do": "pick", "at": number, "step": dict(offer.step)})
            step = session.facts.steps[number]
            assert (step.words, step.state, tuple(each.guarantee for each in step.broken)) == (
                offer.words,
                offer.state,
                offer.breaks,
            )
            broken.update(offer.breaks)
        assert replay(Trace.from_text(run_text(session.run)), rules).agrees
    assert broken


@pytest.mark.parametrize(
    "order",
    [
        {"at": 0, "step": {"step": "timer"}},
        {"at": 0, "step": {"step": "effect", "service": "host", "flight": 0}},
        {"at": 0, "step": {"step": "do", "command": "sing"}},
        {"at": 0, "step": {"step": "do", "command": "start_broadcast", "session": ""}},
        {"at": 0, "step": {"step": "do", "command": "initialize", "session": "s1"}},
        {"at": 0, "step": {"step": "lose", "service": "host", "fault": "F10"}},
        {"at": 0, "step": {"step": "reconfigure", "config": {"max_retries": 0}}},
        {"at": 1, "step": {"step": "do", "command": "initialize"}},
        {"at": -1, "step": {"step": "do", "command": "initialize"}},
        {"at": True, "step": {"step": "do", "command": "initialize"}},
        {"at": 0, "step": "timer"},
        {"at": 0},
    ],
)
def test_what_cannot_happen_cannot_be_picked(order: dict[str, Any]) -> None:
    """What is not among what can happen next is refused in one line, and the run stays what it was."""
    session = Session()
    before = session.run
    with pytest.raises(Problem, match=r"\A[^\n]+\Z"):
        obey(session, {"do": "pick", **order})
    assert (session.run, session.run.shown) == (before, 0)


class Leaping(Core):
    """Broken rules: a start leaps from ready to live, which raises."""

    def command(self, event: Command) -> None:
        """Leap."""
        if event.name == "start_broadcast":
            self.move(LIVE, "leap")
        else:
            super().command(event)


def test_a_step_in_which_the_rules_raise() -> None:
    """It is offered with what is raised, it cannot be taken, and everything else still can."""
    session = Session(rules=Leaping)
    session.live.command("initialize")
    while session.live.step():
        pass
    raises = [each for each in session.choices(3).offers if each.raises]
    assert [each.words for each in raises] == ["a caller asks: start_broadcast"]
    assert "Invalid transition from ready to live" in raises[0].raises
    with pytest.raises(Problem, match=r"the rules raise .*Invalid transition"):
        obey(session, offered(session, "a caller asks: start_broadcast"))
    obey(session, offered(session, "a caller asks: emergency_stop"))
    assert session.facts.steps[-1].procedure == "emergency_stop: stops"


def test_a_branch_is_made_returned_to_and_saved() -> None:
    """Another choice in the past makes a branch; a choice that was made there before leads back to it; each can be
    returned to, goes on on its own, and is saved as a trace that replays and as a test."""
    session = Session()
    for words in ("a caller asks: initialize", "host.initialize takes effect", "host.initialize succeeds"):
        obey(session, offered(session, words))
    refused = {"do": "pick", "at": 2, "step": to_json(Answer("host", 0, ok=False, fault=REFUSE))}
    works = {"do": "pick", "at": 2, "step": to_json(Answer("host", 0, ok=True))}
    hangs = {"do": "pick", "at": 1, "step": to_json(Mark("host", 0, HANG))}
    obey(session, hangs)
    obey(session, offered(session, "the time limit comes"))
    run = session.live
    assert isinstance(run, ChosenRun)
    assert [(each.parent, each.at, len(each.history)) for each in run.branches] == [(None, 0, 3), (1, 1, 3)]
    assert run.branch == 2
    obey(session, {"do": "branch", "number": 1})
    assert session.facts.steps[-1].state == "ready"
    obey(session, works)
    obey(session, hangs)
    assert (run.branch, len(run.branches)) == (2, 2)
    facts = session.choices(2).branches
    assert [(each.words, each.state, each.shown) for each in facts] == [
        ("a caller asks: initialize", "ready", False),
        ("host.initialize will never be answered [F3 hang]", "initializing", True),
    ]
    with pytest.raises(Problem, match="cannot happen here"):
        obey(session, refused)
    for branch in (1, 2):
        obey(session, {"do": "branch", "number": branch})
        trace = Trace.from_text(run_text(session.run))
        assert (trace.made_by, len(trace.lines), replay(trace).agrees) == ("chosen steps", 3, True)
        assert "def test_broadcast_session" in pytest_text(session.run, 3)
    with pytest.raises(Problem, match="branch 3: the last one is 2"):
        obey(session, {"do": "branch", "number": 3})


def test_a_simulated_run_can_be_led_away() -> None:
    """Picking in the past of a live simulation keeps what happened until then, with its times; the run that there was
    is the first branch."""
    session = Session()
    assert isinstance(session.live, LiveRun)
    on_air(session.live)
    session.tell()
    simulated = [passage.line for passage in session.live.history.passages]
    number = max(n for n, line in enumerate(simulated, 1) if line.step == Effect("host", 0)) - 1
    obey(session, {"do": "pick", "at": number, "step": to_json(Mark("host", 0, HANG))})
    run = session.live
    assert isinstance(run, ChosenRun)
    assert [passage.line for passage in run.branches[0].history.passages] == simulated
    assert [passage.line for passage in run.history.passages[:number]] == simulated[:number]
    assert run.history.passages[number].at_ms == simulated[number - 1].at_ms
    assert session.controls().title == "steps chosen by hand, branch 2 of 2"


def test_a_trace_can_be_led_away_from() -> None:
    """Picking in the playback of a trace without times leads into a live run without times; the clock stands still."""
    session = Session()
    steps = (*INITIALIZED, Do("start_broadcast", "s1"), Effect("live_feed", 0))
    lines = [passage.line for passage in take(steps)]
    session.load(Trace(made_by="explorer", lines=lines), "counterexample.jsonl")
    session.run.step()
    with pytest.raises(Problem, match="which is only looked at"):
        obey(session, {"do": "command", "name": "emergency_stop"})
    obey(session, {"do": "pick", "at": 1, "step": to_json(Mark("host", 0, HANG))})
    assert (session.read_only, session.controls().chosen, session.controls().timed) == (False, True, False)
    obey(session, {"do": "command", "name": "emergency_stop"})
    assert [passage.at_ms for passage in session.live.history.passages] == [None, None, None]  # type: ignore[union-attr]
    with pytest.raises(Problem, match="a live run cannot be rewound"):
        obey(session, {"do": "rewind"})


def test_accidents_in_a_chosen_run() -> None:
    """The buttons of a chosen run do at once what they say; what would need a clock is refused, and says what to do."""
    session = Session()
    obey(session, offered(session, "a caller asks: initialize"))
    for order in (
        {"do": "bypass", "service": "host"},
        {"do": "lose", "service": "host", "noticed": False},
        {"do": "conflict", "refusing": True},
        {"do": "conflict", "refusing": False},
        {"do": "fill", "present": False},
    ):
        obey(session, order)
    assert [step.fault for step in session.facts.steps] == ["", "F10", "F9u", "F11", "", ""]
    for order, why in (
        ({"do": "lose", "service": "producer"}, "cannot happen here"),
        ({"do": "bypass", "service": "convex"}, "cannot happen here"),
        ({"do": "fail_next", "operation": "host.start", "kind": "refuse"}, "pick what goes wrong"),
        ({"do": "slow", "operation": "host.start", "latency": "9"}, "nothing takes any time"),
        ({"do": "command", "name": "sing"}, "'sing' is unknown"),
    ):
        with pytest.raises(Problem, match=why):
            obey(session, order)
    assert obey(session, {"do": "command", "name": "recover"}) == "initialize is under way"


def test_what_befalls_the_dashboard_in_a_chosen_run() -> None:
    """A sleep where a call is waited for, another dashboard, a reload: each happens now, or is told why not."""
    session = Session()
    obey(session, offered(session, "a caller asks: initialize"))
    for order in (
        {"do": "suspend", "ms": 1_000},
        {"do": "elsewhere", "name": "start_broadcast"},
        {"do": "reload"},
    ):
        obey(session, order)
    assert [step.fault for step in session.facts.steps] == ["", "F14", "F13", "F12"]
    for order in ({"do": "reload"}, {"do": "suspend", "ms": 1}, {"do": "elsewhere", "name": "recover"}):
        with pytest.raises(Problem, match="cannot happen here"):
            obey(session, order)


def test_there_is_room_for_so_many_branches() -> None:
    """One branch more than there is room for is refused, and all that are there stay."""
    run = led(*INITIALIZED, *(Flip("host") for _ in range(BRANCHES)))
    for number in range(1, BRANCHES):
        run.show(1)
        run.pick(number + 2, Flip("producer"))
    run.show(1)
    with pytest.raises(ValueError, match="50 branches, which is all there is room for"):
        run.pick(BRANCHES + 2, Flip("producer"))
    assert (run.branch, len(run.branches), run.shown) == (1, BRANCHES, BRANCHES + 3)


def test_an_implementation_decides_for_itself() -> None:
    """Of an attached implementation nothing is offered, and nothing can be picked."""
    session = Session(subject=ReferenceSubject())
    with pytest.raises(Problem, match="decides for itself"):
        session.choices(0)
    with pytest.raises(Problem, match="decides for itself"):
        obey(session, {"do": "pick", "at": 0, "step": {"step": "do", "command": "initialize"}})
    with pytest.raises(Problem, match="there are no branches yet"):
        obey(Session(), {"do": "branch", "number": 1})


# -- On the page ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the monitor is served."""
    with served(Session()) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page with a new run, paused."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    page = opened(context, address)
    page.locator("#new").click()
    expect(page.locator("#moment")).to_have_text("0 / 0")
    expect(page.locator("#run")).to_contain_text("live simulation")
    if page.locator("#pause").inner_text() == "Pause":
        page.locator("#pause").click()
    expect(page.locator("#pause")).to_have_text("Go on")
    yield page
    context.close()


def pick(page: Page, words: str) -> None:
    """Pick what is offered in these words at the moment that is looked at. A click on what was offered of a moment that
    was left just then does nothing, and has to be made again."""
    moment = page.locator("#moment")
    before = moment.inner_text()
    for _ in range(5):
        expect(page.locator("#offers")).to_have_attribute("aria-busy", "false")
        page.locator("#offers").get_by_role("button", name=words).click()
        with suppress(AssertionError):
            return expect(moment).not_to_have_text(before, timeout=6_000)
    pytest.fail(f"{words} cannot be picked")


@needs_chromium
def test_picking_on_the_page(page: Page, tmp_path: Path) -> None:
    """What can happen next is offered in words with what would follow; picking takes it; a step back and another choice
    make a branch; the first branch is returned to; the branch that is saved replays."""
    pick(page, "a caller asks: initialize")
    expect(page.locator("#chosen")).to_have_text(
        "Step 1: a caller asks: initialize; initialize begins; idle → initializing (system_init)."
    )
    is_in(page, "initializing")
    expect(page.locator("[data-kind=works] button")).to_have_text("host.initialize takes effect")
    pick(page, "host.initialize takes effect")
    pick(page, "host.initialize succeeds initializing → ready")
    is_in(page, "ready")
    page.get_by_role("button", name="Step back").click()
    expect(page.locator("#past-text")).to_contain_text("what happens next can be picked anew")
    expect(page.locator("#offers .taken")).to_have_count(1)
    page.get_by_role("button", name="Step back").click()
    expect(page.locator("#moment")).to_have_text("1 / 3")
    pick(page, "host.initialize will never be answered [F3 hang]")
    expect(page.locator("#run")).to_have_text("steps chosen by hand, branch 2 of 2")
    expect(page.locator("#moment")).to_have_text("2 / 2")
    pick(page, "the time limit comes")
    expect(page.locator("#clock")).to_have_text("10.00 s")
    expect(page.locator("#branches [aria-current]")).to_contain_text("Branch 2, after step 1 of branch 1")
    with page.expect_download() as download:
        page.locator("#save").click()
    path = tmp_path / "branch.jsonl"
    download.value.save_as(path)
    assert replay(Trace.load(path)).agrees
    page.locator("#branches").get_by_role("button", name="Branch 1, from").click()
    is_in(page, "ready")
    page.locator("#pause").click()
    press(page, "Start")
    is_in(page, "live")
    expect(page.locator("#choosing")).to_be_hidden()
    page.locator("#pause").click()
    offer = page.locator("#offers").get_by_role("button", name="host falls over, and nobody notices")
    expect(offer).to_contain_text("✗ G3 broken then")
    offer.click()
    expect(page.get_by_role("alert").filter(has_text="G3 broken since step")).to_be_visible()


@needs_chromium
def test_picking_by_the_keyboard(page: Page) -> None:
    """Whoever presses Enter on what goes on goes along with it, the focus stays on what goes on next, and a screen
    reader is told each step."""
    pick(page, "a caller asks: initialize")
    page.locator("[data-kind=works] button").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Step 2: host.initialize takes effect")).to_be_visible()
    expect(page.locator("[data-kind=works] button")).to_contain_text("host.initialize succeeds")
    expect(page.locator("[data-kind=works] button")).to_be_focused()
    page.keyboard.press("Enter")
    is_in(page, "ready")
    assert page.evaluate("document.activeElement.closest('#offers') !== null")
    page.locator("#session").fill("evening")
    page.keyboard.press("Tab")
    pick(page, "a caller asks: start_broadcast for session evening")
    expect(page.locator("#on-session")).to_have_text("evening")


@needs_chromium
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1024, "light")])
def test_axe_has_no_serious_remark_on_choices(browser: Browser, address: str, width: int, scheme: str) -> None:
    """With choices and branches in sight axe finds nothing serious, and nothing sticks out."""
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    page = opened(context, address)
    page.locator("#new").click()
    expect(page.locator("#moment")).to_have_text("0 / 0")
    if page.locator("#pause").inner_text() == "Pause":
        page.locator("#pause").click()
    pick(page, "a caller asks: initialize")
    page.get_by_role("button", name="Step back").click()
    expect(page.locator("#moment")).to_have_text("0 / 1")
    pick(page, "a caller asks: emergency_stop")
    expect(page.locator("#branches li")).to_have_count(2)
    assert remarks(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
