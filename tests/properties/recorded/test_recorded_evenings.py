"""Evenings of the driver on asyncio, recorded and judged: the proved core is at fault in none, and what services do
behind its back shows where they tell what they are."""

from pathlib import Path

import pytest
from recorded_evenings import DOES_NOTHING, HANGS, LOSES_REPLY, REFUSES, WORKS, Evening, well, wild_evening

from broadcast_orchestrator.model.measures import BY_NAME, rules_with
from broadcast_orchestrator.properties.guarantees.observations import Aspect
from broadcast_orchestrator.properties.recorded.judging import Judgement, judge_recording
from broadcast_orchestrator.properties.witness.explain import explain
from broadcast_orchestrator.properties.witness.retake import ANYTHING
from broadcast_orchestrator.sim.recording.recordings import load_recording
from broadcast_orchestrator.sim.world.rules_by_name import find_rules
from broadcast_orchestrator.sim.world.steps import Do, Lose, Notice, as_simulated
from broadcast_orchestrator.sim.world.trace import Trace, walk
from broadcast_orchestrator.sim.world.world import choices


def judged(file: Path) -> Judgement:
    """The judgement of the recording."""
    return judge_recording(load_recording(file))


def test_no_wild_evening_breaks_anything(tmp_path: Path) -> None:
    """A hundred and fifty evenings of refusals, lost replies, late and hanging calls, racing commands, lost services:
    by what the replies say no guarantee is broken, and that nobody knows more is said."""
    for seed in range(150):
        wild_evening(tmp_path / f"{seed}.jsonl", seed, (REFUSES, LOSES_REPLY, HANGS))
        judgement = judged(tmp_path / f"{seed}.jsonl")
        assert judgement.broken == (), f"seed {seed}"
        assert any(Aspect.TRUTH in each.needs for each in judgement.not_observable)


def test_a_recorded_evening_is_a_path_of_the_explored_graph(tmp_path: Path) -> None:
    """Each step of such evenings is one that the world offers there, with the faults that there are. (Not so a service
    that reports a loss: real ones do that while they are off, too.)"""
    for seed in range(40):
        wild_evening(tmp_path / f"{seed}.jsonl", seed, (REFUSES, LOSES_REPLY, HANGS))
        for passage in walk(Trace.load(tmp_path / f"{seed}.jsonl")):
            if not isinstance(passage.step, Do | Lose | Notice):
                offered = tuple(choices(passage.before, ANYTHING))
                assert as_simulated(passage.step) in offered, f"seed {seed}, {passage.step}"


def test_two_mistakes_of_one_evening_are_both_told(tmp_path: Path) -> None:
    """A host that says that it talks and does not, and a producer that goes on after an emergency stop by itself: each
    is told with its step, and the smallest run that shows it can be explained."""

    def plan(operation: str) -> tuple[str, float | None]:
        return (DOES_NOTHING if operation == "host.start" else WORKS), 0.1

    evening = Evening(tmp_path / "run.jsonl", plan, telling=True)
    evening.give("initialize")
    evening.pass_by(1)
    evening.give("start_broadcast", "room 7")
    evening.pass_by(1)
    evening.give("emergency_stop")
    evening.pass_by(1)
    evening.switch("producer", True)
    judgement = judged(tmp_path / "run.jsonl")
    told = [(each.violation.guarantee, each.violation.what, each.place) for each in judgement.broken]
    assert told == [
        ("G3", "host is off in live", "at rest in live"),
        ("G4", "producer is on in idle", "at rest in idle"),
    ]
    assert [(each.violation.guarantee, each.violation.gap) for each in judgement.gaps] == [("G14", "emergency stop")]
    trace = Trace.load(tmp_path / "run.jsonl")
    for guarantee, what, _ in told:
        trace.setup["guarantee"] = guarantee
        explained = explain(trace)
        assert explained is not None
        assert explained.observed == what
        assert len(explained.passages) <= len(trace.lines)


@pytest.mark.parametrize("measures", [("read-back", "reconciled"), tuple(BY_NAME)])
def test_no_wild_evening_with_measures_breaks_anything(tmp_path: Path, measures: tuple[str, ...]) -> None:
    """Sixty such evenings of an orchestrator that reads its services back and tells the backend at rest, or that has
    every measure, are judged by the rules that their first line names, and nothing is broken, also where an empty
    success was found out."""
    for seed in range(60):
        file = tmp_path / f"{seed}.jsonl"
        kinds = (REFUSES, HANGS, DOES_NOTHING)
        wild_evening(file, seed, kinds, telling=True, measures=measures)
        judgement = judge_recording(load_recording(file), find_rules(Trace.load(file).rules))
        assert (judgement.broken, judgement.unknown) == ((), ()), f"seed {seed}"


def test_a_session_that_is_reconciled_was_left_live(tmp_path: Path) -> None:
    """A host is lost on air, and the session is written idle at rest: the measure asks for that, and nothing is broken;
    by the guide's own rules nobody would have written it."""
    evening = Evening(tmp_path / "run.jsonl", well, telling=True, measures=["reconciled"])
    for command in ("initialize", "start_broadcast"):
        evening.give(command, "room 7" if command == "start_broadcast" else None)
        evening.pass_by(1)
    evening.lose("host")
    evening.pass_by(1)
    assert evening.live == []
    judgement = judge_recording(load_recording(tmp_path / "run.jsonl"), rules_with(["reconciled"]))
    assert (judgement.broken, judgement.gaps) == ((), ())


def test_an_evening_that_goes_well_is_known_to(tmp_path: Path) -> None:
    """Services that tell: nothing is broken, and what they truly are could be judged."""
    evening = Evening(tmp_path / "run.jsonl", well, telling=True)
    for command in ("initialize", "start_broadcast", "stop_broadcast"):
        evening.give(command, "room 7" if command == "start_broadcast" else None)
        evening.pass_by(1)
    judgement = judged(tmp_path / "run.jsonl")
    assert (judgement.broken, judgement.gaps, judgement.unknown) == ((), (), ())
    assert not any(Aspect.TRUTH in each.needs for each in judgement.not_observable)


def test_a_call_that_hangs_keeps_nothing_from_being_judged(tmp_path: Path) -> None:
    """Once the recording is closed: a producer that comes on by itself in ready is told, although the first start of
    the host was never answered; until then nobody knows whether that is its late effect."""
    first = iter((HANGS,))

    def plan(operation: str) -> tuple[str, float | None]:
        return (next(first, WORKS) if operation == "host.start" else WORKS), 0.1

    evening = Evening(tmp_path / "run.jsonl", plan, telling=True)
    for command in ("initialize", "start_broadcast", "recover", "start_broadcast", "stop_broadcast"):
        evening.give(command)
        evening.pass_by(30)
    evening.switch("producer", True)
    open_still = judged(tmp_path / "run.jsonl")
    assert open_still.broken == ()
    (words,) = open_still.unknown
    assert words.startswith("on its way at the end, so that all is not quiet: host.start;")
    evening.recorder.close()
    closed = judged(tmp_path / "run.jsonl")
    assert [each.violation.what for each in closed.broken] == ["producer is on in ready"]
    assert closed.unknown == ()


def test_evenings_that_were_closed_break_nothing_either(tmp_path: Path) -> None:
    """With all that hangs taken for what it is, a hundred wild evenings are judged at rest, and nothing is broken."""
    for seed in range(100):
        wild_evening(tmp_path / f"{seed}.jsonl", seed, (REFUSES, HANGS))
        recording = load_recording(tmp_path / f"{seed}.jsonl")
        assert recording.is_over
        judgement = judge_recording(recording)
        assert (judgement.broken, judgement.unknown) == ((), ()), f"seed {seed}"
