"""Where things stand in a timeline: every label whole, none over another, and what matters in view."""

from collections.abc import Callable, Iterator
from itertools import combinations
from xml.etree import ElementTree

import pytest

from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.reports.options.asked_broadcast import broadcast, fault_of
from broadcast_orchestrator.reports.timelines.timeline import Note, timeline
from broadcast_orchestrator.reports.timelines.timeline_svg import svg, svg_with_names
from broadcast_orchestrator.sim.world.faults import BYPASS, CONFLICT, LOST_SERVICE
from broadcast_orchestrator.sim.world.steps import Answer, Conflict, Do, Effect, Fill, Flip, Lose, Notice, Step
from broadcast_orchestrator.sim.world.trace import Passage, take, walk

LONG = "G2: session is on, and this goes on and on, for longer than there is room on either side of its line " * 2
MISHAPS: tuple[Step, ...] = (
    Do("initialize"),
    Effect("host", 0),
    Answer("host", 0, ok=True),
    Lose("host", LOST_SERVICE),
    Notice("host"),
    Do("emergency_stop"),
    Do("emergency_stop"),
    Fill(present=False),
    Fill(present=True),
    Flip("host", BYPASS),
    Conflict(refusing=True, fault=CONFLICT),
    Conflict(refusing=False),
)
LATE = ("producer.start:lost_reply", "host.stop:late")


def failed_start() -> tuple[Passage, ...]:
    """A start that is rolled back, in simulated time, with a late answer."""
    return tuple(walk(broadcast(1, tuple(map(fault_of, LATE))).trace))


def mishaps() -> tuple[Passage, ...]:
    """Whatever can befall the services, one after the other."""
    return tuple(take(MISHAPS))


def one_step() -> tuple[Passage, ...]:
    """The shortest run."""
    return tuple(take(MISHAPS[:1]))


class Box:
    """The room that a text takes, with letters as wide as those of a wide font."""

    def __init__(self, text: ElementTree.Element) -> None:
        kind, self.words = text.get("class", ""), text.text or ""
        width = len(self.words) * (7.2 if kind in ("command", "note breach", "note turn", "lane-name") else 6.4)
        anchor = text.get("text-anchor", "middle" if kind in ("tick", "fault-label") else "start")
        self.left = float(text.get("x", "0")) - {"start": 0, "middle": width / 2, "end": width}[anchor]
        self.right, self.y = self.left + width, float(text.get("y", "0"))

    def meets(self, other: "Box") -> bool:
        """Whether the two texts, each eleven high, lie over one another."""
        return self.left < other.right and other.left < self.right and abs(self.y - other.y) < 9


def boxes(drawn: str) -> Iterator[Box]:
    """Every text of the picture."""
    return (Box(each) for each in ElementTree.fromstring(drawn).iter("text"))


@pytest.mark.parametrize("made", [mishaps, failed_start, one_step])
def test_no_label_is_cut_or_lies_over_another(made: Callable[[], tuple[Passage, ...]]) -> None:
    """Of bands, commands, calls, mishaps, times and notes every one is whole, inside the picture and apart."""
    run = made()
    line = timeline(run, (Note(len(run) // 3, LONG, "turn"), Note(len(run) - 1, LONG)))
    drawn = svg(line, "a run")
    found, width = list(boxes(drawn)), float(ElementTree.fromstring(drawn).get("width", "0"))
    assert [(one.words, other.words) for one, other in combinations(found, 2) if one.meets(other)] == []
    assert [box.words for box in found if box.left < 0 or box.right > width] == []
    assert "…" not in drawn
    labels = [band.label for band in (*line.states, *line.procedures)]
    texts = [box.words for box in found]
    assert [label for label in labels if label not in texts] == []


def test_the_names_of_the_lanes_are_a_picture_of_their_own() -> None:
    """A page lets it stay while the run is scrolled; a screen reader has the whole picture."""
    names, whole = ElementTree.fromstring(f"<r>{svg_with_names(timeline(failed_start()), 'a run')}</r>")
    assert (names.get("class"), names.get("aria-hidden"), names.get("height")) == (
        "timeline names",
        "true",
        whole.get("height"),
    )
    assert [each.text for each in names.iter("text")] == ["time (ms)", "state", "procedure", *SERVICES]
    assert whole.get("aria-label") == "a run"


def test_a_short_story_fits_a_page() -> None:
    """Twenty steps take less than the thousand pixels that a page has for them."""
    run = tuple(walk(broadcast(1, ()).trace))[:20]
    assert float(ElementTree.fromstring(svg(timeline(run), "a run")).get("width", "0")) < 1000
