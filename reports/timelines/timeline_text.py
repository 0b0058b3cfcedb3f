"""A run as a timeline of plain text: a line a step, a column a service, and what followed under each step."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from broadcast_orchestrator.model.events import Accepted, Call
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.properties.telling.story import consequences
from broadcast_orchestrator.reports.output.messages import one_line
from broadcast_orchestrator.reports.timelines.bars import Bar
from broadcast_orchestrator.reports.timelines.timeline import Timeline, timeline
from broadcast_orchestrator.sim.world.trace import Passage

HEADINGS = {"live_feed": "feed", "session": "sess", "host": "host", "producer": "prod", "convex": "back"}
LEGEND = "╷ call  ◆ effect  ✓ success  ✗ failure  ! fault  │ waited for  ┊ given up"


def lines(run: tuple[Passage, ...]) -> Iterator[tuple[str, str]]:
    """The lines of the timeline, each with its kind: "head", "step", "fault", "follow" or "legend"."""
    drawn = timeline(run)
    yield (
        "head",
        _row("ms" if drawn.timed else "step", "state", [HEADINGS[service] for service in SERVICES], "what happens"),
    )
    for number, passage in enumerate(run):
        state = passage.after.core.state.value
        kind = "fault" if getattr(passage.step, "fault", "") else "step"
        yield kind, _row(f"{drawn.times[number]:,.0f}", state, _glyphs(drawn, number), drawn.words[number])
        for words in consequences(passage, without=(Accepted, Call)):
            yield "follow", _row("", "", _between(drawn, number), f"  ⤷ {words}")
    yield "legend", LEGEND


def _row(at: str, state: str, lanes: list[str], words: str) -> str:
    return f"{at:>9}  {state:<12}  " + "".join(f"{lane:<6}" for lane in lanes) + words


def _glyphs(drawn: Timeline, number: int) -> list[str]:
    return ["".join(_signs(drawn, service, number))[:5] for service in SERVICES]


def _signs(drawn: Timeline, service: str, number: int) -> Iterator[str]:
    for bar in drawn.bars:
        if bar.service == service and bar.begin <= number and (bar.end is None or number <= bar.end):
            yield _sign(bar, number)


def _sign(bar: Bar, number: int) -> str:
    if bar.reply == number:
        return "✓" if bar.ok else "✗"
    if bar.effect == number:
        return "◆"
    if any(at == number for at, _ in bar.faults):
        return "!"
    return "╷" if bar.begin == number else _waiting(bar, number)


def _waiting(bar: Bar, number: int) -> str:
    return "┊" if bar.given_up is not None and bar.given_up <= number else "│"


def _between(drawn: Timeline, number: int) -> list[str]:
    """The calls that are still on their way after a step."""
    return [
        "".join(
            _waiting(bar, number)
            for bar in drawn.bars
            if bar.service == service and bar.begin <= number and (bar.end is None or number < bar.end)
        )[:5]
        for service in SERVICES
    ]


_LINE_STYLES = {"head": "bold", "step": "", "fault": "red", "follow": "cyan", "legend": "dim"}


def show_timeline(console: Console, run: tuple[Passage, ...]) -> None:
    """The run, a line a step; lines are never broken, since their columns would be lost."""
    for kind, text in lines(run):
        console.print(Text(one_line(text.rstrip()), style=_LINE_STYLES[kind]), soft_wrap=True)
