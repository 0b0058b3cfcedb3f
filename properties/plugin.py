"""The pytest plugin that a suite gets by installing the toolkit: fixtures, two options, and a summary of coverage.

Whatever is heavy is imported by the fixture that needs it, so that a suite which uses none of them pays nothing.
"""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from properties.coverage import Coverage
    from properties.machine import BroadcastMachine
    from sim.studio import Studio
    from sim.world import World

OUTPUT = "broadcast_coverage"
"""Under this name a worker of pytest-xdist hands its coverage over."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two options, for whoever wants other runs or more of them."""
    group = parser.getgroup("broadcast", "Broadcast Orchestrator")
    group.addoption("--broadcast-seed", type=int, default=0, metavar="N", help="seed of studios and searches (0)")
    group.addoption(
        "--broadcast-max-examples", type=_positive, default=100, metavar="N", help="how many runs a search tries (100)"
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of runs; give a whole number from 1")
    return int(text)


@pytest.fixture(scope="session")
def broadcast_seed(pytestconfig: pytest.Config) -> int:
    """The seed given by --broadcast-seed."""
    seed: int = pytestconfig.getoption("--broadcast-seed")
    return seed


@pytest.fixture
def broadcast_studio(broadcast_seed: int) -> "Callable[..., Studio]":
    """A function that makes a simulated studio, with the arguments of `sim.studio.Studio`; the seed is given."""
    from sim.studio import Studio

    def make(**arguments: Any) -> "Studio":
        return Studio(**{"seed": broadcast_seed, **arguments})

    return make


@pytest.fixture
def broadcast_world() -> "World":
    """A fresh world: an orchestrator in idle with the default configuration, and nothing on."""
    from sim.world import World

    return World()


@pytest.fixture
def broadcast_search(pytestconfig: pytest.Config, broadcast_seed: int) -> "Callable[..., type[BroadcastMachine]]":
    """A function that searches with a machine, as `properties.machine.search`; seed and number of runs are given."""
    from properties.machine import search

    def run(*machine: "type[BroadcastMachine]", **arguments: Any) -> "type[BroadcastMachine]":
        given = {"seed": broadcast_seed, "max_examples": pytestconfig.getoption("--broadcast-max-examples")}
        return search(*machine, **{**given, **arguments})

    return run


# -- The summary ----------------------------------------------------------------------------------


def _covered() -> "Coverage | None":
    """What machines of this process have seen; None where no test imported any."""
    module = sys.modules.get("properties.coverage")
    session: Coverage | None = module.SESSION if module else None
    return session if session is not None and session.rows else None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands over what it has seen."""
    covered = _covered()
    if covered is not None and hasattr(session.config, "workeroutput"):
        session.config.workeroutput[OUTPUT] = covered.to_json()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """The controller of pytest-xdist adds it up."""
    data = getattr(node, "workeroutput", {}).get(OUTPUT)
    if data is not None:
        from properties.coverage import SESSION

        SESSION.add_json(data)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell which rows of the table the machines of this session have taken."""
    covered = _covered()
    if covered is not None:
        terminalreporter.section("broadcast: coverage of the transition table")
        for line in covered.lines():
            terminalreporter.write_line(line)
