"""Evenings of the driver on asyncio over made-up services, in virtual time, with a recorder."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from broadcast_orchestrator.model.events import COMMANDS, START_BROADCAST
from broadcast_orchestrator.model.operations import CONVEX, ON_AIR_SERVICES, OPERATIONS
from broadcast_orchestrator.model.runtime import AsyncOrchestrator
from broadcast_orchestrator.model.runtime.observing import News, Observer
from broadcast_orchestrator.sim.recording.recorder import Recorder
from broadcast_orchestrator.sim.subjects.python.virtual_loop import VirtualLoop

WORKS, REFUSES, LOSES_REPLY, HANGS, DOES_NOTHING = "works", "refuses", "loses its reply", "hangs", "does nothing"
"""How a call goes."""

Plan = Callable[[str], tuple[str, float | None]]
"""How the next call of an operation goes, and how many seconds it takes; None: it is over when it returns."""


class Evening:
    """Services with a lamp each, which can be read, and the orchestrator over them, with these measures. With
    `telling`, each lamp tells when it changes."""

    def __init__(
        self, file: Path, plan: Plan, *, telling: bool = False, measures: Iterable[str] = (), **recording: Any
    ) -> None:
        self.loop = VirtualLoop(lambda message: None, lambda: None)  # type: ignore[abstract]  # it has no sockets
        self.plan, self.telling = plan, telling
        self.lamps = dict.fromkeys(ON_AIR_SERVICES, False)
        self.initialized = False
        self.live = list[str]()
        self.heard: list[News] = []
        self.recorder = Recorder(file, told=telling, **recording)
        services = SimpleNamespace(**{service: SimpleNamespace() for service in ON_AIR_SERVICES})
        for name, operation in OPERATIONS.items():
            if operation.service != CONVEX:
                setattr(getattr(services, operation.service), name.partition(".")[2], partial(self._call, name))
        for service in ON_AIR_SERVICES:
            getattr(services, service).is_on = partial(self._read, f"{service}.is_on", partial(self.lamps.get, service))
        services.host.is_initialized = partial(self._read, "host.is_initialized", lambda: self.initialized)
        observers: list[Observer] = [self.recorder, self.heard.append]
        self.orchestrator = AsyncOrchestrator(services, self, observers=observers, measures=measures)

    def update_broadcast_state(self, arguments: Mapping[str, object]) -> object:
        """The backend is planned as the services are."""
        return self._call(f"convex.{arguments['broadcastState']}", str(arguments["id"]))

    def live_sessions(self) -> object:
        """It can be read."""
        return self._read("convex.live_sessions", partial(list, self.live))

    def new_life(self) -> int:
        """It counts lives; this one is the first."""
        return 1

    def take_lease(self, _holder: str, _lease_ms: float) -> object:
        """The lease, to be had by whoever is answered."""
        return self._read("convex.take_lease", lambda: True)

    def switch(self, service: str, on: bool) -> None:
        """The lamp of the service goes on or off, and it tells."""
        self.lamps[service] = on
        if self.telling:
            self.orchestrator.saw(service, active=on, initialized=True if service == "host" else None)

    def lose(self, service: str) -> None:
        """The service falls over, and reports it."""
        self.lamps[service] = False
        self.initialized = self.initialized and service != "host"
        self.loop.call_soon(self.orchestrator.report, service, "battery")
        self.loop.rest()

    def give(self, command: str, session: str | None = None) -> None:
        """Somebody gives a command, and minds how it ends."""
        self.loop.call_soon(self._give, command, session)
        self.loop.rest()

    def pass_by(self, seconds: float) -> None:
        """Time goes by."""
        self.loop.advance(self.loop.now_ms + seconds * 1000)

    def _give(self, command: str, session: str | None) -> None:
        given = getattr(self.orchestrator, command)(*([] if session is None else [session]))
        self.loop.create_task(_minded(given))

    def _call(self, operation: str, session: str = "") -> object:
        goes, seconds = self.plan(operation)
        if seconds is not None:
            return self._later(operation, goes, seconds, partial(self._take_effect, operation, session, goes))
        self._take_effect(operation, session, goes)
        return self._end(operation, goes)

    def _read(self, operation: str, look: Callable[[], object]) -> object:
        goes, seconds = self.plan(operation)
        if seconds is not None:
            return self._later(operation, goes, seconds, look)
        return self._end(operation, goes, look())

    async def _later(self, operation: str, goes: str, seconds: float, does: Callable[[], object]) -> object:
        await asyncio.sleep(seconds)
        result = self._end(operation, goes, does())
        if goes == HANGS:
            await self.loop.create_future()
        return result

    def _take_effect(self, operation: str, session: str, goes: str) -> None:
        service, on = OPERATIONS[operation].service, OPERATIONS[operation].turns_on
        if goes not in (WORKS, LOSES_REPLY):
            return
        if on is None:
            self.initialized = True
        elif service == CONVEX:
            self.live = [*(each for each in self.live if each != session), *([session] if on else [])]
        else:
            self.switch(service, on)

    def _end(self, operation: str, goes: str, result: object = None) -> object:
        if goes in (REFUSES, LOSES_REPLY):
            raise ConnectionError(f"{operation}: secret of room 7")
        return result


async def _minded(command: Coroutine[Any, Any, object]) -> None:
    await asyncio.gather(command, return_exceptions=True)


def well(_operation: str) -> tuple[str, float | None]:
    """Everything works, in a tenth of a second."""
    return WORKS, 0.1


def wild_evening(
    file: Path, seed: int, kinds: tuple[str, ...], *, telling: bool = False, measures: Iterable[str] = ()
) -> Evening:
    """An evening of a dozen commands at any time, on which calls go in any of these ways and take any time."""
    luck = random.Random(seed)

    def plan(_operation: str) -> tuple[str, float | None]:
        goes = luck.choice(kinds) if luck.random() < 0.25 else WORKS
        return goes, luck.choice((None, 0, 0.02, 0.3, 0.3, 4, 12, 40)) if goes != HANGS else 0.01

    evening = Evening(file, plan, telling=telling, measures=measures)
    for _ in range(12):
        command = luck.choice([*COMMANDS, "initialize", START_BROADCAST, START_BROADCAST])
        evening.give(command, luck.choice(("room 7", None)) if command == START_BROADCAST else None)
        evening.pass_by(luck.choice((0, 0.01, 1, 25)))
        if luck.random() < 0.1:
            evening.lose(luck.choice(ON_AIR_SERVICES))
    evening.pass_by(120)
    evening.recorder.close()
    return evening
