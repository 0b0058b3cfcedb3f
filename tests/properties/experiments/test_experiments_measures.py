"""What is measured in a run, and what a claim about its steps says; by runs whose every moment is known."""

from typing import Any

import pytest

from broadcast_orchestrator.properties.experiments.measured import claim_columns, columns, measured, seed_of, work
from broadcast_orchestrator.sim.experiments.files import read
from broadcast_orchestrator.sim.experiments.tables import Experiment
from broadcast_orchestrator.sim.experiments.vocabulary import MEASURES

INITIALIZE = '[[commands]]\nat_ms = 0\ncommand = "initialize"\n'
START = '[[commands]]\nwhen = "ready"\ncommand = "start_broadcast"\nsession_id = "s1"\n'
STOP = '[[commands]]\nwhen = "live"\nafter_ms = 1_000\ncommand = "stop_broadcast"\n'
RECOVER = '[[commands]]\nwhen = "error"\nafter_ms = 500\ncommand = "recover"\n'


def experiment(*tables: str) -> Experiment:
    """An experiment in which every call takes 100 ms, and its effect comes within them."""
    return read('name = "x"\n[latency]\n"*" = 100\n' + "".join(tables)).experiment


def fault(call: str, kind: str, condition: str = "first = 1") -> str:
    """A table of a fault."""
    return f'[[faults]]\ncall = "{call}"\nkind = "{kind}"\n{condition}\n'


def claim(text: str) -> str:
    """A table of a claim."""
    return f"[[expect]]\n{text}\n"


def values(made: Experiment, seed: int = 1) -> dict[str, Any]:
    """Every measure of one run, by name."""
    return dict(zip(MEASURES, measured(made, seed).values, strict=True))


def test_a_healthy_broadcast_in_numbers() -> None:
    """One attempt, five startup steps and five shutdown steps of 100 ms each, a second on air in between."""
    found = values(experiment(INITIALIZE, START, STOP))
    assert {name: value for name, value in found.items() if value not in (0, None)} == {
        "initialize_succeeds": True,
        "start_succeeds": True,
        "stop_succeeds": True,
        "goes_live": True,
        "backend_agrees": True,
        "guarantees_hold": True,
        "time_to_initialize_ms": 100.0,
        "time_to_live_ms": 500.0,
        "time_to_stop_ms": 500.0,
        "calls": 11,
        "live_ms": 1000.0,
        "run_ms": 2100.0,
    }
    assert found["recovery_succeeds"] is None
    assert found["time_to_recover_ms"] is None
    assert found["ends_in_error"] is False


def test_retries_and_their_delay_are_in_the_time() -> None:
    """Two refused attempts cost two retries: three attempts of 100 ms and two delays of 1,000 ms."""
    found = values(experiment(INITIALIZE, fault("host.initialize", "refuse", "first = 2")))
    assert (found["retries"], found["time_to_initialize_ms"], found["faults"]) == (2, 2300.0, 2)
    assert found["start_succeeds"] is None


def test_a_failed_start_is_a_rollback_and_has_no_time_to_live() -> None:
    """It failed after three steps, undoes them all, and leaves nothing on; recovering from it takes its own time."""
    found = values(experiment(INITIALIZE, START, RECOVER, fault("host.start", "refuse")))
    assert (found["start_succeeds"], found["goes_live"], found["time_to_live_ms"]) == (False, False, None)
    assert (found["rollbacks"], found["leaves_on"], found["residue_ms"]) == (1, False, 0.0)
    assert (found["recovery_succeeds"], found["time_to_recover_ms"]) == (True, 100.0)


def test_residue_lasts_until_it_is_cleared() -> None:
    """The feed is not switched off by the rollback: it stays on, named as residue, until the recover of half a
    second later switches it off."""
    faults = fault("producer.start", "refuse") + fault("live_feed.stop", "refuse")
    found = values(experiment(INITIALIZE, START, RECOVER, faults))
    assert found["residue_ms"] == 600.0
    assert 500.0 < found["live_feed_left_on_ms"] <= 600.0
    assert found["on_air_not_live_ms"] == found["live_feed_left_on_ms"]
    assert (found["host_left_on_ms"], found["leaves_on"], found["ends_in_error"]) == (0.0, False, False)


def test_what_is_still_on_at_the_end_is_counted_to_the_end() -> None:
    """Without a recover the feed is on when the run ends, in error."""
    faults = fault("producer.start", "refuse") + fault("live_feed.stop", "refuse")
    found = values(experiment(INITIALIZE, START, faults))
    assert (found["leaves_on"], found["ends_in_error"]) == (True, True)


def test_live_without_being_on_air_is_counted() -> None:
    """A producer that answers without starting leaves the state live for its second without a full broadcast."""
    found = values(experiment(INITIALIZE, START, STOP, fault("producer.start", "empty_success")))
    assert (found["live_not_on_air_ms"], found["live_ms"]) == (1000.0, 1000.0)
    assert found["start_succeeds"] is True


def test_the_backend_disagrees_while_it_is_wrong_about_live() -> None:
    """A live write that never took place is wrong for the whole second on air, and right after it."""
    found = values(experiment(INITIALIZE, START, STOP, fault("convex.live", "empty_success")))
    assert (found["backend_disagrees_ms"], found["backend_agrees"]) == (1000.0, True)


def test_an_emergency_stop_leaves_the_backend_behind() -> None:
    """After it the backend still says live, to the end, which is seen."""
    stop = '[[commands]]\nwhen = "live"\nafter_ms = 1_000\ncommand = "emergency_stop"\n'
    found = values(experiment(INITIALIZE, START, stop))
    assert (found["backend_agrees"], found["leaves_on"], found["guarantees_hold"]) == (False, False, True)


def test_a_refused_start_beside_an_accepted_one_is_no_failure() -> None:
    """A second click is refused and counted, and the start counts as one that worked; alone, it is a failure."""
    click = '[[commands]]\nwhen = "ready"\nafter_ms = 50\ncommand = "start_broadcast"\n'
    found = values(experiment(INITIALIZE, START, click))
    assert (found["start_succeeds"], found["refusals"]) == (True, 1)
    alone = '[[commands]]\nat_ms = 0\ncommand = "start_broadcast"\n'
    assert values(experiment(alone))["start_succeeds"] is False


def test_whenever_repeats_and_the_limit_ends_it() -> None:
    """Start whenever ready, stop whenever live: in ten seconds of 2,000 ms a round, five rounds begin."""
    start = '[[commands]]\nwhenever = "ready"\ncommand = "start_broadcast"\n'
    stop = '[[commands]]\nwhenever = "live"\nafter_ms = 1_200\ncommand = "stop_broadcast"\n'
    made = read('name = "x"\nlimit_ms = 10_000\n[latency]\n"*" = 100\n' + INITIALIZE + start + stop).experiment
    assert values(made)["live_ms"] == 6000.0  # rounds of 400 + 1,200 + 400 ms from 100 ms on


def test_events_happen_around_the_calls() -> None:
    """The host dies half a second into the broadcast, and what stays on is counted until it is switched off."""
    event = '[[events]]\nwhen = "live"\nafter_ms = 500\nevent = "lose"\nservice = "host"\n'
    found = values(experiment(INITIALIZE, START, RECOVER, event))
    assert (found["live_ms"], found["faults"]) == (500.0, 1)
    assert found["host_left_on_ms"] == 0.0
    assert 500.0 < found["live_feed_left_on_ms"] <= 600.0


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('kind = "always"\nthat = "not residue"', True),
        ('kind = "always"\nthat = "not live"', False),
        ('kind = "always"\nthat = "guarantees"', True),
        ('kind = "sometimes"\nthat = "all_on_air"', True),
        ('kind = "sometimes"\nthat = "rollback"', False),
        ('kind = "before"\nthat = "host.start"\nbefore = "producer.start"', True),
        ('kind = "before"\nthat = "producer.start"\nbefore = "host.start"', False),
        ('kind = "before"\nthat = "host.start"\nbefore = "recover accepted"', None),
        ('kind = "within"\nafter = "start_broadcast accepted"\nthat = "live"\nms = 500', True),
        ('kind = "within"\nafter = "start_broadcast accepted"\nthat = "live"\nms = 499', False),
        ('kind = "within"\nafter = "live"\nthat = "error"\nms = 10_000', False),
        ('kind = "within"\nafter = "error"\nthat = "idle"\nms = 1', None),
        ('kind = "after"\nafter = "stop_broadcast succeeded"\nthat = "not on_air"', None),
        ('kind = "after"\nafter = "stop_broadcast accepted"\nthat = "not live"', True),
        ('kind = "after"\nafter = "start_broadcast accepted"\nthat = "not on_air"', False),
    ],
)
def test_a_claim_about_steps(text: str, holds: bool | None) -> None:
    """Each kind holds, fails, or says nothing where the run never met what it is about."""
    made = experiment(INITIALIZE, START, STOP, claim(text))
    assert measured(made, 1).claims == (holds,)


def test_a_run_that_breaks_a_claim_went_wrong() -> None:
    """The row says what was broken; a run that keeps all claims says nothing, and so does one merely not seen."""
    never = claim('kind = "always"\nthat = "not live"')
    assert measured(experiment(INITIALIZE, START, never), 1).why == "always not live"
    low = claim('measure = "start_succeeds"\nat_least = 0.9')
    failing = experiment(INITIALIZE, START, fault("host.start", "refuse"), low)
    assert measured(failing, 1).why == "not start_succeeds"
    unseen = claim('kind = "sometimes"\nthat = "rollback"')
    assert measured(experiment(INITIALIZE, START, unseen), 1).why == ""


def test_the_row_of_a_run_has_a_value_for_each_column() -> None:
    """The number, the seed, every measure, the claims about steps, the end, and what hit where."""
    made = experiment(INITIALIZE, START, fault("host.start", "refuse"), claim('kind = "always"\nthat = "content"'))
    row = dict(zip(("run", "seed", *columns(made)), work(made)(3), strict=True))
    assert claim_columns(made) == ("claim_1",)
    assert (row["run"], row["seed"], row["claim_1"], row["ends_in"]) == (3, seed_of(made, 3), True, "error")
    assert row["hits"] == '[["host.start","refuse","forward"]]'


def test_a_run_depends_on_its_number_and_seed_alone() -> None:
    """The same number gives the same row whenever it is made; its seed alone makes it again; others differ."""
    made = read(
        'name = "x"\nseed = 5\n[latency]\n"*" = { distribution = "exponential", mean_ms = 50 }\n' + INITIALIZE + START
    ).experiment
    rows = [work(made)(number) for number in range(4)]
    assert [work(made)(number) for number in (3, 1)] == [rows[3], rows[1]]
    assert measured(made, seed_of(made, 2)).row[1:] == rows[2][1:]
    assert len({row[2:] for row in rows}) == 4


def test_a_run_ends_whatever_a_fault_does_to_a_session_that_nobody_knows() -> None:
    """The write is refused, as it would be without the fault; nothing is left on its way."""
    unknown = 'sessions = ["other"]\n'
    made = read(
        f'name = "x"\n{unknown}[latency]\n"*" = 100\n{INITIALIZE}{START}' + fault("convex.*", "early_reply")
    ).experiment
    assert (values(made)["start_succeeds"], values(made)["ends_in_error"]) == (False, True)
