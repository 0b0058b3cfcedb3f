"""Experiment files: what they may say, and how every mistake in one is told."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from broadcast_orchestrator.model.config import OrchestratorConfig
from broadcast_orchestrator.sim.experiments.files import (
    change,
    load,
    names,
    published_schema,
    read,
    schema,
    study,
    value_of,
)
from broadcast_orchestrator.sim.experiments.lines import lines_of
from broadcast_orchestrator.sim.experiments.mistakes import ExperimentError
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.simulate.latency import Constant, LogNormal

FLAKY = """
name = "flaky host"
seed = 7
runs = 10_000

[config]
max_retries = 3

[latency]
"host.start" = { distribution = "lognormal", median_ms = 400, sigma = 0.8 }
"*"          = 50

[[faults]]
call = "host.start"
kind = "refuse"
probability = 0.05

[[commands]]
at_ms = 0
command = "initialize"
[[commands]]
when = "ready"
command = "start_broadcast"
session_id = "s1"

[[expect]]
measure = "start_succeeds"
at_least = 0.95
confidence = 0.99
"""


def mistakes(text: str) -> list[str]:
    """What is told of a file called x.toml, line by line."""
    with pytest.raises(ExperimentError) as refused:
        read(text, "x.toml")
    return str(refused.value).splitlines()


def test_a_file_becomes_what_the_simulator_takes() -> None:
    """Options, latencies and faults of a file are those of a studio."""
    experiment = read(FLAKY).experiment
    assert experiment.config == OrchestratorConfig(max_retries=3)
    assert experiment.latency == {"host.start": LogNormal(400, 0.8), "*": Constant(50)}
    assert experiment.faults == [Fault("host.start", "refuse", probability=0.05)]
    assert [command.command for command in experiment.commands] == ["initialize", "start_broadcast"]


def test_every_mistake_is_told_at_once_with_its_place_and_what_to_try() -> None:
    """A line for each mistake, in the order of the file: where it is, what is wrong, the near match or all choices."""
    assert mistakes(
        """fautls = 1
[config]
max_retires = 3
retry_delay = "long"
[latency]
"host.strat" = 4
"host.stop" = { distribution = "expnential" }
"host.start" = { distribution = "lognormal", median_ms = -1, sgma = 1 }
[[faults]]
call = "host.start"
kind = "refse"
[[faults]]
call = "host.start"
kind = "conflict"
[[faults]]
call = "host.start"
kind = "a new class"
[[commands]]
at_ms = 0
when = "ready"
command = "initialize"
[[expect]]
measure = "start_suceeds"
at_least = 1
[[expect]]
kind = "alwys"
that = "live"
"""
    ) == [
        "x.toml: name: missing",
        "x.toml, line 1: fautls: unknown key, did you mean 'faults'?",
        "x.toml, line 3: config.max_retires: unknown key, did you mean 'max_retries'?",
        "x.toml, line 4: config.retry_delay: expected integer, got 'long'",
        "x.toml, line 6: latency.host.strat: unknown call, did you mean 'host.start'?",
        "x.toml, line 7: latency.host.stop.distribution: 'expnential' is unknown, did you mean 'exponential'?",
        "x.toml, line 8: latency.host.start.median_ms: expected greater than or equal to 0.001, got -1",
        "x.toml, line 8: latency.host.start.sigma: missing",
        "x.toml, line 8: latency.host.start.sgma: unknown key, did you mean 'sigma'?",
        "x.toml, line 11: faults.1.kind: 'refse' is unknown, did you mean 'refuse'?",
        "x.toml, line 12: faults.2: kind: a conflict hits the backend alone, so call must be convex.*, convex.live or "
        "convex.idle",
        "x.toml, line 17: faults.3.kind: 'a new class' is unknown, try one of: refuse, lost_reply, hang, late, "
        "early_reply, overtaking, duplicate, empty_success, lost_service, lost_unnoticed, conflict",
        "x.toml, line 18: commands.1: expected exactly one of at_ms, when, whenever, got at_ms and when",
        "x.toml, line 23: expect.1.measure: 'start_suceeds' is unknown, did you mean 'start_succeeds'?",
        "x.toml, line 26: expect.2.kind: 'alwys' is unknown, did you mean 'always'?",
    ]


MINIMAL = 'name = "x"\n[[commands]]\nat_ms = 0\ncommand = "initialize"\n'


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("after_ms = 5", "after_ms goes with when or whenever"),
        ("times = 5", "times goes with whenever alone"),
        ('session_id = "s1"', "session_id goes with start_broadcast alone"),
        ('[[events]]\nat_ms = 1\nevent = "lose"', "lose needs service"),
        ('[[events]]\nat_ms = 1\nevent = "fill_feed"\nservice = "host"', "fill_feed takes no service"),
        ('[[expect]]\nmeasure = "goes_live"', "expected at_least or at_most, got neither"),
        ('[[expect]]\nmeasure = "goes_live"\nat_least = 95', "is a share, so its limits are from 0 to 1"),
        ('[[expect]]\nmeasure = "goes_live"\nat_least = 1\nquantile = 0.5', "quantile goes with times and amounts"),
        ('[[expect]]\nkind = "always"\nthat = "live"\nat_least = 2', "shares of the runs, so from 0 to 1"),
        ('[[sweep]]\nsetting = "seed"\nvalues = [1]', "the same for all points, sweep another setting"),
        ('[[sweep]]\nsetting = "config.max_retries"\nfrom = 1', "expected either values, or from, to and steps"),
        ('[[sweep]]\nsetting = "config.max_retries"\nvalues = [-1]', "(config.max_retries = -1): config.max_retries"),
        ('[[sweep]]\nsetting = "faults.1.probability"\nvalues = [1]', "no 'faults.1.probability' in the file"),
        ('[[sweep]]\nsetting = "limit_ms"\nfrom = 0\nto = 9\nsteps = 3\nscale = "log"', "numbers above 0"),
        ("[fleet]\ndashboards = 3\n[fleet.outage]\nfrom_ms = 1\nto_ms = 2", "nothing is shared called backend"),
    ],
)
def test_what_does_not_fit_together_is_told(more: str, told: str) -> None:
    """One line says which keys, limits or settings cannot stand together."""
    (line,) = mistakes(f"{MINIMAL}{more}\n")
    assert told in line


def test_what_is_no_experiment_is_told_in_one_line(tmp_path: Path) -> None:
    """Text that is not TOML, a file that is not text, and a name that does not exist each get one line."""
    (line,) = mistakes("name =")
    assert line.startswith("x.toml: is not TOML: ")
    (tmp_path / "b.toml").write_bytes(b"\xff")
    for what, told in (
        (str(tmp_path / "b.toml"), "is not text"),
        (str(tmp_path), "cannot be read"),
        ("flaky-hst", "no such file, and no experiment of that name, did you mean 'flaky-host'?"),
    ):
        with pytest.raises(ExperimentError, match=r".*") as refused:
            load(what)
        assert told in str(refused.value)
        assert "\n" not in str(refused.value)


def test_the_line_of_a_key_is_found_through_text_that_looks_like_one() -> None:
    """Keys inside a text of several lines are no keys."""
    found = lines_of('a = """\nb = 1\n"""\n[[c]]\nd = 1\n[[c]]\n"e.f" = 2\n')
    assert found == {("a",): 1, ("c", 0): 4, ("c", 0, "d"): 5, ("c", 1): 6, ("c", 1, "e.f"): 7}


def test_a_sweep_makes_a_point_of_every_combination() -> None:
    """A list and a grid of two settings make all pairs, whole numbers where all of a grid are whole."""
    swept = read(
        FLAKY + '[[sweep]]\nsetting = "config.max_retries"\nfrom = 0\nto = 2\nsteps = 3\n'
        '[[sweep]]\nsetting = "latency.host.start.median_ms"\nvalues = [100, 200.5]\n'
    )
    assert [list(point.settings.values()) for point in swept.points] == [
        [0, 100],
        [0, 200.5],
        [1, 100],
        [1, 200.5],
        [2, 100],
        [2, 200.5],
    ]
    assert swept.points[5].experiment.config.max_retries == 2
    assert swept.points[5].experiment.latency["host.start"] == LogNormal(200.5, 0.8)


def test_a_logarithmic_grid_multiplies() -> None:
    """Three steps from 1,000 to 16,000 on a log scale are a factor of four apart."""
    setting = '[[sweep]]\nsetting = "config.startup_timeout"\nfrom = 1_000\nto = 16_000\nsteps = 3\nscale = "log"\n'
    assert [p.settings["config.startup_timeout"] for p in read(FLAKY + setting).points] == [1000, 4000, 16000]


def test_one_at_a_time_moves_each_setting_around_the_file() -> None:
    """The first point is the file itself, every other one changes a single setting."""
    one = 'name = "x"\ndesign = "one_at_a_time"\n' + MINIMAL.removeprefix('name = "x"\n')
    sweeps = "".join(
        f'[[sweep]]\nsetting = "config.{name}"\nvalues = [1, 2]\n' for name in ("max_retries", "retry_delay")
    )
    assert [point.settings for point in read(one + sweeps).points] == [
        {},
        {"config.max_retries": 1},
        {"config.max_retries": 2},
        {"config.retry_delay": 1},
        {"config.retry_delay": 2},
    ]


def test_a_setting_is_named_by_its_place() -> None:
    """A change reaches keys with dots, tables of an array by number, and options that the file leaves out."""
    data: dict[str, Any] = {"latency": {"host.start": {"median_ms": 1}}, "faults": [{"first": 1}]}
    change(data, "latency.host.start.median_ms", 2, "--set")
    change(data, "faults.1.first", 3, "--set")
    change(data, "config.max_retries", 4, "--set")
    assert data == {
        "latency": {"host.start": {"median_ms": 2}},
        "faults": [{"first": 3}],
        "config": {"max_retries": 4},
    }


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("faults.2.first", "'2' is no place from 1 to 1"),
        ("faults.x", "'x' is no place"),
        ("seed.x", "goes on below a value"),
        ("latency.host.strat.median_ms", "did you mean 'host.start.median_ms'?"),
    ],
)
def test_a_setting_that_is_nowhere_is_told(setting: str, told: str) -> None:
    """One line says which part of the place does not exist, and what comes near."""
    data: dict[str, Any] = {"seed": 1, "latency": {"host.start": {"median_ms": 1}}, "faults": [{"first": 1}]}
    with pytest.raises(ExperimentError) as refused:
        change(data, setting, 5, "--set")
    assert str(refused.value).startswith(f"--set: {setting}: ")
    assert told in str(refused.value)


def test_a_value_on_the_command_line_is_toml_or_else_text() -> None:
    """Numbers, flags and lists are what they look like, a bare word is text."""
    assert [value_of(text) for text in ("3", "0.5", "true", "[0, 5]", "refuse")] == [3, 0.5, True, [0, 5], "refuse"]


@pytest.mark.parametrize("name", names())
def test_every_shipped_experiment_is_sound_and_fits_the_schema(name: str) -> None:
    """It has a description, can be read, and is valid by the published schema."""
    shipped = load(name)
    assert len(shipped.experiment.description) > 40
    jsonschema.validate(shipped.data, published_schema())


def test_the_library_holds_what_people_ask_for() -> None:
    """At least twelve experiments ship, the well-known troubles among them."""
    wanted = [
        *("healthy", "flaky-host", "slow-convex", "lost-replies", "late-host", "failing-rollback", "long-night"),
        *("emergency-under-fire", "double-click", "page-mounts-twice", "backend-outage", "retry-storm"),
        *("reload-in-mid-show", "two-tabs", "sleeping-laptop"),
    ]
    assert [name for name in wanted if name not in names()] == []


def test_the_published_schema_is_that_of_the_tables_that_check() -> None:
    """The file in the package is what the tables say, a valid schema, and it refuses an unknown key."""
    assert published_schema() == json.loads(json.dumps(schema()))
    jsonschema.Draft202012Validator.check_schema(published_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**read(FLAKY).data, "fautls": []}, published_schema())


MEASURED = """
name = "measured"
measures = ["read-back", "pollin"]
poll_period_ms = 0
[[commands]]
at_ms = 0
command = "initialize"
[[events]]
at_ms = 1
event = "suspend"
[[events]]
at_ms = 1
event = "reload"
for_ms = 5
[[events]]
at_ms = 1
event = "second_dashboard"
command = "recover"
[[events]]
at_ms = 1
event = "lose"
"""


def test_what_befalls_the_dashboard_and_measures_are_checked() -> None:
    """A line for each mistake: an unknown measure, a period that is none, a key that an event needs or may not have."""
    assert mistakes(MEASURED) == [
        "x.toml, line 3: measures.2: 'pollin' is unknown, did you mean 'polling'?",
        "x.toml, line 4: poll_period_ms: expected greater than 0, got 0",
        "x.toml, line 8: events.1: suspend needs for_ms",
        "x.toml, line 11: events.2: reload takes no for_ms",
        "x.toml, line 18: events.3.command: 'recover' is unknown, try one of: start_broadcast, stop_broadcast",
        "x.toml, line 19: events.4: lose needs service",
    ]


def test_measures_may_be_a_text_so_that_a_sweep_can_name_them() -> None:
    """Names with commas between them, none in an empty text."""
    swept = read(f'{FLAKY}\n[[sweep]]\nsetting = "measures"\nvalues = ["", "read-back, lease"]\n')
    assert [point.experiment.measures for point in swept.points] == [[], ["read-back", "lease"]]
    assert [point.experiment.rules.measures for point in swept.points] == [(), ("read-back", "lease")]


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("measures", ["lease"], "measures: are for a single run, a fleet follows the guide"),
        (
            "events",
            [{"at_ms": 1, "event": "reload"}],
            "events: reload is for a single run, a fleet has no page of its own",
        ),
    ],
)
def test_a_fleet_has_neither_measures_nor_pages(setting: str, value: object, told: str) -> None:
    """One line says so."""
    with pytest.raises(ExperimentError) as refused:
        load("fleet-outage", {setting: value})
    assert str(refused.value) == f"fleet-outage: {told}"


def test_a_study_is_made_again_from_its_data() -> None:
    """What a results file keeps of an experiment makes the same experiment."""
    assert study(json.loads(json.dumps(read(FLAKY).data))) == read(FLAKY)
