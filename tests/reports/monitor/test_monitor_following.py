"""`broadcast monitor --follow` shows a recording while it goes on: each step as it is written, and what it breaks."""

from pathlib import Path
from unittest.mock import Mock

import pytest
from monitor_pages import needs_chromium, opened, served
from playwright.sync_api import Browser, expect

from broadcast_orchestrator.properties.mutants.starting import StartsTheHostFirst
from broadcast_orchestrator.reports.commands.live.monitor import MonitorOptions, prepared
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.viewer.followed import FollowedRun
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.protocol.messages import Limits
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import Order, Scenario
from broadcast_orchestrator.sim.world.trace import END


def lines(*faults: Fault) -> list[str]:
    """An evening, as it is recorded."""
    studio = Studio(seed=7, faults=faults)
    studio.run(studio.orchestrator.initialize())
    studio.run(studio.orchestrator.start_broadcast("s1"))
    return [*studio.trace.to_text().splitlines(keepends=True), f"{END}\n"]


def add(file: Path, *more: str) -> None:
    """Somebody writes on."""
    with file.open("a") as written:
        written.writelines(more)


def test_each_step_is_shown_as_it_is_written(tmp_path: Path) -> None:
    """From an empty file on; whoever looks at something else is left alone."""
    file, (header, *steps) = tmp_path / "run.jsonl", lines()
    file.touch()
    session = prepared(MonitorOptions(follow=file))
    assert (session.facts.steps, session.live.paused) == ([], True)
    add(file, header)
    session.look_for_more()
    assert (session.title, session.read_only) == ("following run.jsonl", True)
    for number, step in enumerate(steps[:-1], 1):
        add(file, step)
        session.look_for_more()
        assert len(session.facts.steps) == number
    assert session.facts.steps[-1].state == "live"
    add(file, steps[-1])
    session.look_for_more()
    assert session.title == "run.jsonl"
    session.close()
    session.look_for_more()
    assert not session.read_only


def test_one_that_is_paused_waits(tmp_path: Path) -> None:
    """It is longer, and shows no more until it goes on."""
    file, every = tmp_path / "run.jsonl", lines()
    add(file, *every[:3])
    session = prepared(MonitorOptions(follow=file))
    session.run.paused = True
    add(file, *every[3:6])
    session.look_for_more()
    assert (len(session.facts.steps), session.controls().length) == (2, 5)


def test_evidence_is_followed_too(tmp_path: Path) -> None:
    """A recording of an implementation: what it breaks shows when it is there."""
    orders = (Order("initialize"), Order("start_broadcast", "s1"))
    evidence = play(Scenario(orders), ReferenceSubject(StartsTheHostFirst), Limits())
    file = tmp_path / "run.jsonl"
    _, *moments = evidence.to_text().splitlines(keepends=True)
    add(file, '{"format":"broadcast-recording","version":1,"name":"ours"}\n')
    session = prepared(MonitorOptions(follow=file))
    for moment in moments:
        add(file, moment)
        session.look_for_more()
    broken = {breach.guarantee for step in session.facts.steps for breach in step.broken}
    assert "G8" in broken


@pytest.mark.parametrize(
    ("content", "words"), [(None, "cannot be read"), ("not a run\n", "begins no recorded run"), ("{}\n", "begins no")]
)
def test_what_cannot_be_followed_is_one_line(tmp_path: Path, content: str | None, words: str) -> None:
    """Before anything is served."""
    if content is not None:
        (tmp_path / "run.jsonl").write_text(content)
    with pytest.raises(BadInput, match=words):
        prepared(MonitorOptions(follow=tmp_path / "run.jsonl"))


@pytest.mark.parametrize("mistake", [RecursionError("too deep"), MemoryError(), KeyError("n")])
def test_the_clock_survives_whatever_goes_wrong_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mistake: Exception
) -> None:
    """A recording that cannot be shown any further, by a mistake of ours, is stuck and says so: nothing is raised, and
    it is tried once."""
    file, every = tmp_path / "run.jsonl", lines()
    add(file, *every[:3])
    session = prepared(MonitorOptions(follow=file))
    look = Mock(side_effect=mistake)
    monkeypatch.setattr(FollowedRun, "look", look)
    session.look_for_more()
    session.look_for_more()
    session.tick()
    assert look.call_count == 1
    assert "it cannot be shown any further, by a mistake of ours" in session.controls().stuck


def test_one_that_becomes_another_is_stuck(tmp_path: Path) -> None:
    """What is wrong with the file is told, and nothing is raised."""
    file, every = tmp_path / "run.jsonl", lines()
    add(file, *every[:3])
    session = prepared(MonitorOptions(follow=file))
    file.write_text(every[0])
    session.look_for_more()
    session.look_for_more()
    assert session.controls().stuck == f"{file}: has become shorter, so it is another recording; follow it anew"


@needs_chromium
def test_the_page_turns_red_when_a_real_evening_goes_wrong(browser: Browser, tmp_path: Path) -> None:
    """Step by step as it is recorded: on air, with the host off, which the head says in the moment it is written."""
    file, every = tmp_path / "run.jsonl", lines(Fault("host.start", "empty_success", first=1))
    live = next(number for number, line in enumerate(every) if '"state":"live"' in line)
    add(file, *every[:live])
    context = browser.new_context()
    with served(prepared(MonitorOptions(follow=file))) as address:
        page = opened(context, address)
        expect(page.locator("#state")).to_have_text("starting")
        expect(page.get_by_text("following run.jsonl")).to_be_visible()
        add(file, every[live])
        expect(page.locator("#state")).to_have_text("live")
        expect(page.get_by_text("host is off in live").first).to_be_visible()
        file.write_text("")
        expect(page.get_by_text("has become shorter").first).to_be_visible()
    context.close()
