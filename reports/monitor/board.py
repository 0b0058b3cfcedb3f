"""The monitor in a terminal: one screen of the facts that a page shows, a key for each command, and menus of faults."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from broadcast_orchestrator.reports.monitor.menus import Menu, dashboards, failing_calls, losses, switches
from broadcast_orchestrator.reports.timelines.timeline import procedure_of
from broadcast_orchestrator.reports.timelines.timeline_text import lines
from broadcast_orchestrator.reports.viewer.facts.guarantees import by_urgency
from broadcast_orchestrator.reports.viewer.facts.page_facts import GuaranteeFact, GuaranteeStanding
from broadcast_orchestrator.reports.viewer.facts.simulated_facts import SimulatedFacts
from broadcast_orchestrator.sim.realtime.live_run import LiveRun
from broadcast_orchestrator.sim.realtime.pacer import FASTEST, SLOWEST

COMMANDS = {
    "i": "initialize",
    "s": "start_broadcast",
    "x": "stop_broadcast",
    "e": "emergency_stop",
    "r": "recover",
}
"""Which key gives which command."""

MENUS = {"f": failing_calls, "l": losses, "b": switches, "d": dashboards}
"""Which key opens which menu of what goes wrong."""

KEYS = (
    ("i", "initialize", "s", "start", "x", "stop", "e", "emergency stop", "r", "recover"),
    ("f", "fail a call", "l", "lose one", "b", "bypass", "w", "refuse writes", "c", "content"),
    ("p", "pause", "n", "next step", "+", "faster", "-", "slower", "d", "dashboard", "q", "quit"),
)
"""The keys and what they do, row by row."""

STYLES = {
    "idle": "blue",
    "ready": "blue",
    "initializing": "yellow",
    "starting": "yellow",
    "stopping": "yellow",
    "live": "green",
    "error": "red",
}
NARROW = 110
"""Below so many columns there is no room for a history beside the calls, which tell the states, too."""


class Board:
    """What is on the screen, and what the keys do. `session` is what a start is given; `left` says that it was
    enough, `menu` is the one that is open."""

    def __init__(self, run: LiveRun, session: str | None = None) -> None:
        self.run = run
        self._session = session
        self.facts = SimulatedFacts(run)
        self.left = False
        self.problem = ""
        self.menu: Menu | None = None
        self._drawn: tuple[int, list[tuple[str, str]]] = (-1, [])

    def press(self, key: str) -> None:
        """Do what the key stands for; other keys do nothing, but leave a menu."""
        self.problem = ""
        menu, self.menu = self.menu, None
        try:
            self.menu = menu.choose(key) if menu else self._pressed(key)
        except ValueError as mistake:
            self.problem = str(mistake)

    def _pressed(self, key: str) -> Menu | None:
        run = self.run
        if key in MENUS:
            return MENUS[key](run)
        if key in COMMANDS:
            run.command(COMMANDS[key], self._session if key == "s" else None)
        elif key == "w":
            run.conflict(refusing=not run.studio.world.truth.refusing)
        elif key == "c":
            run.fill(present=not run.studio.world.core.content)
        elif key == "p":
            run.paused = not run.paused
        elif key == "n" and not run.step():
            self.problem = "nothing is left to happen"
        elif key in ("+", "-"):
            run.set_speed(min(max(run.speed * (2 if key == "+" else 1 / 2), SLOWEST), FASTEST))
        elif key == "q":
            self.left = True
        return None

    def layout(self, console: Console) -> Layout:
        """The whole screen."""
        self.facts.news()
        standings = self.facts.standings(len(self.facts.steps))
        broken = by_urgency(standings)
        head, foot = self._head(standings, broken), self._foot()
        room = console.height - len(head) - len(foot) - 4  # two frames
        look = "bold red" if broken else "none"
        title = f"broadcast: {', '.join(each.id for each in broken)} broken" if broken else "broadcast"
        whole = Layout()
        whole.split_column(
            Layout(Panel(_rows(head), title=title, border_style=look), size=len(head) + 2),
            self._body(console, max(3, room - 2)),
            Layout(Panel(_rows(foot), title="keys"), size=len(foot) + 2),
        )
        return whole

    def _body(self, console: Console, room: int) -> Layout:
        main = (
            Panel(self._menu(self.menu), title=self.menu.title)
            if self.menu
            else Panel(self._calls(room), title="calls")
        )
        if console.width < NARROW:
            return Layout(main)
        body = Layout()
        body.split_row(Layout(main), Layout(Panel(self._history(room), title="history"), size=42))
        return body

    def _head(self, standings: Iterable[GuaranteeFact], broken: Sequence[GuaranteeFact]) -> list[Text]:
        """The state, a light for each guarantee and, where there is any, what is broken and the error."""
        lights = Text(" ").join(_light(each) for each in standings)
        alarm = [Text(f"{each.id} {each.told}", style="bold red") for each in broken[:1]]
        error = "; ".join(map(str, self.run.studio.world.core.error))
        return [self._state(), lights, *alarm, *([Text(f"error: {error}", style="red")] if error else [])]

    def _state(self) -> Text:
        run, world = self.run, self.run.studio.world
        state = world.core.state.value
        pace = "paused" if run.paused else f"{run.speed:g}×"
        first = Text(f" {state} ", style=f"bold reverse {STYLES[state]}")
        first.append(f"  {procedure_of(world) or 'nothing under way'}", style="not reverse default")
        return first.append(f"   {run.now_ms / 1000:,.2f} s  {pace}", style="not bold not reverse dim")

    def _calls(self, room: int) -> Text:
        if self._drawn[0] != len(self.facts.steps):
            passages = tuple(self.run.history.passages)
            self._drawn = len(passages), list(lines(passages))
        head, *rest, legend = self._drawn[1]
        shown = [head, *rest[-max(1, room - 2) :], legend]
        styles = {"head": "bold", "fault": "red", "follow": "cyan", "legend": "dim"}
        joint = Text("\n", no_wrap=True, overflow="ellipsis")
        return joint.join(Text(text, styles.get(kind, "")) for kind, text in shown)

    def _history(self, room: int) -> Table:
        table = Table.grid(padding=(0, 1))
        for entry in reversed(self.run.history.changes(len(self.facts.steps))[-max(1, room) :]):
            at_ms = f"{entry.at_ms or 0:,.0f}"
            changed = Text(f"{entry.source} → ").append(str(entry.target), style=STYLES[entry.target.value])
            table.add_row(Text(at_ms, style="dim", justify="right"), changed)
        return table

    def _menu(self, menu: Menu) -> Text:
        return _rows(_key(key, words) for key, words in menu.lines())

    def _foot(self) -> list[Text]:
        """The keys, then what a key could not do, what goes wrong next, or what the last command was told; while a menu
        is open, its keys alone mean anything."""
        if self.menu:
            return [Text("any other key: back", style="dim")]
        answer = next((step.answer for step in reversed(self.facts.steps) if step.answer), "")
        ordered = ", ".join(f"{operation}: {fault.kind}" for operation, fault in self.run.ordered.items())
        said = self.problem or (f"next call of {ordered}" if ordered else answer)
        rows = [Text("  ").join(_key(*pair) for pair in zip(row[::2], row[1::2], strict=True)) for row in KEYS]
        return [*rows, Text(said, style="dim")]


def _rows(rows: Iterable[Text]) -> Text:
    """Rows of which none is broken."""
    return Text("\n", no_wrap=True, overflow="ellipsis").join(rows)


def _key(key: str, words: str) -> Text:
    return Text.assemble((f" {key} ", "reverse"), f" {words}")


def _light(each: GuaranteeFact) -> Text:
    holds = each.standing is GuaranteeStanding.HOLDS
    return Text(f"{'✓' if holds else '✗'}{each.id}", style="green" if holds else "bold red")
