"""What a pytest session has watched, gathered into one record, before anyone decides how it looks."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any, NamedTuple
from zlib import crc32

from broadcast_orchestrator.properties.guarantees.verdicts import HELD, UNKNOWN, VIOLATED, Cell
from broadcast_orchestrator.properties.search.watched import Watched, WatchedViolation, cells
from broadcast_orchestrator.properties.verification.matrix import Matrix, Square, matrix
from broadcast_orchestrator.reports.verify.report import CoverageRow, coverage_rows, environment
from broadcast_orchestrator.sim.world.rules_by_name import REFERENCE
from broadcast_orchestrator.sim.world.trace import Passage, Trace, walk

LONGEST, PICTURES = 120, 20
"""Up to how many steps a run is drawn, and how many runs are: the page stays small."""


class KeptRun(NamedTuple):
    """A run of a test that failed: told in a line, its story, its trace with the file for it, the command that plays
    it again, and the run itself where it can be drawn."""

    told: str
    story: tuple[str, ...]
    trace: str
    file: str
    replay: str
    run: tuple[Passage, ...]


class WatchedTest(NamedTuple):
    """A test in which something was watched: `id` is its place on the page, `again` the command that runs it again.

    `outcome` is that of the last try, `reruns` how many were given up before; `runs` are those of every try that
    failed."""

    id: str
    name: str
    outcome: str
    message: str
    reruns: int
    again: str
    runs: tuple[KeptRun, ...]


@dataclass(frozen=True)
class SessionReport:
    """One pytest session, and everything that is shown of it."""

    watched: Watched
    verdict: str
    sentence: str
    cells: tuple[Cell, ...]
    matrix: Matrix
    coverage: tuple[CoverageRow, ...]
    tests: tuple[WatchedTest, ...]
    environment: Mapping[str, str]
    reproduce: str

    @property
    def failed(self) -> tuple[WatchedTest, ...]:
        """The tests that did not pass."""
        return tuple(test for test in self.tests if test.outcome == "failed")

    @property
    def told(self) -> tuple[WatchedTest, ...]:
        """The tests of which there is something to tell: those that failed, in the end or before another try."""
        return tuple(test for test in self.tests if test.outcome == "failed" or test.runs)

    def seen(self, guarantee: str) -> tuple[WatchedViolation, ...]:
        """What broke a guarantee."""
        return tuple(each for each in self.watched.seen if each.violation.guarantee == guarantee)

    def place_of(self, square: Square) -> str:
        """Where a square leads to on the page: to the test that broke it, or to what is told of the guarantee."""
        tests = [each.test for each in self.seen(square.guarantee) if each.fault_class == square.fault_class]
        known = [test.id for test in self.told if test.name in tests]
        return known[0] if known else square.guarantee


def gather(watched: Watched, tests: Mapping[str, Mapping[str, Any]], command: str) -> SessionReport:
    """The report of a session: what it has watched, its tests as the plugin has gathered them, and its command."""
    found = cells(watched)
    broken = [cell for cell in found if cell.verdict == VIOLATED and not cell.by_design]
    verdict = VIOLATED if broken else HELD if found else UNKNOWN
    told = tuple(_watched_tests(tests))
    return SessionReport(
        watched,
        verdict,
        sentence(watched, broken, told),
        found,
        matrix(found),
        coverage_rows({"tests": watched.coverage.rows}),
        told,
        environment(),
        command,
    )


def sentence(watched: Watched, broken: Iterable[Cell], tests: tuple[WatchedTest, ...]) -> str:
    """What the session says about the guarantees, in one sentence."""
    rows = tuple(dict.fromkeys(cell.guarantee for cell in broken))
    failed = sum(test.outcome == "failed" for test in tests)
    failures = (
        f"{failed} of {len(tests)} tests that were watched failed" if failed else "no test that was watched failed"
    )
    if not watched.total:
        return f"No run was watched, so nothing is known; {failures}."
    runs = f"{watched.total:,} watched {'run' if watched.total == 1 else 'runs'}"
    if rows:
        return f"{', '.join(rows)} {'was' if len(rows) == 1 else 'were'} broken in {runs}; {failures}."
    return f"Every guarantee held in {runs}; {failures}."


def _watched_tests(tests: Mapping[str, Mapping[str, Any]]) -> Iterable[WatchedTest]:
    drawn = 0
    for name, test in tests.items():
        runs = []
        for kept, file in zip(test["runs"], files_of(name, len(test["runs"])), strict=True):
            passages = _passages(kept) if drawn < PICTURES else ()
            drawn += bool(passages)
            replay = replay_command(kept, Path(file))
            runs.append(KeptRun(kept["told"], tuple(kept["story"]), kept["trace"], file, replay, passages))
        yield WatchedTest(
            slug(name), name, test["outcome"], test["message"], test["reruns"], test["replay"], tuple(runs)
        )


def files_of(test: str, runs: int, before: int = 0) -> tuple[str, ...]:
    """Where so many traces of a test lie within the folder of the report, after those `before` of earlier tries."""
    return tuple(f"traces/{slug(test)}-{before + number}.jsonl" for number in range(1, runs + 1))


def replay_command(kept: Mapping[str, Any], file: Path) -> str:
    """The command that plays a run again."""
    rules = Trace.from_text(kept["trace"]).rules
    return f"broadcast replay {quote(file.as_posix())}" + ("" if rules == REFERENCE else f" --rules {quote(rules)}")


def _passages(kept: Mapping[str, Any]) -> tuple[Passage, ...]:
    """The run to be drawn; other rules than the reference's are not at hand here, and very long runs too wide."""
    trace = Trace.from_text(kept["trace"])
    if trace.rules != REFERENCE or not 0 < len(trace.lines) <= LONGEST:
        return ()
    return tuple(walk(trace))


def slug(name: str) -> str:
    """A name for files and for the page, the same for the same test, another one for any other."""
    file, _, test = name.partition("::")
    plain = re.sub(r"[^A-Za-z0-9]+", "-", f"{Path(file).stem} {test}").strip("-")[:60]
    return f"{plain}-{crc32(name.encode()):08x}"
