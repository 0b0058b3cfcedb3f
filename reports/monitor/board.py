"""The monitor in a terminal: one screen of the same facts that a page shows, and a key for each command."""

from rich.console import Console
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from broadcast_orchestrator.reports.timelines.timeline import procedure_of
from broadcast_orchestrator.reports.timelines.timeline_text import lines
from broadcast_orchestrator.reports.viewer.facts.page_facts import GuaranteeStanding
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

KEYS = (
    "[b]i[/]nitialize [b]s[/]tart [b]x[/] stop [b]e[/]mergency [b]r[/]ecover   "
    "[b]p[/]ause [b]n[/]ext step [b]+[/] [b]-[/] [b]q[/]uit"
)
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
"""Below so many columns the calls have the whole width."""


class Board:
    """What is on the screen, and what the keys do. `session` is what a start is given; `left` says that it was
    enough."""

    def __init__(self, run: LiveRun, session: str | None = None) -> None:
        self.run = run
        self._session = session
        self.facts = SimulatedFacts(run)
        self.left = False
        self.problem = ""
        self._drawn: tuple[int, list[tuple[str, str]]] = (-1, [])

    def press(self, key: str) -> None:
        """Do what the key stands for; other keys do nothing."""
        self.problem = ""
        if key in COMMANDS:
            self._command(COMMANDS[key])
        elif key == "p":
            self.run.paused = not self.run.paused
        elif key == "n" and not self.run.step():
            self.problem = "nothing is left to happen"
        elif key in "+-":
            speed = self.run.speed * (2 if key == "+" else 1 / 2)
            self.run.set_speed(min(max(speed, SLOWEST), FASTEST))
        elif key == "q":
            self.left = True

    def _command(self, name: str) -> None:
        try:
            self.run.command(name, self._session if name == "start_broadcast" else None)
        except ValueError as mistake:
            self.problem = str(mistake)

    def layout(self, console: Console) -> Layout:
        """The whole screen."""
        self.facts.news()
        narrow = console.width < NARROW
        whole, body, side = Layout(), Layout(), Layout(size=6 if narrow else 42)
        room = max(3, console.height - (16 if narrow else 10))
        calls = Layout(Panel(self._calls(room), title="calls"))
        history = Layout(Panel(self._history(4 if narrow else room // 2 - 2), title="history"))
        guarantees = Layout(Panel(self._guarantees(), title="guarantees"))
        if narrow:
            side.split_row(history, guarantees)
            body.split_column(calls, side)
        else:
            side.split_column(history, guarantees)
            body.split_row(calls, side)
        whole.split_column(
            Layout(Panel(self._state(), title="broadcast"), size=4),
            body,
            Layout(Panel(self._foot(), title="keys"), size=4),
        )
        return whole

    def _state(self) -> Text:
        run, world = self.run, self.run.studio.world
        state = world.core.state.value
        pace = "paused" if run.paused else f"{run.speed:g}×"
        first = Text(f" {state} ", style=f"bold reverse {STYLES[state]}")
        first.append(f"  {procedure_of(world) or 'nothing under way'}", style="not reverse default")
        first.append(f"   {run.now_ms / 1000:,.2f} s  {pace}", style="not bold not reverse dim")
        error = "; ".join(map(str, world.core.error))
        return first.append(f"\n{error}" if error else "\n", style="not reverse bold red")

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

    def _guarantees(self) -> Text:
        said, standings = Text(), self.facts.standings(len(self.facts.steps))
        for each in standings:
            holds = each.standing is GuaranteeStanding.HOLDS
            said.append(f"{'✓' if holds else '✗'}{each.id}  ", style="green" if holds else "bold red")
        for each in standings:
            if each.standing is not GuaranteeStanding.HOLDS:
                said.append(f"\n{each.id} at step {each.at}: {each.what}", style="red")
        return said

    def _foot(self) -> Text:
        answer = next((step.answer for step in reversed(self.facts.steps) if step.answer), "")
        return Text.from_markup(KEYS).append(f"\n{self.problem or answer}", style="dim")
