"""`broadcast demo`: an evening of real processes on this machine, with lamps to be seen and things to go wrong."""

import asyncio
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from broadcast_orchestrator.model.measures import rules_with
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.properties.guarantees.verdicts import HELD, UNKNOWN, VIOLATED
from broadcast_orchestrator.properties.recorded.judging import judge_recording
from broadcast_orchestrator.reports.judge.words import Judged, verdict
from broadcast_orchestrator.reports.options.option_types import Several
from broadcast_orchestrator.reports.options.verified_scope import measures_named
from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.output.messages import one_line
from broadcast_orchestrator.reports.output.terminal import STYLES, Screen
from broadcast_orchestrator.sim.demo.accounting import unaccounted
from broadcast_orchestrator.sim.demo.cues import (
    EVENING,
    VERBS,
    Cue,
    CueError,
    Stagehand,
    cue_of,
    cues_of,
    milliseconds,
    service_of,
)
from broadcast_orchestrator.sim.demo.evening import ORCHESTRATOR, Evening, Lamps
from broadcast_orchestrator.sim.demo.wire import Message
from broadcast_orchestrator.sim.input.text_files import text_heard, text_of
from broadcast_orchestrator.sim.recording.recordings import NothingRecorded, load_recording

SLOW_MS = 4_000.0
"""How long a slow service takes of which no time is said: longer than any limit of the evening."""

PATIENCE_S = 5
"""How long the end of an evening waits for what is under way, in seconds."""


def run(
    *,
    script: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    kill: Several = (),
    slow: Several = (),
    reload: Several = (),
    measures: Annotated[str | None, Parameter(name="--with")] = None,
    out: Path | None = None,
) -> ExitCode:
    """Start five services and an orchestrator, each a process of its own, and run an evening.

    Commands come from the keyboard, from a script, or, where there is neither, from an evening that is built in. At the
    end it says what is on air, what of it is neither known nor named, and judges its own recording: violated where
    there is any, or a guarantee is broken; unknown where the recording leaves something open.

    Parameters
    ----------
    script
        A file with a cue a line (initialize, start, stop, emergency, recover, kill SERVICE, reload, wait 2s, quit), or
        - for standard input.
    kill
        Kill the process of a service after a while, such as host@3s.
    slow
        Have a service take its time, such as producer, or producer@1s.
    reload
        Kill the orchestrator after a while, such as 5s, and start another.
    measures
        Add measures to the orchestrator, such as read-back,fencing or all (see `broadcast measures`).
    out
        Keep the sessions and the recordings, one for each orchestrator, in this folder.
    """
    try:
        cues = _cues(script)
        timed = [*map(_kill, kill), *((milliseconds(each), Cue("reload")) for each in reload)]
        slowed = dict(map(_slowed, slow))
    except CueError as mistake:
        raise BadInput(str(mistake)) from None
    names = () if measures is None else measures_named("--with", measures)
    with _folder(out) as folder:
        return asyncio.run(Show(folder, slowed, names).run(cues, timed))


def _cues(script: str | None) -> tuple[Cue, ...] | None:
    """What is to be done; None where somebody is at the keyboard."""
    if script is None:
        return None if sys.stdin.isatty() else tuple(map(cue_of, EVENING))
    text = text_heard(CueError, "script") if script == "-" else text_of(script, CueError, "script")
    try:
        return cues_of(text)
    except CueError as mistake:
        raise CueError(f"{script}, {mistake}") from None


def _kill(text: str) -> tuple[float, Cue]:
    service, at, when = text.partition("@")
    if not at:
        raise CueError(f"--kill {one_line(text)}: says no time, try {service or 'host'}@3s")
    return milliseconds(when), Cue("kill", service_of(service))


def _slowed(text: str) -> tuple[str, float]:
    service, at, latency = text.partition("@")
    return service_of(service), milliseconds(latency) if at else SLOW_MS


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    if out is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as mistake:
        raise BadInput(f"{out}: cannot be a folder ({mistake.strerror})") from None
    yield out


class Show:
    """The evening as it is shown."""

    def __init__(self, folder: Path, slowed: dict[str, float], measures: Sequence[str]) -> None:
        self._console = Screen()
        self._began = time.monotonic()
        self._evening = Evening(folder, self._tell, slowed, records=True, measures=measures)
        self._rules = rules_with(measures)
        self._lit = dict.fromkeys(SERVICES, False)
        self._is_over = False

    async def run(self, cues: Sequence[Cue] | None, timed: Sequence[tuple[float, Cue]]) -> ExitCode:
        """Everything, from the first process to the last word."""
        async with self._evening:
            try:
                await self._play(cues, timed)
                wrong = await self._ending()
            finally:
                self._is_over = True
        verdicts = [VIOLATED] * bool(wrong) + [self._judged(recording) for recording in self._evening.recordings]
        return exit_code(next((each for each in (VIOLATED, UNKNOWN) if each in verdicts), HELD))

    async def _play(self, cues: Sequence[Cue] | None, timed: Sequence[tuple[float, Cue]]) -> None:
        """What is said, and beside it what comes at its time."""
        stagehand = Stagehand(self._evening, self._say)
        timers = [asyncio.create_task(stagehand.later(*each)) for each in timed]
        if cues is None:
            await self._keyboard(stagehand)
        else:
            await stagehand.play(cues)
        for timer in timers:
            timer.cancel()
        await asyncio.gather(*timers, return_exceptions=True)

    async def _keyboard(self, stagehand: Stagehand) -> None:
        """Each line is done beside those before it, so that an emergency stop can interrupt a start."""
        self._say("say " + ", ".join(VERBS))
        doing = set[asyncio.Task[None]]()
        lines = typed_lines()
        while (line := await lines.get()) and line.strip() != "quit":
            try:
                if line.strip():
                    doing.add(asyncio.create_task(stagehand.do(cue_of(line))))
            except CueError as mistake:
                self._say(f"  {mistake}")
        for each in doing:
            each.cancel()

    async def _ending(self) -> tuple[str, ...]:
        """When all is quiet: what is on air, what the store says, and what nobody accounts for."""
        await self._evening.all_there()
        deadline = time.monotonic() + PATIENCE_S
        known, lamps = await self._look()
        while _may_change(known, lamps) and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
            known, lamps = await self._look()
        sessions = self._evening.sessions()
        named = [f"not confirmed off: {', '.join(known['residue'])}"] if known["residue"] else []
        named += [f"left live: {', '.join(known['left_live'])}"] if known["left_live"] else []
        self._say("; ".join([f"the end: {known['state']}, on air: {', '.join(lamps.on) or 'nothing'}", *named]))
        for session in sessions.sessions:
            lasted = f", for {session.broadcast_duration / 1000:.1f} s" if session.broadcast_duration else ""
            self._say(f"the store says of {session.id}: {session.broadcast_state}{lasted}")
        wrong = tuple(unaccounted(lamps, known, sessions))
        for sentence in wrong:
            self._say(f"✗ {sentence}", "bold red")
        if not wrong:
            self._say("✓ what is on air is known or named, and the store tells the truth", "green")
        return wrong

    async def _look(self) -> tuple[Message, Lamps]:
        """What the orchestrator knows, and what is so."""
        return await self._evening.known(), await self._evening.lamps()

    def _judged(self, file: Path) -> str:
        """The verdict on what an orchestrator did, told by its recording; one that did nothing has broken nothing."""
        try:
            recording = load_recording(file)
        except NothingRecorded:
            return HELD
        judged = Judged(recording._replace(name=file.name), judge_recording(recording, self._rules), self._rules)
        self._say(verdict(judged), STYLES[judged.verdict])
        for each in judged.judgement.broken:
            self._say(f"  {each.violation.guarantee}: {each.violation.what}")
        for gap in judged.judgement.gaps:
            self._say(f"  a gap of the guide's own: {gap.violation.guarantee}: {gap.violation.what}", "dim")
        return judged.verdict

    # -- What is seen ---------------------------------------------------------------------------------

    def _tell(self, name: str, message: Message) -> None:
        if self._is_over:
            return
        match message:
            case {"lamp": lit}:
                self._lit[name] = lit
                self._say(f"{'●' if lit else '○'} {name:<10} {'ON AIR' if lit else 'off'}", "red" if lit else "dim")
            case {"gone": code} if code and name in self._lit:
                was, self._lit[name] = self._lit[name], False
                self._say(f"○ {name:<10} killed{' while on air' if was else ''}", "yellow")
            case {"gone": code} if code:
                self._say(f"{ORCHESTRATOR} killed", "yellow")
            case {"warning": warning}:
                self._say(f"  {warning}", "dim")
            case {"from": source, "to": target, "reason": reason}:
                self._say(f"  {source} → {target} ({reason})", "bold")

    def _say(self, text: str, style: str = "") -> None:
        after_s = time.monotonic() - self._began
        self._console.print(f"{after_s:6.2f}  {text}", style=style, markup=False, soft_wrap=True)


def _may_change(known: Message, lamps: Lamps) -> bool:
    """Whether something is under way, an answer is still to come, or a service still does what a former one asked."""
    return bool(known["busy"] or known["open"] or lamps.at_work)


def typed_lines() -> "asyncio.Queue[str]":
    """The lines that are typed, "" when there are no more; reading them keeps nothing waiting, and ends with the
    program."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[str]()

    def read() -> None:
        for line in chain(sys.stdin, [""]):
            loop.call_soon_threadsafe(lines.put_nowait, line)

    threading.Thread(target=read, daemon=True).start()
    return lines
