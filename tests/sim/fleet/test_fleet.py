"""Fleets: the queue is the textbook's, a fleet of one is a single run, an outage does what retries make of it."""

import json
import random
import weakref
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest
from scipy.stats import t

from broadcast_orchestrator.properties.experiments import fleet as measuring
from broadcast_orchestrator.properties.experiments.answer_data import as_json
from broadcast_orchestrator.properties.experiments.answers import answers
from broadcast_orchestrator.properties.experiments.fleet import measured_fleet
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.sim.campaign.running import conduct
from broadcast_orchestrator.sim.campaign.store import ResultStore
from broadcast_orchestrator.sim.experiments.files import Study, load, read, study
from broadcast_orchestrator.sim.experiments.fleet_tables import Arrivals
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import FLEET_MEASURES
from broadcast_orchestrator.sim.experiments.mistakes import ExperimentError
from broadcast_orchestrator.sim.experiments.story import Plot, Story
from broadcast_orchestrator.sim.experiments.tables import Experiment, MeasureClaim
from broadcast_orchestrator.sim.fleet.arrivals import arrivals
from broadcast_orchestrator.sim.fleet.calendar import Calendar
from broadcast_orchestrator.sim.fleet.census import Census
from broadcast_orchestrator.sim.fleet.dashboard import Dashboard
from broadcast_orchestrator.sim.fleet.fleet import Fleet
from broadcast_orchestrator.sim.fleet.series import Series
from broadcast_orchestrator.sim.simulate.clock import BareClock
from broadcast_orchestrator.sim.simulate.drawn_calls import CallDraws, Latencies
from broadcast_orchestrator.sim.simulate.driver import Driver
from broadcast_orchestrator.sim.simulate.injection import CALLS, KINDS, Injection
from broadcast_orchestrator.sim.simulate.streams import Streams
from broadcast_orchestrator.sim.world.remembered.step_rules import StepRules
from broadcast_orchestrator.sim.world.remembered.transition_cache import CachedStep, TransitionCache, steps_of

RARE = 1e-6
"""How often a sound simulator may fail a test of chance."""

QUEUE = """
name = "queue"
[config]
max_retries = 0
initialization_timeout = 1_000_000_000
[latency]
"*" = 0
[[commands]]
at_ms = 0
command = "initialize"
[fleet]
dashboards = 500
[fleet.arrivals]
kind = "poisson"
per_s = 10
[fleet.host]
servers = 2
service = { distribution = "exponential", mean_ms = 100 }
"""

STORM = """
name = "storm"
seed = 5
limit_ms = 400_000
[latency]
"*" = { distribution = "exponential", mean_ms = 20 }
[[commands]]
at_ms = 0
command = "initialize"
[[commands]]
whenever = "ready"
after_ms = 1_000
command = "start_broadcast"
session_id = "s1"
[[commands]]
whenever = "live"
after_ms = 30_000
command = "stop_broadcast"
[[commands]]
whenever = "error"
after_ms = 5_000
command = "recover"
[fleet]
dashboards = 60
back_share = 0.7
back_within_ms = 200_000
[fleet.arrivals]
kind = "even"
over_ms = 100_000
[fleet.host]
servers = 2
service = { distribution = "exponential", mean_ms = 200 }
queue = 20
[fleet.outage]
pool = "host"
from_ms = 120_000
to_ms = 180_000
"""


@cache
def replications(text: str) -> list[tuple[Any, ...]]:
    """The rows of thirty independent runs of a fleet."""
    row = measuring.work(read(text).experiment)
    return [row(number) for number in range(30)]


def measured(text: str, measure: str) -> list[float]:
    """One measure of each of them."""
    at = 2 + list(FLEET_MEASURES).index(measure)
    return [float(row[at]) for row in replications(text)]


def covers(values: list[float], truth: float) -> bool:
    """Whether the mean of the values may be the truth: a sound simulator says no once in a million times."""
    half = float(t.isf(RARE / 2, len(values) - 1)) * stdev(values) / len(values) ** 0.5
    return bool(abs(mean(values) - truth) <= half)


def found(text: str, seed: int = 1) -> dict[str, Any]:
    """The measures of one run."""
    return dict(zip(FLEET_MEASURES, measured_fleet(read(text).experiment, seed).values, strict=True))


# -- Truth ----------------------------------------------------------------------------------------


def test_the_mean_wait_of_two_servers_is_that_of_erlang() -> None:
    """Ten calls a second, two servers of 100 ms: Erlang C says that 1/3 wait, 100/3 ms on average over all; one
    server of twice the speed would make them wait 50 ms, which the same test tells apart."""
    waits = measured(QUEUE, "host_wait_ms")
    assert covers(waits, 100 / 3)
    assert not covers(waits, 50)


def test_without_a_line_the_share_that_is_refused_is_that_of_erlang() -> None:
    """Where nobody may wait, Erlang B says that two servers, loaded with one call on average, refuse a fifth."""
    refused = measured(QUEUE + "queue = 0\n", "host_refused_share")
    assert covers(refused, 0.2)
    assert not covers(refused, 0.25)


def test_servers_are_as_busy_as_what_comes_to_them() -> None:
    """Two servers that are asked for one second of work a second are busy half of the time."""
    assert covers(measured(QUEUE, "host_busy_share"), 0.5)


# -- A fleet of one -------------------------------------------------------------------------------


def anything(chance: random.Random) -> dict[str, Any]:
    """Some experiment: commands that race, faults of every kind, services that fall over, short limits."""
    service = ["live_feed", "session", "host", "producer"]
    after = [0.0, 50.0, 300.0]
    commands: list[dict[str, Any]] = [
        {"at_ms": 0, "command": "initialize"},
        {"whenever": "ready", "after_ms": chance.choice(after), "times": 4, "command": "start_broadcast"},
        {"whenever": "live", "after_ms": chance.choice(after), "times": 4, "command": "stop_broadcast"},
        {"whenever": "error", "after_ms": chance.choice(after), "times": 4, "command": "recover"},
        {"whenever": "idle", "after_ms": 100, "times": 4, "command": "initialize"},
        {"at_ms": float(chance.randint(0, 2000)), "command": chance.choice(["emergency_stop", "initialize"])},
    ]
    commands[1]["session_id"] = chance.choice(["s1", "s2"])
    events = [{"at_ms": float(chance.randint(0, 2000)), "event": "lose", "service": chance.choice(service)}]
    events += [{"at_ms": float(chance.randint(0, 2000)), "event": "bypass", "service": chance.choice(service)}]
    events += [{"at_ms": float(chance.randint(0, 2000)), "event": "refuse_writes"}]
    faults = []
    for kind in chance.sample(KINDS, 3):
        call = "convex.*" if kind == "conflict" else chance.choice(CALLS)
        if kind in ("lost_service", "lost_unnoticed") and call.startswith("convex"):
            call = "*"  # the backend does not fall over
        faults.append({"call": call, "kind": kind, "probability": chance.choice([0.1, 0.4])})
    limits = {"initialization_timeout": 150, "startup_timeout": 500, "shutdown_timeout": 300, "retry_delay": 50}
    latency = {"*": {"distribution": "exponential", "mean_ms": chance.choice([20.0, 80.0])}}
    return {
        "name": "anything",
        "sessions": ["s1", "s2"],
        "limit_ms": 20_000,
        "config": limits | {"max_retries": chance.choice([0, 2])},
        "latency": latency,
        "faults": faults,
        "commands": commands,
        "events": events,
    }


Heard = list[tuple[float, Any]]


def single_run(experiment: Experiment, seed: int) -> Heard:
    """The time of every step of a single run that made the core do something, and what it did."""
    heard: Heard = []
    story, streams, clock = Story(Plot(experiment)), Streams(seed), BareClock()
    injection = Injection(tuple(experiment.faults))
    calls = CallDraws(Latencies(experiment.latency), streams, injection, experiment.sessions)

    def hear(_: int, edge: CachedStep, __: object, ___: object) -> None:
        story.entered(edge.entered)
        heard.append((clock.now, edge.effects))

    story.tell(Driver(clock, steps_of(), experiment.config, calls, hear))
    return [(at_ms, effects) for at_ms, effects in heard if effects]


def fleet_of_one(data: dict[str, Any], seed: int, monkeypatch: pytest.MonkeyPatch) -> Heard:
    """The same of the only dashboard of a fleet."""
    heard: Heard = []
    real = Census.hears

    def hears(self: Census, dashboard: Dashboard, before: int, edge: CachedStep) -> None:
        heard.append((dashboard.clock.now, edge.effects))
        real(self, dashboard, before, edge)

    with monkeypatch.context() as patched:
        patched.setattr(Census, "hears", hears)
        Fleet(study({**data, "fleet": {"dashboards": 1}}).experiment, seed)
    return [(at_ms, effects) for at_ms, effects in heard if effects]


@pytest.mark.parametrize("seed", range(30))
def test_a_fleet_of_one_that_shares_nothing_is_a_single_run(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the experiment, everything that the core does happens at the same moment in both."""
    data = anything(random.Random(seed))
    alone = single_run(study(data).experiment, seed)
    assert len(alone) > 10
    assert fleet_of_one(data, seed, monkeypatch) == alone


def test_what_others_do_does_not_change_what_is_drawn_for_a_dashboard() -> None:
    """Where nothing is shared, the first to be live in a fleet of fifty is so in the same time as it is alone."""
    text = STORM.split("[fleet]")[0] + "[fleet]\ndashboards = "
    alone, many = (Fleet(read(f"{text}{size}\n").experiment, 3) for size in (1, 50))
    assert alone.census.times_to_live_ms[0] in many.census.times_to_live_ms
    assert len(set(many.census.times_to_live_ms)) == 50


OBJECTS = dict.fromkeys(("_calendar", "_rng", "_line"))
"""What a pool has that is not to be compared."""

CYCLES = """
name = "cycles"
[latency]
"*" = { distribution = "exponential", mean_ms = 50 }
[[faults]]
call = "*"
kind = "refuse"
probability = 0.01
[[faults]]
call = "*"
kind = "late"
probability = 0.01
[[commands]]
at_ms = 0
command = "initialize"
[[commands]]
when = "ready"
command = "start_broadcast"
session_id = "s1"
[[commands]]
when = "live"
after_ms = 1_000
command = "stop_broadcast"
[fleet]
dashboards = 500
[fleet.arrivals]
kind = "even"
over_ms = 600_000
"""


@pytest.mark.parametrize("seed", range(4))
def test_what_a_fleet_remembers_has_no_part_in_what_happens(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where dashboards have met failures, calls that work after them go the same way whoever made such a call first:
    nothing is otherwise in a process that remembers all steps than in one that knows none."""
    experiment, knows_all = read(CYCLES).experiment, TransitionCache(StepRules())
    found = []
    for steps in (TransitionCache(StepRules()), knows_all, knows_all):
        monkeypatch.setattr(Fleet.__module__ + ".steps_of", lambda known=steps: known)
        fleet = Fleet(experiment, seed)
        found.append((fleet.totals, fleet.census.times_to_live_ms, fleet.census.states, fleet.census.last_ms))
    assert found[0] == found[1] == found[2]
    assert sum(name.endswith("failed") for name in found[0][0])


@pytest.mark.parametrize("pool", ["", "[fleet.backend]\nservers = 3\nservice = 40\n"], ids=["nothing shared", "a pool"])
@pytest.mark.parametrize("seed", range(4))
def test_nobody_can_tell_that_calls_are_answered_ahead_of_their_time(
    seed: int, pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is counted of a fleet, and all that its pools and series show, is what it is where every reply comes in
    its time; but half of the moments are enough."""
    experiment, found, planned = read(CYCLES + pool).experiment, [], [0, 0]
    later = Calendar.later

    def counted(self: Calendar, *moment: Any) -> None:
        planned[-1] += 1
        later(self, *moment)

    monkeypatch.setattr(Calendar, "later", counted)
    for in_time in (False, True):
        planned.append(0)
        if in_time:
            monkeypatch.setattr(Latencies, "repeat", True)
        fleet = Fleet(experiment, seed)
        census, pools = fleet.census, [(vars(each) | OBJECTS) for each in fleet.pools.values()]
        shown = (census.series.grown, census.series.ends, census.states, census.last_ms, census.live_ms)
        found.append((fleet.totals, census.times_to_live_ms, shown, pools))
    assert found[0] == found[1]
    assert planned[-2] < 0.6 * planned[-1]


def test_where_times_repeat_every_reply_comes_in_its_time() -> None:
    """What is for one instant comes in the order in which it was asked for, so nothing may be asked for too early."""
    for latency, repeats in (
        (5, True),
        ("uniform:low_ms=5,high_ms=5", True),
        ("empirical:values_ms=1/2/3", True),
        ("uniform:low_ms=5,high_ms=6", False),
        ("exponential:mean_ms=5", False),
    ):
        assert Latencies({"host.start": latency}).repeat is repeats, latency
    assert not Latencies({}).repeat


def test_a_fleet_keeps_no_dashboard_that_has_nothing_left_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 500 that come one after the other, each with seconds to do, no more than a few are ever there at one time."""
    alive, most, real = weakref.WeakSet[Dashboard](), 0, Census.arrives

    def arrives(self: Census, dashboard: Dashboard) -> None:
        nonlocal most
        alive.add(dashboard)
        most = max(most, len(alive))
        real(self, dashboard)

    monkeypatch.setattr(Census, "arrives", arrives)
    fleet = Fleet(read(CYCLES).experiment, 1)
    assert (fleet.census.arrived, len(alive)) == (500, 0)
    assert most < 30


# -- Outages --------------------------------------------------------------------------------------


def test_a_fleet_comes_back_from_an_outage_that_refuses() -> None:
    """Up before, down meanwhile, up again in time: and it cost more calls than without the outage."""
    measures = found(STORM)
    assert measures["comes_back"] is True
    assert 0 < measures["back_after_ms"] <= 200_000
    assert measures["up_before_share"] >= 0.7
    assert measures["up_after_share"] >= 0.7
    assert measures["amplification"] > 1.05
    assert measures["host_refused_share"] > 0.05


def test_impatience_makes_an_outage_last() -> None:
    """Where the line is longer than anyone waits and everyone asks again, what the servers do is in vain ever after,
    though the load is no larger than before the outage; with patience the same fleet comes back."""
    queue = STORM.replace("to_ms = 180_000", 'to_ms = 180_000\nhow = "queue"')
    queue = queue.replace("mean_ms = 200", "mean_ms = 500").replace("over_ms = 100_000", "over_ms = 250_000")
    impatient = "[config]\ninitialization_timeout = 2_000\nshutdown_timeout = 2_000\nstartup_timeout = 2_000\n"
    hasty, patient = found(queue + impatient), found(queue)
    assert (hasty["comes_back"], patient["comes_back"]) == (False, True)
    assert hasty["up_before_share"] >= 0.7
    assert hasty["host_wasted_share"] > 0.5 > patient["host_wasted_share"]
    assert hasty["back_after_ms"] is None


def test_a_fleet_that_was_not_up_before_says_nothing_about_coming_back() -> None:
    """An outage before anyone has arrived is no test of coming back, and without one there is nothing to ask."""
    early = STORM.replace("from_ms = 120_000", "from_ms = 0").replace("to_ms = 180_000", "to_ms = 10")
    assert found(early)["comes_back"] is None
    calm = found(STORM.split("[fleet.outage]")[0])
    assert (calm["comes_back"], calm["amplification"], calm["all_live"]) == (None, None, True)


def test_retries_of_a_herd_come_in_step() -> None:
    """A hundred dashboards that open at once while the host refuses ask again together, a retry delay apart."""
    text = (
        QUEUE.replace("max_retries = 0", "max_retries = 3\nretry_delay = 1_000")
        .replace('kind = "poisson"\nper_s = 10', 'kind = "at_once"')
        .replace("dashboards = 500", "dashboards = 100")
    )
    fleet = Fleet(read(text + "[fleet.outage]\npool = 'host'\nfrom_ms = 0\nto_ms = 2_500\n").experiment, 1)
    arrived = [grown[0] for grown in fleet.census.series.grown]
    assert arrived[:5] == [100, 100, 100, 100, 0]
    assert fleet.pools["host"].refused == 300


def test_a_slow_pool_takes_a_multiple_of_the_time() -> None:
    """One call at a time of 100 ms: ten times as long while the outage lasts, as ever before and after."""
    text = QUEUE.replace('{ distribution = "exponential", mean_ms = 100 }', "100").replace("servers = 2", "servers = 1")
    text = text.replace('kind = "poisson"\nper_s = 10', 'kind = "even"\nover_ms = 30_000').replace("500", "10")
    slow = text + '[fleet.outage]\npool = "host"\nfrom_ms = 8_000\nto_ms = 14_000\nhow = "slow"\nfactor = 10\n'
    assert Fleet(read(text).experiment, 1).pools["host"].busy_ms == 1_000
    assert Fleet(read(slow).experiment, 1).pools["host"].busy_ms == 8 * 100 + 2 * 1_000  # at 9 and at 12 seconds


# -- Parts ----------------------------------------------------------------------------------------


def test_dashboards_arrive_as_told() -> None:
    """All at once, evenly, ever faster, or at random with the rate that was given."""
    rng = random.Random(1)
    assert list(arrivals(Arrivals(), 3, rng)) == [0, 0, 0]
    assert list(arrivals(Arrivals(kind="even", over_ms=400), 4, rng)) == [0, 100, 200, 300]
    assert list(arrivals(Arrivals(kind="ramp", over_ms=400), 4, rng)) == pytest.approx(
        [0, 200, 282.84, 346.41], abs=0.01
    )
    times = list(arrivals(Arrivals(kind="poisson", per_s=20), 10_000, rng))
    assert times == sorted(times)
    assert times[-1] == pytest.approx(500_000, abs=5 * 5_000)  # five standard deviations


class Bell:
    """An alarm that is set for one number."""

    def __init__(self, number: int, rung: list[str]) -> None:
        self.number, self.rung = number, rung

    def is_set(self, number: int) -> bool:
        """Whether it is that one."""
        return number == self.number

    def ring(self) -> None:
        """Note it."""
        self.rung.append("alarm")


def test_what_is_due_at_one_instant_comes_in_order_and_alarms_last() -> None:
    """A calendar keeps the order in which things were put down, but for alarms; one that is not set any more is
    nothing, so no time passes for it."""
    calendar, done = Calendar(), list[str]()
    calendar.alarm(5, Bell(1, done), 1)
    calendar.alarm(1_000, Bell(2, done), 1)
    for name in ("a", "b"):
        calendar.later(5, done.append, name)
    calendar.run(lambda _: 1e9)
    assert done == ["a", "b", "alarm"]
    assert calendar.now_ms == 5


def test_a_time_series_takes_no_more_room_for_a_longer_time() -> None:
    """Buckets become twice as wide instead; what they counted in all stays the same."""
    total = 0
    series = Series(lambda: (total,), lambda: (total % 7,))
    for second in range(100_000):
        series.tick(1000.0 * second)
        total += 1
    series.close()
    assert len(series.ends) < 720
    assert series.width_ms == 256_000
    assert sum(grown for (grown,) in series.grown) == 100_000


# -- As an experiment -----------------------------------------------------------------------------


def broadcast(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """The exit code and the standard output of one command."""
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    assert isinstance(left.value.code, int)
    return left.value.code, capsys.readouterr().out


def rows(folder: Path, what: Study, jobs: int) -> Iterator[Any]:
    """The rows of three runs, and the answer."""
    folder.mkdir()
    with ResultStore.begin(folder / "results.sqlite", what, measuring.columns(what.experiment)) as store:
        counts = conduct(what, store, measuring.work, 3, jobs=jobs)
        yield from store.rows(0, ("run", "seed", *store.columns), 3)
        yield as_json(answers(what, store, counts))


def test_results_do_not_depend_on_the_number_of_jobs(tmp_path: Path) -> None:
    """One job and two give the same rows, time series included, and the same answer, bit for bit."""
    what = read(STORM)
    one, two = (list(rows(tmp_path / str(jobs), what, jobs)) for jobs in (1, 2))
    assert one == two
    assert len(one) == 4
    assert len(json.loads(one[0][-1])["pools"]["host"]["arrived"]) > 300


def test_a_fleet_is_an_experiment_like_any_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command answers with estimates and verdicts, writes a report with pictures, and makes a run again."""
    file, out = tmp_path / "storm.toml", tmp_path / "out"
    claim = "[[expect]]\nmeasure = 'comes_back'\nat_least = 0.3\nconfidence = 0.9\n"
    file.write_text(STORM + claim)
    code, printed = broadcast(capsys, "experiment", file, "--runs", 2, "--out", out, "--json")
    answer = json.loads(printed)
    assert (code, [claim["verdict"] for claim in answer["claims"]]) == (0, ["held"])
    estimates = {each["measure"]: each["estimate"] for each in answer["estimates"] if each["statistic"] != "quantile"}
    assert estimates["comes_back"] == 1
    assert estimates["amplification"] > 1
    assert sorted(path.name for path in (out / "pictures").glob("*.png")) == [
        "estimates.png",
        "fleet-closely.png",
        "fleet.png",
    ]
    assert "60 dashboards over time" in (out / "report.html").read_text()
    code, printed = broadcast(capsys, "experiment", file, "--replay", 7)
    assert code == 0
    assert "comes_back  yes" in printed


def test_what_makes_no_sense_with_a_fleet_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There are no exact values, and no trace of all steps; one line says so, with the exit code of a mistake."""
    file = tmp_path / "storm.toml"
    file.write_text(STORM)
    assert broadcast(capsys, "experiment", file, "--exact")[0] == 2
    assert broadcast(capsys, "experiment", file, "--replay", 1, "--trace", tmp_path / "t.jsonl")[0] == 2


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[fleet]\ndashboards = 3\nsize = 3", "fleet.size: unknown key, try one of: dashboards"),
        ("[fleet]\ndashboards = 3\n[fleet.backend]\nserver = 2", "fleet.backend.server: unknown key, did you mean"),
        ("[fleet]\ndashboards = 3\n[fleet.arrivals]\nkind = 'ramp'", "fleet.arrivals: ramp needs over_ms"),
        ("[fleet]\ndashboards = 3\n[fleet.backend]\nservice = { distribution = 'expo' }", "'expo' is unknown"),
        ("[fleet]\ndashboards = 3\n[fleet.outage]\nfrom_ms = 1\nto_ms = 2", "add a table [fleet.backend]"),
        ("[[expect]]\nmeasure = 'comes_back'\nat_least = 1", "comes_back is no measure of a single run"),
        ("[fleet]\ndashboards = 3\n[[expect]]\nmeasure = 'goes_live'\nat_least = 1", "no measure of a fleet"),
        ("[fleet]\ndashboards = 3\n[[expect]]\nkind = 'always'\nthat = 'guarantees'", "claim a measure of the fleet"),
    ],
)
def test_what_a_fleet_cannot_be_is_told(more: str, said: str) -> None:
    """One line that says where, what, and what to try."""
    with pytest.raises(ExperimentError) as refused:
        read(f'name = "x"\n[[commands]]\nat_ms = 0\ncommand = "initialize"\n{more}\n', "x.toml")
    (line,) = str(refused.value).splitlines()
    assert line.startswith("x.toml")
    assert said in line


@pytest.mark.parametrize("name", ["fleet-morning", "fleet-outage", "fleet-metastable"])
def test_the_fleets_of_the_library_say_what_they_claim(name: str) -> None:
    """Sixty dashboards of each run; every claim is about something that is measured."""
    what = load(name, {"fleet.dashboards": 60})
    measures = dict(zip(FLEET_MEASURES, measured_fleet(what.experiment, 1).values, strict=True))
    claimed = [claim.measure for claim in what.experiment.expect if isinstance(claim, MeasureClaim)]
    assert len(claimed) == 2
    assert [measure for measure in claimed if measure not in measures] == []
