"""What a test session has watched: the runs of its studios and searches, judged by the guarantees while they go on.

Everything here can be handed from one process to another as plain data, since tests may run in several.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.table import IDLE
from broadcast_orchestrator.properties.guarantees.by_design import foreseen
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES, watch
from broadcast_orchestrator.properties.guarantees.memory import memory_under
from broadcast_orchestrator.properties.guarantees.verdicts import ANYWHERE, HELD, VIOLATED, Cell, Violation
from broadcast_orchestrator.properties.search.coverage import Coverage
from broadcast_orchestrator.properties.telling.story import in_brief
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.world.faults import FAULTS, NONE
from broadcast_orchestrator.sim.world.steps import Step, fault_of
from broadcast_orchestrator.sim.world.trace import Passage, Trace, walk

MOST = 10
"""How many traces of one failing test are kept, the last ones."""


class WatchedViolation(NamedTuple):
    """A violation in runs that were watched: under which class of fault, and in which test."""

    violation: Violation
    fault_class: str
    test: str = ""

    @property
    def by_design(self) -> str:
        """Why it was foreseen, "" if it was not."""
        return foreseen(self.violation, self.fault_class) or self.violation.gap


class FailingRun(NamedTuple):
    """A run of a test that failed: told in a line with what it broke, its story line by line, and its trace."""

    told: str
    story: tuple[str, ...]
    trace: str


class RunFollower:
    """Follows one run and judges each of its steps."""

    def __init__(self, coverage: Coverage, rules: type[Core]) -> None:
        self.violations: list[Violation] = []
        self.rules = rules
        self._observer, self._coverage = memory_under(rules), coverage

    def see(self, passage: Passage) -> None:
        """Judge one step, and count it."""
        before, step, effects, after, _ = passage
        self._observer, violations = watch(self._observer, before, step, effects, after, self.rules)
        self.violations += violations
        self._coverage.see(before, step, effects, after)


class Watched:
    """Counts over any number of runs: `runs` by the classes of fault that hit in them (F0: none did), how many there
    were in `total`, their `steps`, in how many of them each violation was `seen`, the `seeds`, and the `coverage`."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget everything."""
        self.coverage = Coverage()
        self.runs: Counter[str] = Counter()
        self.total = self.steps = 0
        self.seen: Counter[WatchedViolation] = Counter()
        self.seeds: list[int] = []
        self._open: list[tuple[Studio, RunFollower]] = []
        self._found: list[tuple[tuple[Step, ...], tuple[Violation, ...]]] = []

    def studio(self, **arguments: Any) -> Studio:
        """A studio with these arguments, whose every step is judged; its own `watch` hears of the steps as well."""
        follower, theirs = RunFollower(self.coverage, arguments.get("rules", Core)), arguments.get("watch")

        def see(passage: Passage) -> None:
            follower.see(passage)
            if theirs is not None:
                theirs(passage)

        studio = Studio(**{**arguments, "watch": see})
        self._open.append((studio, follower))
        return studio

    def searched(self, steps: Iterable[Step], violations: tuple[Violation, ...]) -> None:
        """Count a run of a search; one that finds something raises it, so whether it counts is for the test to say."""
        if violations:
            self._found.append((tuple(steps), violations))
        else:
            self.ran(steps, ())

    def ran(self, steps: Iterable[Step], violations: Iterable[Violation], seed: int | None = None) -> None:
        """Count a run, with the violations that were found in it."""
        taken = tuple(steps)
        classes = tuple(dict.fromkeys(fault_of(step) for step in taken if fault_of(step))) or (NONE,)
        self.total += 1
        self.steps += len(taken)
        self.runs.update(classes)
        self.seeds = list(dict.fromkeys((*self.seeds, *(() if seed is None else (seed,)))))
        self.seen.update(
            WatchedViolation(violation, fault) for violation in dict.fromkeys(violations) for fault in classes
        )

    def kept(self) -> tuple[FailingRun, ...]:
        """What is kept of the studios since the last `take`, the last ones if there are many."""
        return tuple(
            _kept(studio.trace, follower.violations, _story(studio.trace, follower.rules))
            for studio, follower in self._open[-MOST:]
        )

    def take(self, *, passed: bool = False) -> dict[str, Any]:
        """Everything since the last time as plain data, and begin anew; {} where nothing was watched. What a search
        has found in a test that `passed` is what that test expected, and no news."""
        for steps, found in self._found:
            self.ran(steps, () if passed else found)
        for studio, follower in self._open:
            if studio.trace.lines:
                self.ran((line.step for line in studio.trace.lines), follower.violations, studio.trace.seed)
        data = self.to_json() if self.total else {}
        self.begin()
        return data

    def to_json(self) -> dict[str, Any]:
        """The counts as plain data."""
        return {
            "total": self.total,
            "steps": self.steps,
            "runs": dict(self.runs),
            "seen": [[*seen.violation[:3], *seen[1:], count] for seen, count in self.seen.items()],
            "seeds": self.seeds,
            "coverage": self.coverage.to_json(),
        }

    def add_json(self, data: dict[str, Any], test: str = "") -> None:
        """Add the counts that `to_json` wrote, in another process perhaps; `test` is where they come from."""
        self.total += data["total"]
        self.steps += data["steps"]
        self.runs.update(data["runs"])
        for guarantee, what, gap, fault, where, count in data["seen"]:
            self.seen[WatchedViolation(Violation(guarantee, what, gap), fault, test or where)] += count
        self.seeds = list(dict.fromkeys((*self.seeds, *data["seeds"])))
        self.coverage.add_json(data["coverage"])


def kept_of(broken: Any) -> FailingRun:
    """What is kept of the run that a search has found (see `properties.search.machine.GuaranteeBroken`)."""
    return _kept(broken.trace, broken.violations, broken.story)


def _kept(trace: Trace, violations: Iterable[Violation], story: Iterable[str]) -> FailingRun:
    broke = "; ".join(map(str, dict.fromkeys(violations)))
    steps = f"{len(trace.lines)} {'step' if len(trace.lines) == 1 else 'steps'}"
    seed = "" if trace.seed is None else f", seed {trace.seed}"
    end = trace.lines[-1].state if trace.lines else IDLE
    told = f"{trace.made_by}{seed}: {steps}, ends in {end}" + (f"; breaks {broke}" if broke else "")
    return FailingRun(told, tuple(story), trace.to_text())


def _story(trace: Trace, rules: type[Core]) -> Iterator[str]:
    """The trace in sentences, as far as these rules, which may be broken, let it be taken again."""
    with suppress(Exception):
        yield from map(in_brief, walk(trace, rules))


def cells(watched: Watched) -> tuple[Cell, ...]:
    """A cell for each guarantee and each class of fault that hit in a run: held, or violated in one run at least.

    Held is no proof: so many runs were watched, and none broke it.
    """
    classes = [fault.id for fault in FAULTS if watched.runs[fault.id]]
    return tuple(_cell(watched, guarantee.id, fault) for guarantee in GUARANTEES for fault in classes)


def _cell(watched: Watched, guarantee: str, fault: str) -> Cell:
    seen = seen_in(watched, guarantee, fault)
    by_design = seen[0].by_design if seen and all(each.by_design for each in seen) else ""
    runs = watched.runs[fault]
    return Cell(guarantee, fault, ANYWHERE, VIOLATED if seen else HELD, 0, runs, runs, None, by_design)


def summary(watched: Watched) -> tuple[str, ...]:
    """The matrix in short, with the guarantees that were not broken in one line; then what broke the others, the
    coverage and the seeds."""
    found = cells(watched)
    columns = tuple(dict.fromkeys(cell.fault_class for cell in found))
    broken = tuple(dict.fromkeys(cell.guarantee for cell in found if cell.verdict == VIOLATED))
    names = {guarantee.id: f"{guarantee.id} {guarantee.name}" for guarantee in GUARANTEES}
    others = f"the other {len(names) - len(broken)} guarantees" if broken else f"all {len(names)} guarantees"
    return (
        _line("", columns),
        _line("runs in which it hit", [f"{watched.runs[column]:,}" for column in columns]),
        *(_line(names[name], [_sign(cell) for cell in found if cell.guarantee == name]) for name in broken),
        _line(others, ["✓"] * len(columns)),
        *(
            f"✗ {each.violation.guarantee} under {each.fault_class}: {each.violation.what}"
            for each in watched.seen
            if not each.by_design
        ),
        *watched.coverage.lines(),
        f"seeds of the studios: {', '.join(map(str, watched.seeds)) or 'there were none'}",
    )


def _line(name: str, columns: Iterable[str]) -> str:
    return f"{name:<24}" + "".join(f"{each:>7}" for each in columns)


def _sign(cell: Cell) -> str:
    return "✓" if cell.verdict == HELD else "△" if cell.by_design else "✗"


def seen_in(watched: Watched, guarantee: str, fault: str) -> tuple[WatchedViolation, ...]:
    """The violations that one cell is about."""
    return tuple(each for each in watched.seen if (each.violation.guarantee, each.fault_class) == (guarantee, fault))


SESSION = Watched()
"""What this process has watched and not yet handed over."""
