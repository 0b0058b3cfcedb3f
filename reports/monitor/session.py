"""The one session that every tab shows: what runs now, what may be done to it, and who is told of it."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.reports.monitor.facts import Facts
from broadcast_orchestrator.reports.monitor.foreign import ForeignFacts
from broadcast_orchestrator.reports.options.judged_rules import rules_for
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.witness.regression import recorded_file
from broadcast_orchestrator.sim.realtime.live_run import LiveRun
from broadcast_orchestrator.sim.realtime.playback import Playback
from broadcast_orchestrator.sim.realtime.subject_run import PacedSubjectRun
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.subjects.evidence import FORMAT, Evidence, evidence_from_text
from broadcast_orchestrator.sim.subjects.protocol.messages import Subject
from broadcast_orchestrator.sim.world.trace import Trace

TABS, BACKLOG = 32, 256
"""How many pages may watch at once, and how many messages one may be behind before it has to connect again."""


class Problem(ValueError):
    """Something that cannot be done; the message is one line for whoever asked."""


class Session:
    """A live run and, while one is open, the playback of a trace, which is only looked at.

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
        self._tabs: list[asyncio.Queue[str | None]] = []
        self.live: LiveRun | PacedSubjectRun = PacedSubjectRun(subject) if subject else LiveRun(seed, faults, rules)
        self._of_live = self.facts = facts_of(self.live)
        self.title = ""

    # -- What there is to see -----------------------------------------------------------------------

    @property
    def run(self) -> LiveRun | Playback | PacedSubjectRun:
        """What is shown: the live run, or a playback."""
        return self.facts.run

    @property
    def read_only(self) -> bool:
        """Whether a playback is shown."""
        return self.run is not self.live

    def everything(self) -> dict[str, Any]:
        """All that a page needs that knows nothing yet."""
        self.tell()
        return {"steps": self.facts.steps, "calls": self.facts.calls, **self._present()}

    def controls(self) -> dict[str, Any]:
        """How the run is driven at the moment."""
        run = self.run
        return {
            "read_only": self.read_only,
            "title": self.title if self.read_only else self._of_whom(),
            "made_by": made_by(run),
            "attached": isinstance(run, PacedSubjectRun),
            "paused": run.paused,
            "speed": run.speed,
            "now_ms": run.now_ms,
            "moving": not (run.paused or run.over or (isinstance(run, PacedSubjectRun) and run.shown == run.length)),
            "timed": run.timed,
            "over": run.over,
            "stuck": run.stuck,
            "length": None if isinstance(run, LiveRun) else run.length,
            "ordered": self._ordered(),
            "slowed": self.live.slowed if isinstance(self.live, LiveRun) else {},
        }

    def trace_text(self) -> str:
        """The run so far as a trace, or as evidence of a subject; raises `Problem` where there is none yet."""
        if not isinstance(self.run, PacedSubjectRun):
            return self.run.trace.to_text()
        if self.run.evidence is None:
            raise Problem("there is no evidence yet, give a command first")
        return self.run.evidence.to_text()

    def test_text(self, number: int) -> str:
        """The run, as far as that step, as a pytest file; raises `Problem` where there is nothing to test."""
        if isinstance(self.facts, ForeignFacts) or isinstance(self.run, PacedSubjectRun):
            raise Problem("save the evidence, and let broadcast check --replay FILE -- COMMAND play it again")
        if not 1 <= number <= self.run.shown:
            raise Problem(f"step {number}: there are {self.run.shown} steps, let something happen first")
        passages = tuple(self.run.history.passages[:number])
        return recorded_file(passages, self.run.trace.config, self.facts.rules, "broadcast session")

    def _of_whom(self) -> str:
        if isinstance(self.live, PacedSubjectRun):
            name = self._subject.about.name if self._subject else ""
            return f"attached to {name or 'an implementation'}"
        return f"live simulation, seed {self.live.trace.seed}"

    def _ordered(self) -> dict[str, str]:
        if isinstance(self.live, PacedSubjectRun):
            return self.live.ordered
        return {operation: fault.kind for operation, fault in self.live.ordered.items()}

    # -- What can be done ---------------------------------------------------------------------------

    def advance(self, elapsed_s: float) -> None:
        """So many seconds have passed on the wall."""
        self.run.advance(elapsed_s)
        self.tell()

    def begin(self, seed: int) -> None:
        """Begin a new live run, in place of the one there is."""
        speed = self.live.speed
        self.live = PacedSubjectRun(self._subject) if self._subject else LiveRun(seed, rules=self._rules)
        self.live.speed = speed
        self._of_live = facts_of(self.live)
        self.show(self._of_live)

    def load(self, trace: Trace | Evidence, title: str) -> None:
        """Show a trace or evidence. Raises `BadInput` for a trace made by other rules than those of this session, and
        `TraceError` for one whose steps do not follow."""
        run: Playback | PacedSubjectRun
        if isinstance(trace, Evidence):
            run = PacedSubjectRun(evidence=trace)
        else:
            run = Playback(trace, rules_for(self._rules_path, trace.rules))
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
        if isinstance(self.run, LiveRun) or not self.read_only:
            raise Problem("a live run cannot be rewound, begin a new one")
        self.run.rewind()
        self.show(facts_of(self.run))

    def close(self) -> None:
        """Back to the live run, which has been paused meanwhile."""
        self.show(self._of_live)

    # -- Who is told --------------------------------------------------------------------------------

    def join(self) -> "asyncio.Queue[str | None]":
        """A queue of messages that begins with everything; raises `Problem` where too many watch already."""
        if len(self._tabs) >= TABS:
            raise Problem(f"{TABS} pages are watching already, close one of them")
        queue: asyncio.Queue[str | None] = asyncio.Queue(BACKLOG)
        queue.put_nowait(message("all", self.everything()))
        self._tabs.append(queue)
        return queue

    def leave(self, queue: "asyncio.Queue[str | None]") -> None:
        """Nobody reads this queue any more."""
        self._tabs = [other for other in self._tabs if other is not queue]

    def part(self) -> None:
        """Tell every page that there is no more to come."""
        for queue in self._tabs:
            self._let_go(queue)

    def tick(self) -> None:
        """Tell every page what the time is."""
        self._publish("controls", {"controls": self.controls()})

    def show(self, facts: Facts | ForeignFacts) -> None:
        """Have every page begin anew with this run."""
        self.facts = facts
        self._publish("all", self.everything())

    def tell(self, *, always: bool = False) -> None:
        """Tell every page what is new; `always` for when the controls are."""
        steps, calls = self.facts.news()
        if steps or always:
            self._publish("news", {"steps": steps, "calls": calls, **self._present()})

    def _present(self) -> dict[str, Any]:
        return {"view": self.facts.view(len(self.facts.steps)), "controls": self.controls()}

    def _publish(self, kind: str, data: Mapping[str, Any]) -> None:
        if not self._tabs:
            return
        text = message(kind, data)
        for queue in self._tabs:
            if queue.full():  # it will connect again and be told everything
                self._let_go(queue)
            else:
                queue.put_nowait(text)

    def _let_go(self, queue: "asyncio.Queue[str | None]") -> None:
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
        self.leave(queue)


def facts_of(run: LiveRun | Playback | PacedSubjectRun) -> Facts | ForeignFacts:
    """What there is to show of the run."""
    return ForeignFacts(run) if isinstance(run, PacedSubjectRun) else Facts(run, run.rules)


def made_by(run: LiveRun | Playback | PacedSubjectRun) -> str:
    """Which engine or which implementation it is a run of."""
    if not isinstance(run, PacedSubjectRun):
        return run.trace.made_by
    return run.evidence.about.name if run.evidence else ""


def read_run(text: str, name: str) -> Trace | Evidence:
    """The trace or the evidence that is this text; raises `ValueError`, one line, where it is neither."""
    if FORMAT in text.split("\n", 1)[0]:
        return evidence_from_text(text, name)
    return Trace.from_text(text, name)


def message(kind: str, data: Mapping[str, Any]) -> str:
    """One server-sent event."""
    return f"event: {kind}\ndata: {json.dumps(data, allow_nan=False, separators=(',', ':'))}\n\n"
