"""The one session that every tab shows: what runs now, what may be done to it, and what is told of it."""

from asyncio import Queue
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import assert_never

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.reports.monitor.choosing import ChoicesFact, choices_fact
from broadcast_orchestrator.reports.monitor.problem import Problem
from broadcast_orchestrator.reports.monitor.tabs import Tabs
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.viewer.facts.page_facts import CallFact, ControlsFact, PageFacts, StepFact
from broadcast_orchestrator.reports.viewer.facts.simulated_facts import SimulatedFacts
from broadcast_orchestrator.reports.viewer.facts.subject_facts import SubjectFacts
from broadcast_orchestrator.reports.viewer.followed import FollowedRun
from broadcast_orchestrator.reports.viewer.opened import ShownRun, facts_of, made_by, playback_of
from broadcast_orchestrator.sim.realtime.chosen_run import ChosenRun
from broadcast_orchestrator.sim.realtime.live_run import LiveRun
from broadcast_orchestrator.sim.realtime.subject_run import PacedSubjectRun
from broadcast_orchestrator.sim.recording.recordings import read_run
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.subjects.evidence import Evidence
from broadcast_orchestrator.sim.subjects.protocol.messages import Subject
from broadcast_orchestrator.sim.world.steps import Step
from broadcast_orchestrator.sim.world.trace import Trace, in_one_line

OWN_WAY = "an implementation decides for itself what happens next"
"""Why there is nothing to choose in the run of a subject."""


class Session:
    """A live run and, while one is open, the playback of a trace, which is only looked at. Whoever picks what happens
    next, in either, goes on with a live run whose steps are chosen.

    `seed` and `faults` are those of the first live run, `rules` those of every run; `rules_path` is what `--rules`
    said, None where it was left out. With a `subject`, that is what runs live, instead of the reference.
    """

    def __init__(
        self,
        seed: int = 0,
        faults: tuple[Fault, ...] = (),
        rules: type[Core] = Core,
        rules_path: str | None = None,
        subject: Subject | None = None,
    ) -> None:
        self._rules, self._rules_path, self._subject = rules, rules_path, subject
        self.tabs = Tabs()
        self.live: LiveRun | ChosenRun | PacedSubjectRun = (
            PacedSubjectRun(subject) if subject else LiveRun(seed, faults, rules)
        )
        self._of_live = self.facts = facts_of(self.live)
        self.title = ""
        self._followed: FollowedRun | None = None
        self._given_up: SimulatedFacts | SubjectFacts | None = None

    # -- What there is to see -----------------------------------------------------------------------

    @property
    def run(self) -> ShownRun:
        """What is shown: the live run, or a playback."""
        return self.facts.run

    @property
    def read_only(self) -> bool:
        """Whether a playback is shown."""
        return self.run is not self.live

    def everything(self) -> PageFacts:
        """All that a page needs that knows nothing yet."""
        self._surely(self.tell)
        return self._with_present(tuple(self.facts.steps), tuple(self.facts.calls))

    def controls(self) -> ControlsFact:
        """How the run is driven at the moment."""
        run = self.run
        return ControlsFact(
            read_only=self.read_only,
            title=self.title if self.read_only else self._of_whom(),
            made_by=made_by(run),
            attached=isinstance(run, PacedSubjectRun),
            chosen=isinstance(run, ChosenRun),
            paused=run.paused,
            speed=run.speed,
            now_ms=run.now_ms,
            moving=not (run.paused or run.over or (isinstance(run, PacedSubjectRun) and run.shown == run.length)),
            timed=run.timed,
            over=run.over,
            stuck=run.stuck,
            length=None if isinstance(run, LiveRun | ChosenRun) else run.length,
            ordered=self._ordered(),
            slowed=self.live.slowed if isinstance(self.live, LiveRun) else {},
        )

    def _of_whom(self) -> str:
        match self.live:
            case PacedSubjectRun():
                name = self._subject.about.name if self._subject else ""
                return f"attached to {name or 'an implementation'}"
            case ChosenRun():
                return f"steps chosen by hand, branch {self.live.branch} of {len(self.live.branches)}"
            case LiveRun():
                return f"live simulation, seed {self.live.trace.seed}"
            case _ as unknown:
                assert_never(unknown)

    def _ordered(self) -> dict[str, str]:
        match self.live:
            case PacedSubjectRun():
                return self.live.ordered
            case ChosenRun():
                return {}
            case LiveRun():
                return {operation: fault.kind for operation, fault in self.live.ordered.items()}
            case _ as unknown:
                assert_never(unknown)

    def choices(self, number: int, session: str | None = None) -> ChoicesFact:
        """What can be chosen after so many steps, starts being for the session. Raises `Problem` for a run in which
        nothing can be, and IndexError where there were never so many steps."""
        if isinstance(self.facts, SubjectFacts):
            raise Problem(OWN_WAY)
        self.tell()
        return choices_fact(self.facts, number, session)

    # -- What can be done ---------------------------------------------------------------------------

    def advance(self, elapsed_s: float) -> None:
        """So many seconds have passed on the wall. Nothing is raised: a run that cannot be shown any further is stuck,
        and says why."""
        self._surely(lambda: self.run.advance(elapsed_s))
        self._surely(self.tell)

    def begin(self, seed: int) -> None:
        """Begin a new live run, in place of the one there is."""
        speed = self.live.speed
        self.live = PacedSubjectRun(self._subject) if self._subject else LiveRun(seed, rules=self._rules)
        self.live.speed = speed
        self._of_live = facts_of(self.live)
        self.show(self._of_live)

    def pick(self, number: int, step: Step) -> str:
        """Let the step happen after the first `number` steps of what is shown, which is live from then on, with chosen
        steps. The answer says why a command is refused, "" for all else. Raises `Problem` where nothing can be chosen,
        `ValueError` for a step that cannot be, and IndexError where there were never so many steps."""
        run = self.run
        if isinstance(run, PacedSubjectRun):
            raise Problem(OWN_WAY)
        led = run if isinstance(run, ChosenRun) else ChosenRun(run.history.passages, run.trace.config, run.rules)
        before = led.history
        answer = led.pick(number, step)
        led.paused = True
        if led is not run or led.history is not before:
            self._lead(led, number + 1)
        return answer

    def show_branch(self, number: int) -> None:
        """Return to a branch of the run whose steps are chosen; raises `ValueError` where there is none."""
        if not isinstance(self.run, ChosenRun):
            raise Problem("there are no branches yet, pick what happens next first")
        self.run.show(number)
        self.run.paused = True
        self._lead(self.run)

    def _lead(self, run: ChosenRun, look: int | None = None) -> None:
        run.speed = self.live.speed
        self.live = run
        self._of_live = facts_of(run)
        self.show(self._of_live, look)

    def follow(self, file: Path) -> None:
        """Show the recording in the file, and whatever is added to it. Raises `BadInput` where there is none."""
        self._followed = FollowedRun(file, self._rules_path)
        self.live.paused = True
        self._show_more()

    def look_for_more(self) -> None:
        """Show what was added to the recording that is followed, as long as nobody looks at something else. Nothing is
        raised, as with `advance`: a run that cannot be followed any more is stuck, and says why."""
        self._surely(self._show_more)

    def _show_more(self) -> None:
        followed = self._followed
        if followed is None or (followed.run is not None and followed.run is not self.run):
            return
        is_new = followed.run is None
        if followed.look() and followed.run is not None:
            self.title = f"{'' if followed.is_over else 'following '}{followed.name}"
            if is_new:
                self.show(facts_of(followed.run))
            else:
                self.tell(always=True)

    def load(self, trace: Trace | Evidence, title: str) -> None:
        """Show a trace or evidence. Raises `BadInput` for a trace made by other rules than those of this session, and
        `TraceError` for one whose steps do not follow."""
        run = playback_of(trace, self._rules_path)
        self.live.paused = True
        self.title = title
        self.show(facts_of(run))

    def read(self, text: str, title: str) -> None:
        """Show the trace or the evidence that is this text; raises `Problem` where it is neither."""
        try:
            self.load(read_run(text, title), title)
        except (BadInput, ValueError) as mistake:
            raise Problem(str(mistake)) from None

    def rewind(self) -> None:
        """Show the trace from its beginning again; raises `Problem` where there is none."""
        if isinstance(self.run, LiveRun | ChosenRun) or not self.read_only:
            raise Problem("a live run cannot be rewound, begin a new one")
        self.run.rewind()
        self.show(facts_of(self.run))

    def close(self) -> None:
        """Back to the live run, which has been paused meanwhile."""
        self.show(self._of_live)

    # -- What the pages are told --------------------------------------------------------------------

    def join(self) -> "Queue[str | None]":
        """A queue of messages that begins with everything; raises `Problem` where too many watch already."""
        return self.tabs.join("all", self.everything())

    def show(self, facts: SimulatedFacts | SubjectFacts, look: int | None = None) -> None:
        """Have every page begin anew with this run, and look at this moment, None for the present."""
        self.facts = facts
        self.tabs.tell("all", replace(self.everything(), look=look))

    def tell(self, *, always: bool = False) -> None:
        """Tell every page what is new; `always` for when the controls are."""
        steps, calls = self.facts.news()
        if steps or always:
            self.tabs.tell("news", self._with_present(steps, calls))

    def tick(self) -> None:
        """Tell every page what the time is. Nothing is raised, as with `advance`."""
        self._surely(lambda: self.tabs.tell("controls", {"controls": self.controls()}), again=True)

    def _surely(self, do: Callable[[], object], *, again: bool = False) -> None:
        """Do it; whatever goes wrong is what the run is stuck with, and then it is not tried again."""
        if self.facts is self._given_up and not again:
            return
        try:
            do()
        except BadInput as mistake:
            self.run.stuck = str(mistake)
        except Exception as mistake:  # the clock has to go on, whatever is wrong with one run
            self._given_up = self.facts
            self.run.stuck = f"it cannot be shown any further, by a mistake of ours ({in_one_line(mistake)})"

    def _with_present(self, steps: tuple[StepFact, ...], calls: tuple[CallFact, ...]) -> PageFacts:
        return PageFacts(steps, calls, self.facts.view(len(self.facts.steps)), self.controls())
