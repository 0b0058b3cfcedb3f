"""The soak: real evenings against five processes, with services and the orchestrator itself killed at seeded moments.

    python tests/benchmarks/soak.py --evenings 2000 --seed 0 --with all

Each evening is planned by the seed and its number alone. At its end, once all is quiet and another initialization was
asked for, what is on air has to be known or named, and the store has to tell the truth; every recording is judged and
replayed. Beside what was found stands what the table of measures foretells (`broadcast measures`): the code is 0 where
the two agree. Recordings that show something are kept.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import count
from pathlib import Path
from typing import NamedTuple

from broadcast_orchestrator.model.measures import rules_with
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.model.table import IDLE
from broadcast_orchestrator.properties.guarantees.verdicts import VIOLATED
from broadcast_orchestrator.properties.measures.table import named
from broadcast_orchestrator.properties.model_check.proof import prove
from broadcast_orchestrator.properties.recorded.judging import JudgedBreach, judge_recording
from broadcast_orchestrator.reports.options.verified_scope import measures_named
from broadcast_orchestrator.sim.demo.accounting import unaccounted
from broadcast_orchestrator.sim.demo.evening import ORCHESTRATOR, Evening
from broadcast_orchestrator.sim.demo.wire import Message
from broadcast_orchestrator.sim.processes.workers import worker_pool
from broadcast_orchestrator.sim.recording.recordings import NothingRecorded, load_recording
from broadcast_orchestrator.sim.world.rules_by_name import find_rules
from broadcast_orchestrator.sim.world.trace import Trace, replay

CONFIG = {
    "initialization_timeout": 600,
    "startup_timeout": 800,
    "shutdown_timeout": 600,
    "max_retries": 3,
    "retry_delay": 60,
}
"""Limits, in milliseconds, that leave a busy machine some room; whoever initializes outlasts a lease."""

LATENCY_MS, RESTART_MS, POLL_MS, LEASE_MS = 4.0, 30.0, 60.0, 150.0
MOMENT_MS, PAUSE_MS = 250.0, 60.0
"""Within how long processes are killed, and the longest pause between commands."""

SLOW_MS = 1_000.0
"""How long a slow service takes at most: longer than a start may."""

MATRIX = Path(__file__).parent.parent / "expected_matrix.txt"
"""What the guide's core is proved to do, and to do wrong."""

PATIENCE_S, LONGEST_S = 20.0, 60.0
"""How long it may take until all is quiet, and how long an evening may last, in seconds."""

COLUMNS = ("F4", "F6", "F9", "F9u", "F10", "F12")
"""What goes wrong on such evenings, as the table calls it: what is slow is late and overtaken; services are lost,
noticed or not; and the orchestrator loses its memory, so that what its calls still do is done behind the next one's
back."""


class Kill(NamedTuple):
    """A process, and after how many milliseconds it is killed."""

    process: str
    at_ms: float


class Order(NamedTuple):
    """A command, whether its end is waited for, and the milliseconds until the next one."""

    command: str
    is_awaited: bool
    pause_ms: float


class Plan(NamedTuple):
    """What happens on the evening of this number; which services are slow to go on, by how many milliseconds they
    take."""

    number: int
    slow: Mapping[str, float]
    kills: tuple[Kill, ...]
    orders: tuple[Order, ...]


class Judged(NamedTuple):
    """What one recording shows: what is broken, and which of the guide's own gaps show, each by its guarantee and in
    words; and whether it replays."""

    broken: tuple[tuple[str, str], ...]
    gaps: tuple[tuple[str, str], ...]
    agrees: bool


class Soaked(NamedTuple):
    """What became of one evening: in which state it ended, and what the orchestrator named; what is on air and
    neither known nor named, what the store says that is not true or that nobody knows; and what its recordings show,
    each with its file."""

    plan: Plan
    state: str
    unaccounted: tuple[str, ...]
    untrue: tuple[str, ...]
    named: tuple[str, ...] = ()
    judged: tuple[tuple[Path, Judged], ...] = ()

    @property
    def is_reloaded(self) -> bool:
        """Whether the orchestrator itself was killed."""
        return any(kill.process == ORCHESTRATOR for kill in self.plan.kills)

    @property
    def broken(self) -> set[str]:
        """The guarantees that its recordings show broken, as gaps of the guide's own too."""
        return {guarantee for _, each in self.judged for guarantee, _ in (*each.broken, *each.gaps)}

    @property
    def is_fine(self) -> bool:
        """Whether there is nothing to say of it."""
        agree = all(each.agrees for _, each in self.judged)
        return agree and not (self.unaccounted or self.untrue or self.broken)


# -- One evening ----------------------------------------------------------------------------------


def planned(seed: int, number: int) -> Plan:
    """The evening of this number: a broadcast, or what somebody makes of it who is in a hurry, and who is killed."""
    luck = random.Random(f"{seed}/{number}")
    killed = [luck.choice((*SERVICES, *[ORCHESTRATOR] * 3)) for _ in range(luck.choice((1, 1, 2)))]
    slow = {luck.choice(SERVICES): round(luck.uniform(0, SLOW_MS), 1)} if luck.random() < 0.5 else {}
    kills = tuple(Kill(process, round(luck.uniform(0, MOMENT_MS), 1)) for process in killed)
    commands = ["initialize", "start_broadcast"]
    commands += luck.choice([["stop_broadcast"], ["emergency_stop"], ["stop_broadcast", "recover"], []])
    orders = (Order(each, luck.random() < 0.8, round(luck.uniform(0, PAUSE_MS), 1)) for each in commands)
    return Plan(number, slow, kills, tuple(orders))


async def soaked(evening: Evening, plan: Plan) -> Soaked:
    """The evening: commands and kills as planned, then quiet, then another initialization."""
    kills = [asyncio.create_task(kill(evening, each)) for each in plan.kills]
    await commands(evening, plan)
    await asyncio.gather(*kills)
    await evening.all_there()
    await quiet(evening)
    known = await initialized(evening)
    lamps = await evening.lamps()
    wrong = tuple(unaccounted(lamps, known, evening.sessions()))
    on_air = tuple(sentence for sentence in wrong if sentence.startswith(lamps.on))
    true = (known["session"],) if known["state"] == "live" and known["session"] else ()
    untrue = tuple(sentence for sentence in wrong if sentence not in on_air)
    if lamps.live != true:
        untrue += (f"the store says live of {lamps.live}, and on air is {true}",)
    return Soaked(plan, known["state"], on_air, untrue, (*known["residue"], *known["left_live"]))


async def initialized(evening: Evening) -> Message:
    """Another initialization, and what the orchestrator knows then. Where it is refused in idle, since a switch-off is
    not confirmed (reading R11), all is stopped first, as the refusal asks for."""
    is_done = (await evening.give("initialize"))["ok"]
    known = await quiet(evening)
    if is_done or known["state"] != IDLE:
        return known
    await evening.give("emergency_stop")
    await evening.give("initialize")
    return await quiet(evening)


async def commands(evening: Evening, plan: Plan) -> None:
    """Give them, each when the one before is over or not."""
    giving = []
    for order in plan.orders:
        session = f"evening {plan.number}" if order.command == "start_broadcast" else None
        giving.append(asyncio.create_task(evening.give(order.command, session)))
        if order.is_awaited:
            await giving[-1]
        await asyncio.sleep(order.pause_ms / 1000)
    await asyncio.gather(*giving)


async def kill(evening: Evening, kill: Kill) -> None:
    """Kill it at its moment; an orchestrator is followed by another one that initializes, as a page does."""
    await asyncio.sleep(kill.at_ms / 1000)
    if kill.process == ORCHESTRATOR:
        await evening.reload()
        await evening.give("initialize")
    else:
        await evening.kill(kill.process)


async def quiet(evening: Evening) -> Message:
    """Wait until nothing is under way and nothing has changed for longer than a poll takes to come round; what the
    orchestrator knows then."""
    deadline, before = time.monotonic() + PATIENCE_S, None
    while time.monotonic() < deadline:
        known = {name: value for name, value in (await evening.known()).items() if name != "number"}
        lamps = await evening.lamps()
        now = (known, lamps)
        if now == before and not (known["busy"] or known["open"] or lamps.at_work):
            return known
        before = now
        await asyncio.sleep(1.5 * POLL_MS / 1000)
    raise AssertionError(f"not quiet within {PATIENCE_S:g} s: {before}")


# -- Judging --------------------------------------------------------------------------------------


def judged(recordings: Sequence[Path]) -> tuple[tuple[Path, Judged], ...]:
    """What each recording shows that has a step; the file of one that shows nothing is removed."""
    told = []
    for path in recordings:
        try:
            recording = load_recording(path)
        except NothingRecorded:
            path.unlink()
            continue
        assert isinstance(recording.run, Trace)
        rules = find_rules(recording.run.rules)
        judgement = judge_recording(recording, rules)
        agrees = replay(recording.run, rules).agrees
        told.append((path, Judged(_told(judgement.broken), _told(judgement.gaps), agrees)))
        if agrees and not judgement.broken and not judgement.gaps:
            path.unlink()
    return tuple(told)


def _told(breaches: Iterable[JudgedBreach]) -> tuple[tuple[str, str], ...]:
    return tuple((each.violation.guarantee, each.violation.what) for each in breaches)


# -- All of them ----------------------------------------------------------------------------------


async def evenings(
    folder: Path, seed: int, numbers: Iterable[int], measures: Sequence[str], beside: int, judge: Executor
) -> AsyncIterator[Soaked]:
    """The evenings of these numbers, `beside` of them at a time, each on five processes of its own, as they end."""
    ended: asyncio.Queue[Soaked | BaseException | None] = asyncio.Queue()
    left = iter(numbers)
    rooms = [asyncio.create_task(_room(folder / f"{at}", seed, left, measures, judge, ended)) for at in range(beside)]
    for _ in range(beside):
        while (each := await ended.get()) is not None:
            if isinstance(each, BaseException):
                raise each
            yield each
    await asyncio.gather(*rooms)


async def _room(
    folder: Path,
    seed: int,
    numbers: Iterator[int],
    measures: Sequence[str],
    judge: Executor,
    ended: "asyncio.Queue[Soaked | BaseException | None]",
) -> None:
    """One evening after the other on the same five processes."""
    folder.mkdir()
    latencies = dict.fromkeys(SERVICES, LATENCY_MS)
    evening = Evening(
        folder,
        lambda *_: None,
        latencies,
        CONFIG,
        RESTART_MS,
        records=True,
        measures=measures,
        poll_period_ms=POLL_MS,
        lease_ms=LEASE_MS,
    )
    try:
        async with evening:
            for number in numbers:
                plan = planned(seed, number)
                await evening.begin_again(plan.slow)
                first = len(evening.recordings) - 1
                async with asyncio.timeout(LONGEST_S):
                    outcome = await soaked(evening, plan)
                await evening.leave()
                files = tuple(evening.recordings[first:])
                told = await asyncio.get_running_loop().run_in_executor(judge, judged, files)
                ended.put_nowait(outcome._replace(judged=told))
    except BaseException as problem:
        ended.put_nowait(problem)
        raise
    ended.put_nowait(None)


# -- What is said ---------------------------------------------------------------------------------


def foretold(measures: Sequence[str]) -> dict[str, list[str]]:
    """What the table says: by guarantee the classes of `COLUMNS` under which it is violated. Of the guide with up to
    two faults in a run, as the matrix has it that is checked in; with measures it is asked now, of one fault, commands
    racing. (An evening has more: a call that two others overtake is two faults, so where some measures leave a gap, it
    may show in more guarantees than that.)"""
    row: dict[str, list[str]] = {}
    for guarantee, fault_class in _violated(measures):
        if fault_class in COLUMNS and fault_class not in row.get(guarantee, ()):
            row.setdefault(guarantee, []).append(fault_class)
    return row


def _violated(measures: Sequence[str]) -> Iterator[tuple[str, str]]:
    if measures:
        proof = prove(1, classes=COLUMNS, racing=True, rules=rules_with(measures))
        yield from ((cell.guarantee, cell.fault_class) for cell in proof.cells if cell.verdict == VIOLATED)
        return
    for line in MATRIX.read_text().splitlines():
        square, _, places = line.partition(": ")
        if f"={VIOLATED}" in places:
            guarantee, fault_class = square.split()
            yield guarantee, fault_class


def summary(every: Sequence[Soaked], row: Mapping[str, Sequence[str]], measures: Sequence[str]) -> Iterator[str]:
    """What was done, and what was found beside what is foretold, a line each."""
    killed = Counter(kill.process for each in every for kill in each.plan.kills)
    reloaded = [each for each in every if each.is_reloaded]
    recordings = [each for evening in every for _, each in evening.judged]
    yield f"{len(every)} evenings with {named(tuple(measures))}; killed: {_counts(killed)}"
    yield f"ended in: {_counts(Counter(each.state for each in every))}"
    yield f"{len(recordings)} recordings; replay as they went: {sum(each.agrees for each in recordings)}"
    yield f"{'evenings':52}{'all':>6}{'orchestrator killed':>21}"
    asked: tuple[tuple[str, str, Callable[[Soaked], bool]], ...] = (
        ("with something on air, neither known nor named", "G17", _is_unaccounted),
        ("whose store says live of what is not", "G14", _is_untrue),
        *((f"whose recordings break {g}", g, partial(_shows, g)) for g in _in_order({*row, *_broken(every)})),
    )
    for what, guarantee, is_so in asked:
        among = [sum(is_so(each) for each in those) for those in (every, reloaded)]
        under = f"{guarantee} is foretold under {', '.join(row[guarantee])}" if guarantee in row else "not foretold"
        yield f"{what:52}{among[0]:6}{among[1]:21}   {under}"


def _is_unaccounted(evening: Soaked) -> bool:
    return bool(evening.unaccounted)


def _is_untrue(evening: Soaked) -> bool:
    return bool(evening.untrue)


def _shows(guarantee: str, evening: Soaked) -> bool:
    return guarantee in evening.broken


def _broken(every: Iterable[Soaked]) -> set[str]:
    return {guarantee for evening in every for guarantee in evening.broken}


def _in_order(guarantees: Iterable[str]) -> list[str]:
    return sorted(guarantees, key=lambda guarantee: int(guarantee[1:]))


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counter.items()))


def surprising(every: Iterable[Soaked], row: Mapping[str, Sequence[str]]) -> list[Soaked]:
    """The evenings that the table does not foretell: a recording that does not replay, a guarantee that is broken and
    should not be, and, where it has no such gap, something on air that nobody knows of, or an untrue store."""
    return [
        each
        for each in every
        if not all(judged.agrees for _, judged in each.judged)
        or each.broken - row.keys()
        or (each.unaccounted and not row.keys() & ({"G4", "G17"} if each.is_reloaded else {"G4"}))
        or (each.untrue and "G14" not in row)
    ]


def details(each: Soaked) -> Iterator[str]:
    """Everything that there is to say of an evening."""
    yield f"evening {each.plan.number}, in {each.state}, naming {each.named}: {each.plan}"
    yield from (f"  {sentence}" for sentence in (*each.unaccounted, *each.untrue))
    for file, shown in each.judged:
        yield from (f"  {file.name}: {guarantee}: {what}" for guarantee, what in (*shown.broken, *shown.gaps))
        yield from () if shown.agrees else (f"  {file}: does not replay",)


async def soak(
    folder: Path,
    seed: int,
    most: int,
    seconds: float,
    measures: Sequence[str],
    beside: int,
    tell: Callable[[Soaked], None],
) -> list[Soaked]:
    """The evenings, until there are `most` or time is up; `tell` is told of each as it ends."""
    deadline, every = time.monotonic() + seconds, list[Soaked]()
    numbers = (number for number in range(most) if time.monotonic() < deadline)
    with worker_pool(1) as judge:
        async for each in evenings(folder, seed, numbers, measures, beside, judge):
            every.append(each)
            tell(each)
    return every


def main() -> int:
    """Run it, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--evenings", type=int, default=200, help="how many at most")
    parser.add_argument("--seconds", type=float, default=300, help="after which no evening is begun any more")
    parser.add_argument("--seed", type=int, default=0, help="the same one plans the same evenings")
    parser.add_argument("--with", dest="measures", default=None, help="measures, as of broadcast demo; none as it is")
    parser.add_argument("--beside", type=int, default=8, help="how many evenings at a time")
    parser.add_argument("--keep", type=Path, default=None, help="a folder for the recordings that show something")
    given = parser.parse_args()
    measures = measures_named("--with", given.measures) if given.measures else ()
    began, row = time.monotonic(), foretold(measures)
    seen = count(1)

    def tell(each: Soaked) -> None:
        number = next(seen)
        if number % 50 == 0:
            print(f"{number} evenings, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        if surprising([each], row):
            print("\n".join(details(each)), file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        run = soak(folder, given.seed, given.evenings, given.seconds, measures, given.beside, tell)
        every = asyncio.run(run)
    print("\n".join(summary(every, row, measures)))
    strange = surprising(every, row)
    print(f"{len(strange)} evenings that the table of measures does not foretell; {time.monotonic() - began:.0f} s")
    return 1 if strange else 0


if __name__ == "__main__":
    sys.exit(main())
