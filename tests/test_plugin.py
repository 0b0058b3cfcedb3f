"""The pytest plugin, in suites of users."""

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

SUITE = """
from properties.machine import BroadcastMachine


class Calm(BroadcastMachine):
    fault_classes = ()
    sometimes = ("live",)


def test_search(broadcast_search):
    broadcast_search(Calm, max_examples=20).check_sometimes()


def test_world(broadcast_world):
    assert broadcast_world.core.state.value == "idle"


def test_studio(broadcast_studio):
    studio = broadcast_studio(faults=[])
    studio.run(studio.orchestrator.initialize())
    assert studio.state.value == "ready"
    assert studio.trace.seed == 7
"""


def test_a_suite_uses_the_fixtures(pytester: pytest.Pytester) -> None:
    """A user's suite searches with its own machine, runs a studio, and is told what was covered."""
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_subprocess("--broadcast-seed=7", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        [
            "*broadcast: coverage of the transition table*",
            "* of 15 rows taken; never: *ready -> error*",
            "* of 3 forced edges taken*",
        ]
    )


def test_workers_hand_over_what_they_have_seen(pytester: pytest.Pytester) -> None:
    """The summary is there as well when the tests run in other processes."""
    pytester.makepyfile(SUITE.split("def test_world")[0])
    result = pytester.runpytest_subprocess("-n1", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*broadcast: coverage of the transition table*"])


def test_a_failing_search_tells_a_story(pytester: pytest.Pytester) -> None:
    """The report of a broken guarantee has one line for each step."""
    pytester.makepyfile(
        """
        from model.core import Core
        from model.table import INITIALIZING
        from properties.machine import BroadcastMachine

        class Sleepy(Core):
            def initialization(self):
                self.move(INITIALIZING, "system_init")

        class Mine(BroadcastMachine):
            rules_of_core = Sleepy

        def test_mine(broadcast_search):
            broadcast_search(Mine, steps=5)
        """
    )
    result = pytester.runpytest_subprocess("--broadcast-max-examples=30", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E*G7: initialize is under way and no timer is armed", "E*1. a caller asks: initialize (idle → initializing)"]
    )


def test_a_suite_without_machines_is_told_nothing(pytester: pytest.Pytester) -> None:
    """Where nothing was covered there is no summary."""
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*broadcast: coverage*")


def test_a_bad_number_of_runs_is_refused_in_one_line(pytester: pytest.Pytester) -> None:
    """A number of runs that is none is refused before any test runs, with what to give instead."""
    result = pytester.runpytest_subprocess("--broadcast-max-examples=0")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*--broadcast-max-examples: '0' is no number of runs; give a whole number from 1"])


def test_the_plugin_is_cheap_to_load() -> None:
    """Loading the plugin imports none of the heavy libraries, and none of the toolkit."""
    heavy = "{'hypothesis', 'simpy', 'networkx', 'numpy', 'model', 'sim'}"
    code = f"import sys, properties.plugin; print(sorted({heavy} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
