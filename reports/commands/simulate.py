"""What `broadcast simulate` and `broadcast replay` do."""

from pathlib import Path

from broadcast_orchestrator.model.api.outcome import BroadcastError
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.verdicts import unforeseen
from broadcast_orchestrator.properties.witness.retake import judged
from broadcast_orchestrator.reports.options.judged_rules import rules_for
from broadcast_orchestrator.reports.output.files import BadInput, write_whole
from broadcast_orchestrator.reports.output.terminal import Screen
from broadcast_orchestrator.reports.timelines.timeline_text import show_timeline
from broadcast_orchestrator.sim.simulate.injection import Fault, FaultError
from broadcast_orchestrator.sim.simulate.studio import Script, Studio
from broadcast_orchestrator.sim.world.trace import Trace, TraceError, walk
from broadcast_orchestrator.sim.world.trace import replay as play_again

SESSION, ON_AIR_MS = "s1", 5_000.0
"""The session of the broadcast that is simulated, and how long it is on air, in milliseconds."""


def simulate(seed: int, fail: tuple[str, ...], trace: Path | None, rules: type[Core] = Core) -> int:
    """Run the broadcast, print it, and write its trace; 1 if the run broke a guarantee, else 0."""
    studio = prepared(seed, tuple(fault_of(text) for text in fail), rules)
    stuck = _settled(studio)
    passages = tuple(walk(studio.trace, rules))
    console = Screen()
    show_timeline(console, passages)
    if trace is not None:
        write_whole(trace, studio.trace.to_text())
        console.print(f"trace: {trace}", markup=False, soft_wrap=True)
    violations = unforeseen(judged(passages, rules))
    for violation in violations:
        console.print(f"{violation.guarantee} is violated: {violation.what}", markup=False, soft_wrap=True)
    if stuck:
        console.print(f"stuck: {stuck}", markup=False, soft_wrap=True)
    console.print(f"ends in {studio.state.value} after {studio.now_ms:,.0f} ms", markup=False)
    return 1 if violations or stuck else 0


def broadcast(seed: int, faults: tuple[Fault, ...] = ()) -> Studio:
    """Initialize, go on air with a session, stay there for a while, stop; after a failed start, recover."""
    studio = prepared(seed, faults)
    studio.settle()
    return studio


def prepared(seed: int, faults: tuple[Fault, ...], rules: type[Core] = Core) -> Studio:
    """The studio in which that is about to happen."""
    studio = Studio(seed=seed, faults=faults, sessions=(SESSION,), rules=rules)
    studio.script(story(studio))
    return studio


def _settled(studio: Studio) -> str:
    """Let everything come to rest; what kept it from that, as broken rules may, else ""."""
    try:
        studio.settle()
    except RuntimeError as mistake:  # nothing can happen any more, or the rules left the table
        return str(mistake)
    return ""


def story(studio: Studio) -> Script:
    """One broadcast from initialize to stop; after a failure, a recover."""
    orchestrator = studio.orchestrator
    try:
        yield orchestrator.initialize()
        yield orchestrator.start_broadcast(SESSION)
        yield studio.wait(ON_AIR_MS)
        yield orchestrator.stop_broadcast()
    except BroadcastError:
        yield from _recovery(studio)


def _recovery(studio: Studio) -> Script:
    try:
        yield studio.orchestrator.recover()
    except BroadcastError:
        return  # what failed again is in the trace


def fault_of(text: str) -> Fault:
    """The fault that `--fail` asks for: "host.start" is refused the first time, "host.start:hang" hangs."""
    call, _, kind = text.partition(":")
    try:
        return Fault(call, kind or "refuse", first=1)
    except FaultError as mistake:
        raise BadInput(f"--fail {text}: {str(mistake).removeprefix('fault: ')}") from None


def replay(file: Path, rules_path: str | None = None) -> int:
    """Take the trace again and say how it went; 1 where it differs."""
    try:
        trace = Trace.load(file)
    except TraceError as mistake:
        raise BadInput(str(mistake)) from None
    rules = rules_for(rules_path, trace.rules)
    again = play_again(trace, rules)
    console = Screen()
    if again.agrees:
        show_timeline(console, tuple(walk(trace, rules)))
        console.print(f"ok: all {again.steps} steps give what the trace says", markup=False)
        return 0
    console.print(f"diverges at step {again.differs_at}: {again.difference}", markup=False, soft_wrap=True)
    return 1
