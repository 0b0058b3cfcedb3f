"""The pytest plugin that a suite gets by installing the toolkit: fixtures, two options, and a summary of the session.

Whatever is heavy is imported by the fixture that needs it, so that a suite which uses none of them pays nothing.
"""

import argparse
import json
import sys
from collections.abc import Callable, Generator
from shlex import quote
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from broadcast_orchestrator.properties.search.machine import BroadcastMachine
    from broadcast_orchestrator.properties.search.watched import Watched
    from broadcast_orchestrator.sim.simulate.studio import Studio
    from broadcast_orchestrator.sim.world.world import World

SEED, EXAMPLES = 0, 100
"""What the options are where they are not given."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two options, for whoever wants other runs or more of them."""
    group = parser.getgroup("broadcast", "Broadcast Orchestrator")
    group.addoption(
        "--broadcast-seed", type=int, default=SEED, metavar="N", help=f"seed of studios and searches ({SEED})"
    )
    group.addoption(
        "--broadcast-max-examples",
        type=_positive,
        default=EXAMPLES,
        metavar="N",
        help=f"how many runs a search tries ({EXAMPLES})",
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of runs; give a whole number from 1")
    return int(text)


def pytest_configure(config: pytest.Config) -> None:
    """The process that reports to a person gathers what all others have watched."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Gatherer(), Gatherer.NAME)


@pytest.fixture(scope="session")
def broadcast_seed(pytestconfig: pytest.Config) -> int:
    """The seed given by --broadcast-seed."""
    seed: int = pytestconfig.getoption("--broadcast-seed")
    return seed


@pytest.fixture
def broadcast_studio(broadcast_seed: int) -> "Callable[..., Studio]":
    """A function that makes a simulated studio, with the arguments of `sim.simulate.studio.Studio`; the seed is given.
    The guarantees are judged at each of its steps, for the summary; what a test asserts is its own affair."""
    from broadcast_orchestrator.properties.search.watched import SESSION

    def make(**arguments: Any) -> "Studio":
        return SESSION.studio(**{"seed": broadcast_seed, **arguments})

    return make


@pytest.fixture
def broadcast_world() -> "World":
    """A fresh world: an orchestrator in idle with the default configuration, and nothing on."""
    from broadcast_orchestrator.sim.world.world import World

    return World()


@pytest.fixture
def broadcast_search(pytestconfig: pytest.Config, broadcast_seed: int) -> "Callable[..., type[BroadcastMachine]]":
    """A function that searches with a machine, as `properties.search.machine.search`; seed and number of runs are
    given."""
    from broadcast_orchestrator.properties.search.machine import search

    def run(*machine: "type[BroadcastMachine]", **arguments: Any) -> "type[BroadcastMachine]":
        given = {"seed": broadcast_seed, "max_examples": pytestconfig.getoption("--broadcast-max-examples")}
        return search(*machine, **{**given, **arguments})

    return run


# -- What one test has watched --------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: "pytest.CallInfo[None]"
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give the report of a test what was watched in it, as plain data, so that it comes from any worker of
    pytest-xdist; where the test failed, also its traces, and the lines that replay it."""
    report = yield
    module = sys.modules.get("broadcast_orchestrator.properties.search.watched")
    if module is not None:
        failing = _failing(module.SESSION, call) if report.failed else []
        data = module.SESSION.take(passed=report.passed)
        if data or failing:
            replay = replay_line(item)
            told = {"watched": data, "runs": failing, "replay": replay}
            report.broadcast = json.loads(json.dumps(told))  # type: ignore[attr-defined]  # enumerations do not travel
            if report.failed:
                report.sections.append(
                    ("broadcast", "\n".join([*(run["told"] for run in failing), f"replay: {replay}"]))
                )
    return report


def _failing(session: "Watched", call: "pytest.CallInfo[None]") -> list[dict[str, Any]]:
    """The runs of a failing test as plain data, with the shortest one that a search has found."""
    from broadcast_orchestrator.properties.search.watched import kept_of

    broken = call.excinfo.value if call.excinfo else None
    found = [kept_of(broken)] if getattr(broken, "trace", None) is not None else []
    return [each._asdict() for each in (*session.kept(), *found)]


def replay_line(item: pytest.Item) -> str:
    """The command that makes the same test with the same runs again."""
    given = (("--broadcast-seed", SEED), ("--broadcast-max-examples", EXAMPLES))
    options = "".join(
        f" {name}={value}" for name, default in given if (value := item.config.getoption(name)) != default
    )
    return f"pytest {quote(item.nodeid)}{options}"


# -- What the session has watched -----------------------------------------------------------------


class Gatherer:
    """Adds up what the tests have watched, in this process or in workers, and tells it at the end. `total` is None
    until something comes; `tests` are the tests that watched anything, with how they ended: where a plugin has run one
    again, how its last try did, and how many were given up before that."""

    OUTCOMES = ("passed", "failed", "skipped")
    NAME = "broadcast-gatherer"

    def __init__(self) -> None:
        self.total: Watched | None = None
        self.tests: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in one report."""
        data: dict[str, Any] = getattr(report, "broadcast", {})
        if data.get("watched"):
            from broadcast_orchestrator.properties.search.watched import Watched

            self.total = self.total or Watched()
            self.total.add_json(data["watched"], report.nodeid)
        if data:
            test = {"outcome": "passed", "message": "", "reruns": 0, "replay": data["replay"], "runs": []}
            self.tests.setdefault(report.nodeid, test)["runs"] += data["runs"]
        if report.nodeid in self.tests and report.outcome != "passed":
            test = self.tests[report.nodeid]
            if report.outcome in self.OUTCOMES:
                test |= {"outcome": report.outcome, "message": _message(report)}
            else:  # "rerun", for one
                test |= {"outcome": "passed", "message": "", "reruns": test["reruns"] + 1}

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell which guarantees were judged how often, which rows of the table were taken, and the seeds."""
        if self.total is not None:
            from broadcast_orchestrator.properties.search.watched import summary

            terminalreporter.section(f"broadcast: guarantees judged in {self.total.total:,} runs")
            for line in summary(self.total):
                terminalreporter.write_line(line)


def _message(report: pytest.TestReport) -> str:
    """What went wrong, without where in whose files."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash else report.longreprtext.strip().rpartition("\n")[2])
