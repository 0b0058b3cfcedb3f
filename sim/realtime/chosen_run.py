"""A run that somebody leads step by step: of all that can happen next, what is picked happens, and every way that was
gone is kept, as the branches of a tree."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from broadcast_orchestrator.model.config import OrchestratorConfig, shown
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import COMMANDS, Refused
from broadcast_orchestrator.sim.realtime.history import RunHistory
from broadcast_orchestrator.sim.realtime.pacer import ROOM, WorldRun
from broadcast_orchestrator.sim.world.faults import CONFLICT, LOST_SERVICE, LOST_UNNOTICED, NONE, FaultClass
from broadcast_orchestrator.sim.world.rules_by_name import path_of
from broadcast_orchestrator.sim.world.steps import (
    Conflict,
    Do,
    Elsewhere,
    Fill,
    Flip,
    Lose,
    Reload,
    Step,
    Suspend,
    Timer,
)
from broadcast_orchestrator.sim.world.trace import Passage, Trace, in_one_line
from broadcast_orchestrator.sim.world.world import HEALTHY, Scope, World, choices, happen

MADE_BY = "chosen steps"
"""What the traces of such a run say of their engine."""

BRANCHES = 50
"""How many branches one run may have."""

BEAT_MS = 250.0
"""How long after a step the next one comes by itself, while the run is not paused."""

_ANYTHING = Scope(tuple(fault for fault in FaultClass if fault is not NONE), racing=True, filling=True)


def next_steps(world: World, sessions: tuple[str | None, ...] = (None,)) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Every step that can happen next: what is no new fault, and each single fault. Starts are for these sessions."""
    scope = _ANYTHING._replace(sessions=sessions)
    works = tuple(choices(world, scope))
    with_faults = choices(world, scope._replace(limit=world.faults + 1))
    return works, tuple(step for step in with_faults if step not in works)


class Branch(NamedTuple):
    """One way that things went: its steps, the first `at` of which are those of the branch that is its `parent`, by its
    number from 1; None for the one that was there first."""

    parent: int | None
    at: int
    trace: Trace
    history: RunHistory


class ChosenRun(WorldRun):
    """A run whose next step is picked, beginning with steps that were taken already, by whatever engine.

    There is no drawn latency here, so the clock is this run's own: a picked step happens now, and now stays what it is,
    but for a timer, which brings the time to when it runs out. While the run is not paused, what works happens by
    itself, a step every `BEAT_MS`. Where the first steps have no times, those that follow have none either.
    """

    def __init__(self, passages: Sequence[Passage], config: OrchestratorConfig, rules: type[Core] = Core) -> None:
        self.rules = rules
        self._timed = all(passage.at_ms is not None for passage in passages)
        self.branches = [self._grown(None, 0, passages, config)]
        super().__init__(self.branches[0].trace, rules)
        self.paused = True
        self._show(1)

    @property
    def now_ms(self) -> float:
        """The time of this run's own clock."""
        return self._now_ms

    @property
    def timed(self) -> bool:
        """Whether its steps have times."""
        return self._timed

    # -- Choosing -----------------------------------------------------------------------------------

    def pick(self, number: int, step: Step) -> str:
        """Let the step happen after the first `number` steps of the branch that is shown.

        Where things went on differently from there, that is a new branch, unless there is one that went this way: then
        it is shown. The answer says why a command is refused, "" for all else. Raises `ValueError`, and changes
        nothing, for a step that cannot happen there, for one in which the rules raise, and where there is no room;
        IndexError where there were never so many steps.
        """
        world = self.history.world(number)
        if not can_happen(world, step):
            raise ValueError("that cannot happen here")
        known = self._branch_with(number, step)
        if known == self.branch:
            return ""
        if known is not None:
            self._show(known)
            return ""
        self._check_room(number)
        if raised := _raised(world, step, self.rules):
            raise ValueError(f"the rules raise {raised}")
        if number < self.shown:
            self.branches.append(self._grown(self.branch, number, self.history.passages[:number], self.trace.config))
            self._show(len(self.branches))
        return self._take(step)

    def show(self, branch: int) -> None:
        """Return to a branch, by its number; raises `ValueError` for one that there is not."""
        if not 1 <= branch <= len(self.branches):
            raise ValueError(f"branch {branch}: the last one is {len(self.branches)}")
        self._show(branch)

    def _branch_with(self, number: int, step: Step) -> int | None:
        """The branch in which this step came after these steps, the one that is shown before all others."""
        steps = [*(passage.step for passage in self.history.passages[:number]), step]
        numbers = (self.branch, *range(1, len(self.branches) + 1))
        return next((each for each in numbers if self._begins_with(each, steps)), None)

    def _begins_with(self, branch: int, steps: list[Step]) -> bool:
        passages = self.branches[branch - 1].history.passages
        return [passage.step for passage in passages[: len(steps)]] == steps

    def _check_room(self, number: int) -> None:
        if number >= ROOM:
            raise ValueError(f"the run has {ROOM:,} steps, which is all there is room for; save it and begin a new one")
        if number < self.shown and len(self.branches) >= BRANCHES:
            raise ValueError(f"there are {BRANCHES} branches, which is all there is room for; begin a new run")

    def _grown(self, parent: int | None, at: int, passages: Sequence[Passage], config: OrchestratorConfig) -> Branch:
        branch = Branch(parent, at, Trace(config, MADE_BY, rules=path_of(self.rules)), RunHistory(config, self.rules))
        for passage in passages:
            branch.trace.lines.append(passage.line)
            branch.history.add(passage)
        return branch

    def _show(self, number: int) -> None:
        self.branch, self.stuck = number, ""
        _, _, self.trace, self.history = self.branches[number - 1]
        last = self.history.passages[-1].at_ms if self.history.passages else None
        self._now_ms = self._last_ms = last or 0.0

    # -- What comes from outside, now ---------------------------------------------------------------

    def command(self, name: str, session: str | None = None) -> str:
        """Give one of the five commands. The answer says why it was refused, "" where it was not. Raises `ValueError`
        for an unknown command."""
        if name not in COMMANDS:
            raise ValueError(f"command: {shown(name)} is unknown, try one of: {', '.join(COMMANDS)}")
        return self.pick(self.shown, Do(name, session if name == "start_broadcast" else None))

    def fail_next(self, operation: str, kind: str) -> None:
        """Refused: here nothing goes wrong unless it is picked."""
        raise ValueError("the steps of this run are chosen: pick what goes wrong, when it can")

    def slow(self, operation: str, latency: str) -> None:
        """Refused: here nothing takes any time."""
        raise ValueError("the steps of this run are chosen: nothing takes any time but timers")

    def lose(self, service: str, *, noticed: bool = True) -> None:
        """The service falls over; raises `ValueError` where it cannot."""
        self.pick(self.shown, Lose(service, LOST_SERVICE if noticed else LOST_UNNOTICED))

    def bypass(self, service: str) -> None:
        """Someone flips the service behind the orchestrator's back; raises `ValueError` for an unknown one."""
        self.pick(self.shown, Flip(service))

    def conflict(self, *, refusing: bool) -> None:
        """The backend refuses every write from now on, or takes them again."""
        if refusing != self.history.world(self.shown).truth.refusing:
            self.pick(self.shown, Conflict(refusing, CONFLICT if refusing else ""))

    def fill(self, *, present: bool) -> None:
        """The live feed gains or loses its content."""
        if present != self.history.world(self.shown).core.content:
            self.pick(self.shown, Fill(present))

    def reload(self) -> None:
        """The page is reloaded; raises `ValueError` where there is nothing to forget."""
        self.pick(self.shown, Reload())

    def suspend(self, duration_ms: float) -> None:
        """The timer comes before every reply; raises `ValueError` where none is waited for. How long that takes, nobody
        asks here, where nothing takes any time."""
        self.pick(self.shown, Suspend())

    def elsewhere(self, command: str) -> None:
        """Another dashboard gives the command; raises `ValueError` for one that it cannot give."""
        self.pick(self.shown, Elsewhere(command))

    # -- Going on -----------------------------------------------------------------------------------

    def _go_on(self, duration_ms: float) -> None:
        until_ms = self._now_ms + duration_ms
        while (step := self._by_itself()) is not None and (at_ms := self._comes_at(step)) <= until_ms:
            self._now_ms = max(self._now_ms, at_ms)
            self._take_by_itself(step)
        self._now_ms = max(self._now_ms, min(until_ms, self._due_ms))

    def _take_one(self) -> None:
        step = self._by_itself()
        if step is not None:
            self._take_by_itself(step)

    def _by_itself(self) -> Step | None:
        """What happens next if nobody does anything and nothing goes wrong: a timer runs out after all else."""
        if self.stuck or self.shown >= ROOM:
            return None
        world = self.history.world(self.shown)
        works = [step for step in choices(world, HEALTHY) if not isinstance(step, Do)]
        return next((step for step in works if not isinstance(step, Timer)), works[0] if works else None)

    def _take_by_itself(self, step: Step) -> None:
        if raised := _raised(self.history.world(self.shown), step, self.rules):
            self.stuck = f"the rules raise {raised}"
        else:
            self._take(step)

    def _comes_at(self, step: Step) -> float:
        timed = isinstance(step, Timer) and self._due_ms < math.inf
        return self._due_ms if timed else min(self._last_ms + BEAT_MS, self._due_ms)

    @property
    def _due_ms(self) -> float:
        """When the armed timer runs out; never, where there is none or no clock."""
        alarm = self.history.alarm(self.shown)
        return math.inf if alarm is None or alarm.due_ms is None else alarm.due_ms

    def _take(self, step: Step) -> str:
        if isinstance(step, Timer) and self._due_ms < math.inf:
            self._now_ms = max(self._now_ms, self._due_ms)
        before = self.history.world(self.shown)
        after, effects = happen(before, step, self.rules)
        passage = Passage(before, step, effects, after, self._now_ms if self._timed else None)
        self.trace.lines.append(passage.line)
        self.history.add(passage)
        self._last_ms = self._now_ms
        return next((effect.reason for effect in effects if isinstance(effect, Refused)), "")


def can_happen(world: World, step: Step) -> bool:
    """Whether the step is among all that can happen next; a start may be for any session."""
    sessions = (step.session,) if isinstance(step, Do) and step.session != "" else (None,)
    return any(step == each and type(step) is type(each) for steps in next_steps(world, sessions) for each in steps)


def _raised(world: World, step: Step, rules: type[Core]) -> str:
    """What the rules raise in the step, "" where nothing."""
    try:
        happen(world, step, rules)
    except Exception as raised:  # whatever broken rules do
        return in_one_line(raised)
    return ""
