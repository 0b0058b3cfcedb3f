"""The systematic search: every command at every moment, every fault at every call, then the two together and in pairs.

What can be done to a scenario is found by looking at how the reference lives through it: which calls it makes, and how
many things settle after each command. One fault and one command around each phase come first; of every other kind of
scenario comes one now and then meanwhile, and then all in turn, so that a small budget, too, has something of each.
"""

import random
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count, islice
from typing import NamedTuple, TypeVar

from broadcast_orchestrator.model.events import START_BROADCAST, STOP_BROADCAST
from broadcast_orchestrator.model.operations import IS_ON, ON_AIR_SERVICES, OPERATIONS, UNDO
from broadcast_orchestrator.properties.checking.search import phases
from broadcast_orchestrator.properties.checking.search.bench import ReferenceRun
from broadcast_orchestrator.properties.checking.search.orders import (
    BARE,
    COMMANDS,
    EMERGENCY,
    INIT,
    NEXT,
    REPAIR,
    START,
    STOP,
    WHOLE,
)
from broadcast_orchestrator.properties.checking.search.phases import CHANGES, CONFIGS
from broadcast_orchestrator.sim.subjects.call_schedule import forms_at, ways_at
from broadcast_orchestrator.sim.subjects.protocol.messages import Extension, RejectionForm
from broadcast_orchestrator.sim.subjects.scenario import (
    ASLEEP,
    EVERYDAY,
    HIDDEN,
    MISHAPS,
    SET,
    CallFault,
    ClockChange,
    Mishap,
    Order,
    Scenario,
    Setting,
    Upheaval,
)
from broadcast_orchestrator.sim.world.fault_semantics import CALL_FAULTS
from broadcast_orchestrator.sim.world.faults import (
    BYPASS,
    EMPTY_SUCCESS,
    HANG,
    LATE,
    LOST_REPLY,
    LOST_SERVICE,
    LOST_UNNOTICED,
    OVERTAKING,
    REFUSE,
    RELOAD,
    SECOND_DASHBOARD,
    FaultClass,
)

Item = TypeVar("Item")

Live = Callable[[Scenario], ReferenceRun]
"""How the reference goes through a scenario."""

STORIES: tuple[tuple[Order, ...], ...] = (
    (INIT, START),
    (INIT, START, STOP),
    (INIT, START, EMERGENCY),
    (INIT, BARE, STOP),
    (INIT, START, STOP, NEXT, STOP),
    (INIT, START, EMERGENCY, INIT, NEXT, STOP),
)
"""What people do on a good day."""

BEFORE_RELOADS: tuple[tuple[Order, ...], ...] = (
    (INIT, START),
    (INIT, START, STOP),
    (INIT, START, EMERGENCY),
    (INIT, BARE),
)
"""What had been going on."""

TAILS: tuple[tuple[Order, ...], ...] = (
    (),
    (REPAIR,),
    (STOP,),
    (EMERGENCY, INIT),
    (INIT,),
    (NEXT,),
    (REPAIR, NEXT, STOP),
)
"""What they do when something went wrong."""

FAILING: tuple[dict[str, object], ...] = (
    *CONFIGS,
    {"max_retries": 1},
    {"enable_auto_recovery": False, "max_retries": 0},
)
"""Options under which a fault leads elsewhere."""

MANY: tuple[tuple[Order, ...], ...] = (
    (INIT, *(START, STOP) * 4),
    (INIT, *(START, EMERGENCY, INIT) * 3, NEXT, STOP),
    (INIT, START, STOP, NEXT, EMERGENCY, INIT, START, STOP),
)
"""Several broadcasts in a row."""


class LevelSeen(NamedTuple):
    """How many scenarios of a level were tried, and whether that is the whole of it."""

    name: str
    tried: int
    whole: bool


class Sweep:
    """The scenarios of the sweep. `styles` says how the services answer the subject's calls, `understands` what may be
    said to it (see `Extension`), `everyday` which of the `EVERYDAY` faults are told, `claims` the measures that are
    claimed, which are to withstand them and others; `names` are the levels of those handed out, `finished` the levels
    of which nothing is left."""

    def __init__(
        self,
        reference: Live,
        styles: dict[str, str],
        seed: int,
        understands: tuple[str, ...] = (),
        everyday: tuple[str, ...] = (),
        *,
        claims: tuple[str, ...] = (),
    ) -> None:
        self.reference, self.styles, self.seed, self.understands = reference, styles, seed, understands
        self.levels = (
            *LEVELS[:FIRST],
            *((OF_CLAIMS,) if claims else ()),
            *((OF_POLLING,) if "polling" in claims else ()),
            *((OF_SILENCE,) if "lease" in claims else ()),
            *(OF_EVERYDAY[fault] for fault in EVERYDAY if fault in everyday),
        )
        self.others = LEVELS[FIRST:]
        self.names: list[str] = []
        self.finished: list[str] = []

    @property
    def complete(self) -> bool:
        """Whether nothing is left."""
        return len(self.finished) == len(self.levels) + len(self.others)

    def seen(self, tried: int) -> tuple[LevelSeen, ...]:
        """How much of each level was seen, if so many scenarios were tried of those handed out."""
        counts, handed = Counter(self.names[:tried]), Counter(self.names)
        return tuple(
            LevelSeen(name, counts[name], name in self.finished and counts[name] == handed[name])
            for name in (level.name for level in (*self.levels, *self.others))
        )

    def scenarios(self) -> Iterator[Scenario]:
        """Every scenario once: those of the first levels, with one of the others after every few of them, then the
        others. A scenario is laid out when it is asked for."""
        known: set[Scenario] = set()
        others = self._in_turn(self.others, known)
        for number, scenario in enumerate(self._in_turn(self.levels, known), 1):
            yield scenario
            if number % FEW == 0:
                yield from islice(others, 1)
        yield from others

    def _in_turn(self, levels: Sequence["Level"], known: set[Scenario]) -> Iterator[Scenario]:
        """The levels in turn, each with its share, so that a search that is cut off has seen something of each."""
        open_levels = [(level, level.lay_out(self)) for level in levels]
        for number in count():
            if not open_levels:
                return
            for level, coming in tuple(open_levels):
                if number % level.every == 0 and (yield from self._share(level, coming, known)):
                    open_levels.remove((level, coming))
                    self.finished.append(level.name)

    def _share(
        self, level: "Level", coming: Iterator[Scenario], known: set[Scenario]
    ) -> Generator[Scenario, None, bool]:
        """The level's share of a round; the answer is whether it has come to its end."""
        left = level.share
        for scenario in coming:
            if scenario in known:
                continue
            known.add(scenario)
            self.names.append(level.name)
            yield scenario
            left -= 1
            if left == 0:
                return False
        return True

    # -- The levels -------------------------------------------------------------------------------

    def one_command(self) -> Iterator[Scenario]:
        """Every command in every state, and halfway through everything that can be under way."""
        yield from phases.one_command(self.reference)

    def one_fault(self) -> Iterator[Scenario]:
        """Every kind of fault at every call of each phase, and a command after it."""
        yield from phases.one_fault(self.reference, self.faults)

    def good_days(self) -> Iterator[Scenario]:
        """Nothing goes wrong: every command after every beginning of a story."""
        beginnings = dict.fromkeys(story[:end] for story in STORIES for end in range(len(story) + 1))
        for beginning in beginnings:
            for order in (*COMMANDS, BARE):
                yield Scenario((*beginning, order))
        for story in STORIES:
            for config in CONFIGS:
                yield Scenario(story, config=config)

    def single_faults(self) -> Iterator[Scenario]:
        """Every fault at every call of every story, and what people do then."""
        for tail in TAILS:
            for kind, ok in ((REFUSE, None), ("F3", False)):
                if ok in ways_at("host.initialize", kind, self.styles):
                    once = (CallFault("host.initialize", 1, kind, ok),)
                    yield Scenario((INIT, *tail), once, config={"max_retries": 0})
        for story in STORIES:
            for fault in self.faults(Scenario(story)):
                yield Scenario(story, (fault,))
        for tail in TAILS[1:]:
            for fault in self.faults(Scenario((INIT, START))):
                yield Scenario((INIT, START, *tail), (fault,))
            for fault in self.faults(Scenario((INIT, START, STOP))):
                yield Scenario((INIT, START, STOP, *tail), (fault,))

    def options_and_faults(self) -> Iterator[Scenario]:
        """Every fault at every call under other options than the usual ones, and what people do then."""
        for config in FAILING:
            for fault in self.faults(Scenario((INIT, START, STOP), config=config)):
                for tail in ((), (REPAIR,), (INIT,)):
                    yield Scenario((INIT, START, STOP, *tail), (fault,), config=config)

    def repeated_faults(self) -> Iterator[Scenario]:
        """A call that is refused several times in a row; an initialization, as often as it is tried."""
        for tail in TAILS:
            for times in (1, 2):
                again = CallFault("host.initialize", 1, REFUSE, times=times + 1)
                yield Scenario((INIT, *tail), (again,), config={"max_retries": times})
        for times in (2, 3, 4):
            for operation in OPERATIONS:
                for story in ((INIT, START, STOP, STOP), (INIT, START, REPAIR, NEXT), (INIT, INIT, START)):
                    yield Scenario(story, (CallFault(operation, 1, REFUSE, times=times),))

    def odd_rejections(self) -> Iterator[Scenario]:
        """A call that is rejected with what is no error, and what people do then; each call once, then again with
        something else, since whoever minds does so in one place."""
        if Extension.REJECTIONS not in self.understands:
            return
        stories: tuple[tuple[tuple[Order, ...], dict[str, object]], ...]
        stories = (((INIT,), {"max_retries": 0}), ((INIT, START, STOP), {}), ((INIT, START, EMERGENCY), {}))
        for kinds in (LIKELIEST[:1], LIKELIEST[1:]):
            for turn in range(len(ODD)):
                for story, config in stories:
                    faults = [fault for fault in self.faults(Scenario(story, config=config)) if fault.kind in kinds]
                    for number, fault in enumerate(faults):
                        form = ODD[(number + turn) % len(ODD)]
                        if form in forms_at(fault.operation, fault.kind, fault.ok, self.styles):
                            yield Scenario((*story, REPAIR), (fault._replace(form=form),), config=config)

    def clocks(self) -> Iterator[Scenario]:
        """The clock is set, or timers stand still for a while; what most often goes wrong then first, then at every
        moment, with every call that hangs or is late."""
        if Extension.CLOCK not in self.understands:
            return
        for story, fault, change in LIKELY_CLOCKS:
            if fault is None or fault.ok in ways_at(fault.operation, fault.kind, self.styles):
                faults = () if fault is None else (fault,)
                yield Scenario(story, faults, latency_ms={"host.start": 4_000}, clocks=(change,))
        for story in ((INIT,), (INIT, START), (INIT, START, STOP), (INIT, START, EMERGENCY)):
            yield from self.at_every_moment(Scenario(story))
        for fault in self.faults(Scenario((INIT, START, STOP))):
            if fault.kind in (HANG, LATE):
                yield from self.at_every_moment(Scenario((INIT, START, STOP, REPAIR), (fault,)))

    def at_every_moment(self, scenario: Scenario) -> Iterator[Scenario]:
        """Each change of the clock at each of the first moments after each order."""
        for number, settled in enumerate(self.reference(scenario).course.counts, 1):
            for after in range(min(settled, CLOCK_MOMENTS)):
                for kind, ms in CLOCKS:
                    yield replace(scenario, clocks=(ClockChange(kind, ms, after, number),))

    def claims(self) -> Iterator[Scenario]:
        """Where measures count that have nothing to do with a reload or another dashboard: what a service says that did
        nothing, and what comes to it in the other order."""
        for tail in ((), (REPAIR,), (INIT, NEXT, STOP)):
            for story in ((INIT, START, STOP), (INIT, START, EMERGENCY)):
                for fault in self.faults(Scenario(story)):
                    if fault.kind in (EMPTY_SUCCESS, OVERTAKING):
                        yield Scenario((*story, *tail), (fault,))

    def polled(self) -> Iterator[Iterable[Scenario]]:
        """A service is lost without a word, or switched by somebody else, in every state in which all is quiet, and
        what people do when that has been noticed; also two of them, and where a look at it fails or is never
        answered."""
        for kind in (LOST_UNNOTICED, BYPASS):
            for tail in ((), (REPAIR, NEXT), (STOP,), (EMERGENCY, INIT), (INIT,)):
                yield self.unnoticed(kind, tail)
            yield self.unnoticed(kind, (REPAIR, NEXT), again=True)
            for fault in (REFUSE, HANG):
                yield self.unnoticed(kind, (REPAIR,), unread=fault)

    def unnoticed(
        self, kind: FaultClass, tail: tuple[Order, ...], *, again: bool = False, unread: FaultClass | None = None
    ) -> Iterator[Scenario]:
        """Each service in turn in each state, with another one where it happens `again`, or where the look at it is
        `unread`."""
        for story in ((INIT, START), (INIT,), (INIT, START, EMERGENCY), (INIT, START, STOP)):
            for service, other in zip(ON_AIR_SERVICES, reversed(ON_AIR_SERVICES), strict=True):
                befalls = (Mishap(kind, service, None, len(story)), Mishap(BYPASS, other, None, len(story)))
                faults = () if unread is None else (CallFault(IS_ON[service], len(story) + 1, unread),)
                yield Scenario((*story, *tail), faults, befalls if again else befalls[:1])

    def silences(self) -> Iterator[Iterable[Scenario]]:
        """Another dashboard takes the lease, if it can: after a silence of one that is awake, or that sleeps; and what
        people do here then."""
        if Extension.ELSEWHERE not in self.understands:
            return
        naps = (HIDDEN, ASLEEP) if Extension.CLOCK in self.understands else ()
        for tail in ((NEXT,), (), (STOP,), (EMERGENCY, INIT, NEXT), (REPAIR, NEXT)):
            for nap in (*naps, ""):
                yield self.silent(nap, tail)

    def silent(self, nap: str, tail: tuple[Order, ...]) -> Iterator[Scenario]:
        """The same after each beginning; the other dashboard stops again, or does not."""
        for story in ((INIT,), (INIT, START), (INIT, START, EMERGENCY, INIT)):
            takes = Upheaval(SECOND_DASHBOARD, START_BROADCAST, None, len(story))
            gives = Upheaval(SECOND_DASHBOARD, STOP_BROADCAST)
            clocks = (ClockChange(nap, NAP_MS, None, len(story)),) if nap else ()
            for upheavals in ((takes,), (takes, gives)):
                yield Scenario((*story, *tail), clocks=clocks, upheavals=upheavals)

    def reloads(self) -> Iterator[Scenario]:
        """The page is reloaded at every moment; then somebody initializes at once (the guide's page does so), or when
        all is quiet, and goes on, or stops everything. Also with a call that is late."""
        if Extension.RELOAD not in self.understands:
            return
        for story in BEFORE_RELOADS:
            yield from self.reloaded(Scenario(story))
        for fault in self.faults(Scenario((INIT, START, STOP))):
            if fault.kind == LATE and fault.nth == 1 and fault.operation in OPERATIONS:
                yield from islice(self.reloaded(Scenario((INIT, START, STOP), (fault,))), 1, None, 7)

    def reloaded(self, scenario: Scenario) -> Iterator[Scenario]:
        """The scenario with a reload at every moment after each of its orders, and what people do then."""
        for number, settled in enumerate(self.reference(scenario).course.counts, 1):
            told = scenario.orders[:number]
            for after in (*range(min(settled, MOMENTS)), None):
                upheavals = (Upheaval(RELOAD, "", after, number),)
                for tail in ((INIT, NEXT, STOP), (EMERGENCY, INIT), (INIT._replace(after=after),)):
                    yield replace(scenario, orders=(*told, *tail), upheavals=upheavals)

    def second_dashboards(self) -> Iterator[Scenario]:
        """Another dashboard starts and stops a broadcast at every moment, and people go on here."""
        if Extension.ELSEWHERE not in self.understands:
            return
        for story in ((INIT,), (INIT, START), (INIT, START, STOP), (INIT, START, EMERGENCY)):
            for number, settled in enumerate(self.reference(Scenario(story)).course.counts, 1):
                for after in (*range(min(settled, MOMENTS)), None):
                    start = Upheaval(SECOND_DASHBOARD, START_BROADCAST, after, number)
                    stop = Upheaval(SECOND_DASHBOARD, STOP_BROADCAST, after, number)
                    for upheavals in ((start,), (stop,), (start, stop._replace(after=None))):
                        yield Scenario((*story, EMERGENCY, INIT), upheavals=upheavals)

    def strict_services(self) -> Iterator[Scenario]:
        """Services that refuse what they are already: where they are switched twice, or off while they are off, and
        where what was reported or given up had taken effect after all."""
        for story in ((INIT, START, STOP), (INIT, START, EMERGENCY, NEXT), (INIT, REPAIR, START), (INIT, STOP, REPAIR)):
            yield Scenario(story, strict=ALREADY)
        for fault in self.faults(Scenario((INIT, START, STOP))):
            for story in ((INIT, START, STOP, REPAIR), (INIT, START, EMERGENCY, REPAIR)):
                yield Scenario(story, (fault,), strict=ALREADY)
        for service in ON_AIR_SERVICES:
            for kind in MISHAPS:
                yield Scenario((INIT, START, STOP, REPAIR), mishaps=(Mishap(kind, service, None, 2),), strict=ALREADY)

    def changed_options(self) -> Iterator[Scenario]:
        """An option that changes between two commands, or while one is under way."""
        for story in ((INIT, START, STOP, NEXT), (INIT, START, EMERGENCY, INIT)):
            for option, value in CHANGES:
                for number in range(1, len(story)):
                    for after in (None, 0):
                        yield Scenario(story, settings=(Setting(option, value, after, number),))

    def many_broadcasts(self) -> Iterator[Scenario]:
        """Several broadcasts in a row, a fault or another command in a later one."""
        for story in MANY:
            yield Scenario(story)
            for operation, nth in self.calls(Scenario(story)):
                if nth > 1:
                    yield from (Scenario((*story, REPAIR), (fault,)) for fault in self.commonest(operation, nth))
            for number in range(3, len(story) + 1):
                for command in COMMANDS:
                    for after in (0, 2, 4):
                        order = command._replace(after=after)
                        yield Scenario((*story[:number], order, *story[number:]))

    def latencies(self) -> Iterator[Scenario]:
        """Services that answer at once, all in one instant, or so slowly that a limit comes first; commands that cross
        each other then."""
        at_once, slow = dict.fromkeys(OPERATIONS, 0), dict.fromkeys(OPERATIONS, 4_000)
        alone = [{operation: ms} for operation in OPERATIONS for ms in (0, 8_000)]
        for latency in (at_once, dict.fromkeys(OPERATIONS, 1), slow, *alone):
            for story in (*STORIES[:3], (INIT, START, STOP, NEXT, STOP), (INIT, START, REPAIR)):
                yield Scenario(story, latency_ms=latency)
            for config in ({"startup_timeout": 2_000}, {"max_retries": 1, "initialization_timeout": 3_000}):
                yield Scenario((INIT, START, STOP, REPAIR), config=config, latency_ms=latency)
            for number in (1, 2, 3):
                for command in COMMANDS:
                    crossing = command._replace(after=1)
                    yield Scenario((*WHOLE[:number], crossing, *WHOLE[number:]), latency_ms=latency)

    def second_faults(self) -> Iterator[Scenario]:
        """A second fault where people fear it most: in a rollback, in a stop, in a recover, in the next attempt."""
        refused = CallFault("host.start", 1, REFUSE)
        for story, first in (
            ((INIT, START), refused),
            ((INIT, START), CallFault("producer.start", 1, LOST_REPLY)),
            ((INIT, START), CallFault("host.start", 1, LATE, True)),
            ((INIT, START, STOP), refused),
            ((INIT, START, REPAIR), refused),
            ((INIT, START, EMERGENCY, INIT), refused),
            ((INIT, START, STOP, STOP), CallFault("producer.stop", 1, REFUSE)),
            ((INIT, START, STOP, REPAIR), CallFault("session.end", 1, REFUSE)),
        ):
            for second in self.faults(Scenario(story, (first,))):
                if (second.operation, second.nth) != (first.operation, first.nth):
                    yield Scenario(story, (first, second))

    def late_successes(self) -> Iterator[Scenario]:
        """What comes on after it was given up, where the call that switches it off again was not confirmed either."""
        for on, off in UNDO.items():
            for kind in (REFUSE, HANG):
                if True in ways_at(on, LATE, self.styles) and (ways := ways_at(off, kind, self.styles)):
                    faults = (CallFault(on, 1, LATE, True), CallFault(off, 1, kind, ways[-1]))
                    for tail in (
                        (),
                        (INIT,),
                        (REPAIR,),
                        (EMERGENCY._replace(after=0), INIT),
                        (EMERGENCY._replace(after=4),),
                    ):
                        yield Scenario((INIT, START, *tail), faults)

    def racing_commands(self) -> Iterator[Scenario]:
        """Every command at every moment, with faults that bring about the other procedures as well."""
        failing = CallFault("host.start", 1, REFUSE)
        for scenario in (
            Scenario((INIT, START)),
            Scenario((INIT, START, STOP)),
            Scenario((INIT, START, EMERGENCY)),
            Scenario((INIT, START, REPAIR), (failing,)),
            Scenario((INIT, START, STOP), (failing,)),
            Scenario((INIT,), (CallFault("host.initialize", 1, REFUSE),)),
        ):
            yield from self.raced(scenario)

    def mishaps(self) -> Iterator[Scenario]:
        """Every service is lost or switched behind the orchestrator's back at every moment."""
        for story in ((INIT, START), (INIT, START, STOP), (INIT, START, EMERGENCY)):
            for number, settled in enumerate(self.reference(Scenario(story)).course.counts, 1):
                for after in (*range(settled), None):
                    for service in ON_AIR_SERVICES:
                        for kind in MISHAPS:
                            yield Scenario(story, mishaps=(Mishap(kind, service, after, number),))
                        yield Scenario((*story, REPAIR), mishaps=(Mishap(LOST_SERVICE, service, after, number),))

    def faults_and_commands(self) -> Iterator[Iterable[Scenario]]:
        """Every command at every moment of every story with every single fault."""
        for story in ((INIT, START), (INIT, START, STOP), (INIT, START, EMERGENCY)):
            for fault in self.faults(Scenario(story)):
                yield self.raced(Scenario(story, (fault,)))

    def pairs_of_faults(self) -> Iterator[Iterable[Scenario]]:
        """A second fault at every call that is made after the first one, be it an undo."""
        for story in (*STORIES[:4], (INIT, START, REPAIR), (INIT, START, STOP, STOP), (INIT, START, EMERGENCY, INIT)):
            for first in self.faults(Scenario(story)):
                yield self.with_second_fault(story, first)

    def with_second_fault(self, story: tuple[Order, ...], first: CallFault) -> Iterator[Scenario]:
        """The story with the fault and each other one."""
        for second in self.faults(Scenario(story, (first,))):
            if (second.operation, second.nth) != (first.operation, first.nth):
                yield Scenario(story, tuple(sorted((first, second), key=str)))

    def pairs_of_commands(self) -> Iterator[Iterable[Scenario]]:
        """Two commands at any two moments."""
        for story in ((INIT, START), (INIT, START, STOP)):
            yield from map(self.raced, self.raced(Scenario(story)))

    # -- What can be done to a scenario -------------------------------------------------------------

    def calls(self, scenario: Scenario) -> list[tuple[str, int]]:
        """The calls that the reference makes in the scenario: the operation, and which of its calls it is, from 1."""
        counts, calls = Counter[str](), list[tuple[str, int]]()
        course = self.reference(scenario).course
        for number, operation in enumerate(course.calls, 1):
            counts[operation] += 1
            if number not in course.looked:
                calls.append((operation, counts[operation]))
        return calls

    def faults(self, scenario: Scenario) -> Iterator[CallFault]:
        """Every fault at every call that the reference makes in the scenario, the likeliest to find something first."""
        calls = self.calls(scenario)
        for kind in LIKELIEST:
            for operation, nth in calls:
                yield from (CallFault(operation, nth, kind, ok) for ok in ways_at(operation, kind, self.styles))

    def commonest(self, operation: str, nth: int) -> Iterator[CallFault]:
        """The faults that people forget most often, each in one way, at this call."""
        for kind in LIKELIEST[:3]:
            yield from (CallFault(operation, nth, kind, ok) for ok in ways_at(operation, kind, self.styles)[:1])

    def raced(self, scenario: Scenario) -> Iterator[Scenario]:
        """Another command at every moment of the scenario; after an emergency stop also a new broadcast."""
        for number, settled in enumerate(self.reference(scenario).course.counts, 1):
            before, after = scenario.orders[:number], scenario.orders[number:]
            for at in range(min(settled, MOMENTS)):
                for command in COMMANDS:
                    order = command._replace(after=at)
                    yield replace(scenario, orders=(*before, order, *after))
                emergency = EMERGENCY._replace(after=at)
                yield replace(scenario, orders=(*before, emergency, INIT, NEXT))
                yield replace(scenario, orders=(*before, emergency, INIT._replace(after=4), NEXT._replace(after=3)))


LIKELIEST = (REFUSE, HANG, LOST_REPLY, *(kind for kind in CALL_FAULTS if kind not in (REFUSE, HANG, LOST_REPLY)))
"""The kinds of fault, those that people forget most often first."""


ALREADY = "it is so already"
"""What a strict service says."""

ODD = (RejectionForm.NOTHING, RejectionForm.OBJECT, RejectionForm.TEXT)
"""What is no error."""


HOUR_MS, BACK_MS, NAP_MS = 3_600_000, 300_000, 20_000
CLOCKS = ((SET, HOUR_MS), (SET, -BACK_MS), (HIDDEN, NAP_MS), (ASLEEP, NAP_MS))
"""What happens to the clock, and by how much; a nap is longer than every default limit."""

CLOCK_MOMENTS = 8
"""How many moments after a command are tried with each of them."""

LIKELY_CLOCKS: tuple[tuple[tuple[Order, ...], CallFault | None, ClockChange], ...] = (
    ((INIT, START, STOP), None, ClockChange(SET, HOUR_MS, 0, 2)),
    ((INIT, START, STOP), CallFault("host.start", 1, LATE, True), ClockChange(HIDDEN, NAP_MS, 0, 2)),
    ((INIT, START, REPAIR), CallFault("host.start", 1, HANG, False), ClockChange(SET, -BACK_MS, 0, 2)),
    ((INIT, START, STOP), None, ClockChange(HIDDEN, NAP_MS, 1, 2)),
    ((INIT, START, STOP), None, ClockChange(ASLEEP, NAP_MS, 1, 2)),
    ((INIT, START, STOP), CallFault("host.initialize", 1, REFUSE), ClockChange(SET, HOUR_MS, 1, 1)),
    ((INIT, START, STOP), CallFault("producer.stop", 1, HANG, False), ClockChange(SET, -BACK_MS, 0, 3)),
    ((INIT, START, STOP), CallFault("host.initialize", 1, REFUSE), ClockChange(HIDDEN, NAP_MS, 1, 1)),
    ((INIT, START, STOP), None, ClockChange(SET, HOUR_MS, 0, 3)),
    ((INIT, START, STOP), CallFault("host.start", 1, LATE, True), ClockChange(ASLEEP, NAP_MS, 0, 2)),
)
"""Where an implementation that tells its time by the date, or takes what is overdue for what has come, goes wrong: the
host takes four seconds to start."""


MOMENTS = 24
"""How many moments after a command are tried; retries and drained limits bring more of the same."""


class Level(NamedTuple):
    """A kind of scenario, how many of them come in a round, what lays them out, and in one of how many rounds they
    come."""

    name: str
    share: int
    lay_out: Callable[[Sweep], Iterator[Scenario]]
    every: int = 1


Groups = Iterator[Iterable[Scenario]]


def in_turn(groups: Callable[[Sweep], Groups]) -> Callable[[Sweep], Iterator[Scenario]]:
    """One scenario of each group in turn, the groups and what is in them in a mixed order; a group is laid out when
    its turn comes for the first time."""

    def lay_out(sweep: Sweep) -> Iterator[Scenario]:
        draws = random.Random(sweep.seed)
        turns = [shuffled(group, draws) for group in shuffled(groups(sweep), draws)]
        while turns:
            for turn in tuple(turns):
                scenario = next(turn, None)
                if scenario is None:
                    turns.remove(turn)
                else:
                    yield scenario

    return lay_out


def shuffled(items: Iterable[Item], draws: random.Random) -> Iterator[Item]:
    """The items in another order, laid out when the first one is asked for."""
    found = list(items)
    draws.shuffle(found)
    yield from found


def by_kind(scenarios: Callable[[Sweep], Iterator[Scenario]]) -> Callable[[Sweep], Groups]:
    """The scenarios in groups: what befalls which service or call, or else who crosses whom."""

    def groups(sweep: Sweep) -> Groups:
        found: dict[object, list[Scenario]] = {}
        for scenario in scenarios(sweep):
            found.setdefault(kind_of(scenario), []).append(scenario)
        yield from found.values()

    return groups


def kind_of(scenario: Scenario) -> object:
    """What befalls what under which options, or else which commands come in which order."""
    options = tuple(scenario.config.items())
    if scenario.upheavals:
        moments = tuple((upheaval.command, upheaval.order) for upheaval in scenario.upheavals)
        return moments, tuple(order.command for order in scenario.orders), bool(scenario.faults)
    if scenario.mishaps:
        return scenario.mishaps[-1].kind, scenario.mishaps[-1].service, options
    if scenario.faults:
        return scenario.faults[-1].operation, scenario.faults[-1].kind, options
    return tuple(order.command for order in scenario.orders), options


LEVELS = (
    Level("one command", 4, in_turn(by_kind(Sweep.one_command))),
    Level("one fault", 4, in_turn(by_kind(Sweep.one_fault))),
    Level("late successes", 1, in_turn(by_kind(Sweep.late_successes))),
    Level("second faults", 3, in_turn(by_kind(Sweep.second_faults))),
    Level("racing commands", 3, in_turn(by_kind(Sweep.racing_commands))),
    Level("lost services", 2, in_turn(by_kind(Sweep.mishaps))),
    Level("odd rejections", 1, Sweep.odd_rejections, every=3),
    Level("clocks", 1, Sweep.clocks, every=3),
    Level("strict services", 1, Sweep.strict_services, every=3),
    Level("many broadcasts", 2, in_turn(by_kind(Sweep.many_broadcasts))),
    Level("options and faults", 2, in_turn(by_kind(Sweep.options_and_faults))),
    Level("repeated faults", 1, in_turn(by_kind(Sweep.repeated_faults))),
    Level("changed options", 1, in_turn(by_kind(Sweep.changed_options))),
    Level("latencies", 2, in_turn(by_kind(Sweep.latencies))),
    Level("commands and faults", 1, in_turn(Sweep.faults_and_commands)),
    Level("pairs of faults", 1, in_turn(Sweep.pairs_of_faults)),
    Level("pairs of commands", 1, in_turn(Sweep.pairs_of_commands)),
    Level("single faults", 3, in_turn(by_kind(Sweep.single_faults))),
    Level("good days", 2, in_turn(by_kind(Sweep.good_days))),
)
"""The levels: one command and one fault around each phase, then what adds most to them, then more of the same."""

OF_CLAIMS = Level("claims", 3, in_turn(by_kind(Sweep.claims)))
"""The level of what measures are there for, which comes with the first ones where any are claimed."""

OF_POLLING = Level("polling", 3, in_turn(Sweep.polled))
"""The level of what somebody who polls has to notice, where that is claimed."""

OF_SILENCE = Level("silences", 2, in_turn(Sweep.silences))
"""The level of a lease that is lost by a silence, where a lease is claimed."""

OF_EVERYDAY = {
    RELOAD: Level("reloads", 4, in_turn(by_kind(Sweep.reloads))),
    SECOND_DASHBOARD: Level("second dashboards", 2, in_turn(by_kind(Sweep.second_dashboards))),
}
"""The levels of what befalls the orchestrator as a whole, which come with the first ones."""

FIRST = 2
"""How many of them come first."""

FEW = 13
"""After so many of the first levels comes one of the others."""
