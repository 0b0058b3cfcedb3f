"""What one may say on an evening, from the keyboard or in a script: a line for each thing."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, NamedTuple

from broadcast_orchestrator.model.config import near_match, shown
from broadcast_orchestrator.model.events import EMERGENCY_STOP, INITIALIZE, RECOVER, START_BROADCAST, STOP_BROADCAST
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.sim.demo.evening import Evening

SESSION = "tonight"
"""The session of a start that names none."""

COMMANDS: Mapping[str, str] = {
    "initialize": INITIALIZE,
    "start": START_BROADCAST,
    "stop": STOP_BROADCAST,
    "emergency": EMERGENCY_STOP,
    "recover": RECOVER,
}
"""How the commands are called on an evening."""

VERBS: Mapping[str, str] = {
    "initialize": "make everything ready",
    "start": "go on air, with the session that is named or with one called tonight",
    "stop": "go off air",
    "emergency": "stop everything at once",
    "recover": "leave error",
    "kill": "kill the process of a service; it is back a moment later",
    "reload": "kill the orchestrator, and have another one initialize, as a page does that is loaded again",
    "wait": "let time pass, such as wait 2s; alone, until every process that was killed is back",
    "quit": "end the evening",
}
"""Everything that may be said, and what it means."""

EVENING = ("initialize", "start", "wait 6s", "stop")
"""What happens where nobody says anything."""


class CueError(ValueError):
    """Something that cannot be done on an evening; the message is one line."""


class Cue(NamedTuple):
    """One thing to do: a verb, and of whom or how long."""

    verb: str
    what: str = ""


def cue_of(line: str) -> Cue:
    """What the line says. Raises `CueError`."""
    verb, _, what = line.strip().partition(" ")
    cue = Cue(verb, what.strip())
    if verb not in VERBS:
        raise CueError(f"{shown(verb)}: is nothing to do on an evening{near_match(verb, VERBS)}")
    if verb == "kill":
        service_of(cue.what)
    elif verb == "wait" and cue.what:
        milliseconds(cue.what)
    elif cue.what and verb != "start":
        raise CueError(f"{verb}: is said alone, not with {shown(cue.what)}")
    return cue


def cues_of(text: str) -> tuple[Cue, ...]:
    """A script: a cue on each line; empty lines and those that begin with # say nothing. Raises `CueError` with the
    number of the line."""
    cues = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                cues.append(cue_of(line))
            except CueError as mistake:
                raise CueError(f"line {number}: {mistake}") from None
    return tuple(cues)


def service_of(name: str) -> str:
    """The service of that name. Raises `CueError`."""
    if name not in SERVICES:
        raise CueError(f"{shown(name)}: unknown service{near_match(name, SERVICES)}")
    return name


def milliseconds(text: str) -> float:
    """A duration such as 3s, 1.5s or 300ms. Raises `CueError`."""
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(ms|s)", text.strip())
    if found is None:
        raise CueError(f"{shown(text)}: is no duration, try 3s or 300ms")
    return float(found[1]) * (1000 if found[2] == "s" else 1)


class Stagehand:
    """Does what is said; `say` is told what is being done and how a command ended."""

    def __init__(self, evening: Evening, say: Callable[[str], None]) -> None:
        self._evening, self._say = evening, say

    async def play(self, cues: Iterable[Cue]) -> None:
        """One after the other, each when the one before is over; until one says to quit."""
        for cue in cues:
            if cue.verb == "quit":
                return
            await self.do(cue)

    async def do(self, cue: Cue) -> None:
        """Do it, and return when it is over."""
        self._say(f"> {' '.join(filter(None, cue))}")
        if cue.verb in COMMANDS:
            await self._give(cue)
        elif cue.verb == "kill":
            await self._evening.kill(cue.what)
        elif cue.verb == "reload":
            await self._evening.reload()
            await self.do(Cue("initialize"))
        elif cue.verb == "wait" and cue.what:
            await asyncio.sleep(milliseconds(cue.what) / 1000)
        elif cue.verb == "wait":
            await self._evening.all_there()

    async def _give(self, cue: Cue) -> None:
        session = (cue.what or SESSION) if cue.verb == "start" else None
        ended = await self._evening.give(COMMANDS[cue.verb], session)
        if not ended["ok"]:
            self._say(f"  {ended['message']}")

    def later(self, after_ms: float, cue: Cue) -> Coroutine[Any, Any, None]:
        """Do it after so many milliseconds."""

        async def wait_and_do() -> None:
            await asyncio.sleep(after_ms / 1000)
            await self.do(cue)

        return wait_and_do()
