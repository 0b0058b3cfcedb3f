"""The pytest plugin, in suites of users."""

import json
import subprocess
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

import jsonschema
import pytest

from broadcast_orchestrator.reports.output.formats.schemas import schema
from broadcast_orchestrator.sim.world.trace import Trace, replay

pytest_plugins = ["pytester"]

SUITE = """
from broadcast_orchestrator.properties.search.machine import BroadcastMachine


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
            "*broadcast: guarantees judged in * runs*",
            " *F0",
            "runs in which it hit *",
            "all 17 guarantees *✓",
            "* of 15 rows taken; never: *ready -> error*",
            "* of 3 forced edges taken*",
            "seeds of the studios: 7",
        ]
    )


def test_workers_hand_over_what_they_have_seen(pytester: pytest.Pytester) -> None:
    """The summary is there as well when the tests run in other processes."""
    pytester.makepyfile(SUITE.split("def test_world")[0])
    result = pytester.runpytest_subprocess("-n1", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*broadcast: guarantees judged in * runs*", "all 17 guarantees *✓"])


def test_a_failing_search_tells_a_story(pytester: pytest.Pytester) -> None:
    """The report of a broken guarantee has one line for each step."""
    pytester.makepyfile(
        """
        from broadcast_orchestrator.model.core import Core
        from broadcast_orchestrator.model.table import INITIALIZING
        from broadcast_orchestrator.properties.search.machine import BroadcastMachine

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


FAILING = """
import pytest
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.table import INITIALIZING
from broadcast_orchestrator.properties.search.machine import BroadcastMachine, GuaranteeBroken
from broadcast_orchestrator.properties.mutants.starting import StopsUndoingAtAFailure
from broadcast_orchestrator.sim import Fault


def evening(studio):
    yield studio.orchestrator.initialize()
    yield studio.orchestrator.start_broadcast("s1")


def test_wrong(broadcast_studio):
    studio = broadcast_studio(faults=[Fault("host.start", "refuse", first=1)])
    studio.run(evening(studio))


def test_careless(broadcast_studio):
    faults = [Fault("producer.start", "refuse", first=1), Fault("host.stop", "refuse", first=1)]
    studio = broadcast_studio(rules=StopsUndoingAtAFailure, faults=faults)
    with pytest.raises(Exception):
        studio.run(evening(studio))
    studio.settle()


class Sleepy(Core):
    def initialization(self):
        self.move(INITIALIZING, "system_init")


class Mine(BroadcastMachine):
    rules_of_core = Sleepy


def test_expects_it(broadcast_search):
    with pytest.raises(GuaranteeBroken):
        broadcast_search(Mine, max_examples=20, steps=5)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '" onmouseover="x', "]]>"])
def test_markup(broadcast_studio, name):
    studio = broadcast_studio(sessions=["s1"])
    studio.run(studio.orchestrator.initialize())
    raise ValueError(f"{name}\\n::error::`|{name}")
"""


def test_a_failure_says_how_it_is_played_again(pytester: pytest.Pytester) -> None:
    """Beside the failure stand the run with its seed, and the command that makes the same test again."""
    pytester.makepyfile(test_it=FAILING)
    result = pytester.runpytest_subprocess("-k", "wrong", "--broadcast-seed=9", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=1, deselected=5)
    result.stdout.fnmatch_lines(
        [
            "*- broadcast -*",
            "studio, seed 9: 15 steps, ends in error",
            "replay: pytest test_it.py::test_wrong --broadcast-seed=9",
        ]
    )


def test_a_guarantee_that_a_test_does_not_ask_about_is_judged(pytester: pytest.Pytester) -> None:
    """A studio that breaks a guarantee in a test that passes is told; what a test expects of a search is not."""
    pytester.makepyfile(test_it=FAILING)
    result = pytester.runpytest_subprocess("-k", "careless", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, deselected=5)
    result.stdout.fnmatch_lines(["G2 rollback *✗", "the other 16 guarantees *✓", "✗ G2 under F1: *"])
    result = pytester.runpytest_subprocess("-k", "expects", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, deselected=5)
    result.stdout.fnmatch_lines(["all 17 guarantees *✓*"])


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_a_session_writes_its_report(pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    """--broadcast-report writes a page, JSON as its schema promises, JUnit XML and the traces of what failed, and the
    traces replay; from workers as well."""
    pytester.makepyfile(test_it=FAILING)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--broadcast-report=out", *workers)
    result.assert_outcomes(passed=2, failed=4)
    result.stdout.fnmatch_lines(
        ["replay: broadcast replay out/traces/test-it-test-wrong-*-1.jsonl", "broadcast report: out?report.html"]
    )
    out = pytester.path / "out"
    told = json.loads((out / "report.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema("session")).validate(told)
    assert told["verdict"] == "violated"
    assert {each["test"] for row in told["judged"] for each in row["seen"]} == {"test_it.py::test_careless"}
    assert len(told["judged"]) == 17 * len({row["fault_class"] for row in told["judged"]})
    broke = [each.text or "" for each in ElementTree.parse(out / "junit.xml").getroot()[0].iter("failure")]
    assert broke
    assert all("replay: pytest test_it.py::test_careless\nseeds: 0" in text for text in broke)
    (wrong,) = (test for test in told["tests"] if test["test"] == "test_it.py::test_wrong")
    assert (
        wrong["message"]
        == "broadcast_orchestrator.model.api.outcome.CommandFailed: start_broadcast failed: host.start failed: refused"
    )
    assert replay(Trace.load(out / wrong["runs"][0]["trace"])).agrees
    assert wrong["runs"][0]["replay"] == f"broadcast replay {wrong['runs'][0]['trace']}"


FLAKY = """
from pathlib import Path
from broadcast_orchestrator.sim import Fault


def evening(studio):
    yield studio.orchestrator.initialize()
    yield studio.orchestrator.start_broadcast("s1")


def once_more(name):
    tries = Path(name)
    tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
    return len(tries.read_text())


def test_flaky(broadcast_studio):
    studio = broadcast_studio(faults=[Fault("host.start", "refuse", first=1)] if once_more("flaky") < 3 else [])
    studio.run(evening(studio))


def test_wrong(broadcast_studio):
    studio = broadcast_studio(faults=[Fault("host.start", "refuse", first=1)])
    studio.run(evening(studio))


def test_right(broadcast_studio):
    studio = broadcast_studio()
    studio.run(evening(studio))
"""


@pytest.mark.parametrize("workers", [(), ("-n1",)])
def test_a_session_with_reruns_has_outcomes_that_the_schema_knows(
    pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    """A test that was run again has the outcome of its last try, the number of those before, and the runs of all that
    failed, with traces that are there under the names that were told beside each."""
    pytester.makepyfile(test_it=FLAKY)
    options = ("-p", "no:cacheprovider", "--reruns=2", "-rR", "--broadcast-report=out")
    result = pytester.runpytest_subprocess(*options, *workers)
    assert result.parseoutcomes() == {"passed": 2, "failed": 1, "rerun": 4}
    out = pytester.path / "out"
    told = json.loads((out / "report.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema("session")).validate(told)
    tests = {each["test"].partition("::")[2]: each for each in told["tests"]}
    assert {name: (each["outcome"], each["reruns"], len(each["runs"])) for name, each in tests.items()} == {
        "test_flaky": ("passed", 2, 2),
        "test_wrong": ("failed", 2, 3),
        "test_right": ("passed", 0, 0),
    }
    traces = [run["trace"] for each in tests.values() for run in each["runs"]]
    assert sorted(traces) == sorted(f"traces/{path.name}" for path in (out / "traces").iterdir())
    assert tests["test_flaky"]["message"] == ""
    page = (out / "report.html").read_text("utf-8")
    assert "Failed, and passed when it was run again." in page
    assert "passed, at try 3" in page
    assert [each.get("tests") for each in ElementTree.parse(out / "junit.xml").getroot()][1] == "3"


class Attributes(HTMLParser):
    """The names of all attributes in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what the tag carries."""
        self.names += [name for name, _ in attrs]


def test_markup_from_tests_stays_text(pytester: pytest.Pytester) -> None:
    """Markup in the names and the messages of tests is text on the page and in the XML, which stays well formed."""
    pytester.makepyfile(test_it=FAILING)
    pytester.runpytest_subprocess("-k", "markup", "-p", "no:cacheprovider", "--broadcast-report=out")
    page = (pytester.path / "out" / "report.html").read_text("utf-8")
    assert page.count("<script") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    attributes = Attributes()
    attributes.feed(page)
    assert "class" in attributes.names
    assert not [name for name in attributes.names if name.startswith("on")]
    root = ElementTree.parse(pytester.path / "out" / "junit.xml").getroot()
    failures = [each.get("message") for each in root.iter("failure")]
    assert failures == [
        f"ValueError: {name}\n::error::`|{name}" for name in ("<script>alert(1)</script>", '" onmouseover="x', "]]>")
    ]
    told = next(iter(root.iter("failure"))).text or ""
    assert "replay: pytest 'test_it.py::test_markup[<script>alert(1)</script>]'" in told


def test_a_session_that_watched_nothing_says_so(pytester: pytest.Pytester) -> None:
    """A report is written all the same, and claims nothing."""
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--broadcast-report=out")
    result.assert_outcomes(passed=1)
    told = json.loads((pytester.path / "out" / "report.json").read_text("utf-8"))
    assert (told["verdict"], told["judged"]) == ("unknown", [])
    assert told["sentence"] == "No run was watched, so nothing is known; no test that was watched failed."


def test_a_folder_that_cannot_be_is_refused_in_one_line(pytester: pytest.Pytester) -> None:
    """A report that has no place is refused before any test runs."""
    pytester.makepyfile("def test_nothing(): pass")
    (pytester.path / "file").touch()
    result = pytester.runpytest_subprocess("--broadcast-report=file")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --broadcast-report file: File exists, try another folder"])


def test_a_suite_without_machines_is_told_nothing(pytester: pytest.Pytester) -> None:
    """Where nothing was covered there is no summary."""
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*broadcast:*")


def test_a_bad_number_of_runs_is_refused_in_one_line(pytester: pytest.Pytester) -> None:
    """A number of runs that is none is refused before any test runs, with what to give instead."""
    result = pytester.runpytest_subprocess("--broadcast-max-examples=0")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*--broadcast-max-examples: '0' is no number of runs; give a whole number from 1"])


def test_the_plugins_are_cheap_to_load() -> None:
    """Loading the plugins imports none of the heavy libraries, and none of the toolkit."""
    ours = "broadcast_orchestrator"
    heavy = {"hypothesis", "jinja2", "simpy", "networkx", "numpy", f"{ours}.model", f"{ours}.sim"}
    loaded = f"import sys, {ours}.properties.pytest_plugin.plugin, {ours}.reports.session.plugin"
    code = f"{loaded}; print(sorted({heavy} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
