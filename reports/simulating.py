"""What `broadcast simulate` and `broadcast replay` do."""

from collections.abc import Iterator
from pathlib import Path

from model.outcome import BroadcastError
from properties.guarantees import Observer, watch
from properties.verdicts import Breach
from reports.files import BadInput, write_whole
from reports.frames import Frame, of_trace
from reports.terminal import Screen, show_timeline
from sim.injection import Fault, FaultError
from sim.studio import Script, Studio
from sim.trace import Trace, TraceError
from sim.trace import replay as play_again

SESSION, ON_AIR_MS = "s1", 5_000.0
"""The session of the broadcast that is simulated, and how long it is on air, in milliseconds."""


def simulate(seed: int, fail: tuple[str, ...], trace: Path | None) -> int:
    """Run the broadcast, print it, and write its trace; 1 if the run broke a guarantee, else 0."""
    studio = broadcast(seed, tuple(fault_of(text) for text in fail))
    frames = tuple(of_trace(studio.trace))
    console = Screen()
    show_timeline(console, frames, timed=True)
    if trace is not None:
        write_whole(trace, studio.trace.to_text())
        console.print(f"trace: {trace}", markup=False, soft_wrap=True)
    breaches = tuple(judged(frames))
    for breach in breaches:
        console.print(f"{breach.guarantee} is violated: {breach.what}", markup=False, soft_wrap=True)
    console.print(f"ends in {studio.state.value} after {studio.now_ms:,.0f} ms", markup=False)
    return 1 if breaches else 0


def broadcast(seed: int, faults: tuple[Fault, ...] = ()) -> Studio:
    """Initialize, go on air with a session, stay there for a while, stop; after a failed start, recover."""
    studio = Studio(seed=seed, faults=faults, sessions=(SESSION,))
    studio.script(_story(studio))
    studio.settle()
    return studio


def _story(studio: Studio) -> Script:
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


def judged(frames: tuple[Frame, ...]) -> Iterator[Breach]:
    """Every breach in the run."""
    observer = Observer()
    for frame in frames:
        observer, breaches = watch(observer, frame.before, frame.step, frame.effects, frame.after)
        yield from breaches


def replay(file: Path) -> int:
    """Take the trace again and say how it went; 1 where it differs."""
    try:
        trace = Trace.load(file)
    except TraceError as mistake:
        raise BadInput(str(mistake)) from None
    again = play_again(trace)
    console = Screen()
    if again.agrees:
        show_timeline(console, tuple(of_trace(trace)), timed=is_timed(trace))
        console.print(f"ok: all {again.steps} steps give what the trace says", markup=False)
        return 0
    console.print(f"diverges at step {again.differs_at}: {again.difference}", markup=False, soft_wrap=True)
    return 1


def is_timed(trace: Trace) -> bool:
    """Whether the engine that made the trace had a clock."""
    return all(line.at_ms is not None for line in trace.lines)
