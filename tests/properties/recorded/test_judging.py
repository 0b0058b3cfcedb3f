"""A recorded run is judged by the guarantees: as far as it shows, as far as it goes, all that it breaks."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest
from simpy.events import Event

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.mutants import MUTANTS
from broadcast_orchestrator.properties.mutants.records import KeepsTheText
from broadcast_orchestrator.properties.mutants.starting import StartsTheHostFirst
from broadcast_orchestrator.properties.recorded.judging import Judgement, judge_recording
from broadcast_orchestrator.sim.recording.recordings import Recording, recording_of
from broadcast_orchestrator.sim.recording.trace_setup import recorded_setup
from broadcast_orchestrator.sim.simulate.injection import Fault
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import CUT_OFF, Evidence
from broadcast_orchestrator.sim.subjects.protocol.messages import Advance, Limits
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.subjects.scenario import CallFault, Order, Scenario
from broadcast_orchestrator.sim.world.trace import Trace


class BothMistakes(StartsTheHostFirst, KeepsTheText):
    """Starts the host first, and keeps the text of an error that is over."""


def evening(*faults: Fault, rules: type[Core] = Core) -> Trace:
    """The trace of an evening in which the first start may fail, and is tried again."""
    studio = Studio(seed=7, faults=faults, rules=rules)

    def commands() -> Generator[Event, Any, None]:
        yield studio.orchestrator.initialize()
        try:
            yield studio.orchestrator.start_broadcast("s1")
        except Exception:
            yield studio.orchestrator.recover()
        if studio.state == "ready":
            yield studio.orchestrator.start_broadcast("s1")
        yield studio.orchestrator.stop_broadcast()

    studio.run(commands())
    return studio.trace


def judged(run: Trace | Evidence, rules: type[Core] = Core) -> Judgement:
    """The judgement of a whole recording."""
    return judge_recording(Recording("evening.jsonl", run), rules)


def guarantees(judgement: Judgement) -> set[str]:
    """What is broken."""
    return {each.violation.guarantee for each in judgement.broken}


# -- From inside ----------------------------------------------------------------------------------


def test_an_evening_that_goes_well_breaks_nothing() -> None:
    """And what no trace shows is named, whatever happened."""
    judgement = judged(evening())
    assert (judgement.broken, judgement.gaps, judgement.unknown) == ((), (), ())
    assert {f"{each.guarantee} {each.check}" for each in judgement.not_observable} == {
        "G5 caught",
        "G7 in time",
        "G10 emergency in time",
        "G12 stated",
        "G13 can start",
        "G13 can stop",
        "G14 flags",
    }


def test_two_mistakes_in_one_evening_are_both_told() -> None:
    """Each with its guarantee, the step at which it shows first, and the place."""
    trace = evening(Fault("producer.start", "refuse", first=1), rules=BothMistakes)
    one = {"G8"} | guarantees(judged(evening(rules=StartsTheHostFirst), StartsTheHostFirst))
    judgement = judged(trace, BothMistakes)
    assert {"G8", "G5"} <= guarantees(judgement)
    assert "G5" not in one
    order = next(each for each in judgement.broken if each.violation.guarantee == "G8")
    assert order.place == "start_broadcast in starting"
    assert order.at_ms == trace.lines[order.violation.at].at_ms


def test_a_believed_reply_says_nothing_of_the_services() -> None:
    """Where the recorder only saw replies, the empty success shows to nobody, and that is said; where the services say
    themselves what they are, it breaks G3."""
    trace = evening(Fault("host.start", "empty_success", first=1))
    assert guarantees(judged(replace(trace, setup=recorded_setup(told=True)))) == {"G3"}
    believed = judged(replace(trace, setup=recorded_setup(told=False)))
    assert believed.broken == ()
    assert {"G3 all on", "G4 all off", "G14 truthful backend"} <= {
        f"{each.guarantee} {each.check}" for each in believed.not_observable
    }


def test_what_a_trace_leaves_open_is_not_known() -> None:
    """Cut off after any step: nothing is broken that was not, and what is under way is named."""
    trace = evening()
    for count in range(1, len(trace.lines)):
        judgement = judged(replace(trace, lines=trace.lines[:count]))
        assert judgement.broken == ()
        at_rest = str(trace.lines[count - 1].state) in ("ready", "live") and judgement.unknown == ()
        assert judgement.unknown or at_rest
    start = next(n for n, line in enumerate(trace.lines, 1) if str(line.state) == "starting")
    (words,) = judged(replace(trace, lines=trace.lines[:start])).unknown
    assert words == "the recording ends in the midst of start_broadcast; what came then is not known"


def test_a_step_that_does_not_follow_ends_the_judging() -> None:
    """A trace that these rules never make is judged as far as they would, and no further."""
    trace = evening(rules=StartsTheHostFirst)
    judgement = judged(trace)
    assert judgement.broken == ()
    assert judgement.steps < len(trace.lines)
    (words,) = judgement.unknown
    assert words.startswith(f"step {judgement.steps + 1} does not follow from the rules, and is not judged: effect")


def test_a_gap_of_the_guides_own_is_told_and_fails_nobody() -> None:
    """After an emergency stop the backend keeps saying live: that is in the guide, and not broken by the run."""
    studio = Studio(seed=7)

    def commands() -> Generator[Event, Any, None]:
        yield studio.orchestrator.initialize()
        yield studio.orchestrator.start_broadcast("s1")
        yield studio.orchestrator.emergency_stop()

    studio.run(commands())
    judgement = judged(studio.trace)
    assert judgement.broken == ()
    assert {(each.violation.guarantee, each.violation.gap) for each in judgement.gaps} == {("G14", "emergency stop")}


# -- From outside ---------------------------------------------------------------------------------


def seen(*faults: CallFault, rules: type[Core] = Core) -> Evidence:
    """Evidence of such an evening."""
    orders = (Order("initialize"), Order("start_broadcast", "s1"), Order("recover"), Order("start_broadcast", "s1"))
    return play(Scenario(orders, faults), ReferenceSubject(rules), Limits())


def test_evidence_is_judged_as_a_check_judges_it() -> None:
    """Two mistakes in one piece of evidence are both told, and none of the reference."""
    fault = CallFault("producer.start", 1, "F1")
    assert judged(seen(fault)).broken == ()
    assert {"G8", "G5"} <= guarantees(judged(seen(fault, rules=BothMistakes)))


def test_evidence_that_is_cut_off_is_judged_as_far_as_it_goes() -> None:
    """Cut off after any moment the reference breaks nothing; commands that are under way are named, and not blamed."""
    evidence = seen()
    for count in range(1, len(evidence.moments)):
        judgement = judged(replace(evidence, moments=evidence.moments[:count], ended=CUT_OFF))
        assert judgement.broken == ()
        assert judgement.unknown
    called = next(n for n, m in enumerate(evidence.moments, 1) if m.events and "starting" in str(m.events))
    (words,) = judged(replace(evidence, moments=evidence.moments[:called], ended=CUT_OFF)).unknown
    assert words == "the recording is cut off in the midst of start_broadcast; what came then is not known"


def test_a_command_that_has_had_its_time_is_told_all_the_same() -> None:
    """One that should have been over for long when the recording ends never settles."""
    evidence = seen()
    start = next(n for n, m in enumerate(evidence.moments) if "start_broadcast" in str(m.step))
    later = evidence.moments[start]._replace(at_ms=10_000_000.0, step=Advance(10_000_000.0), events=())
    judgement = judged(replace(evidence, moments=(*evidence.moments[: start + 1], later), ended=CUT_OFF))
    assert "start_broadcast never settles" in [each.violation.what for each in judgement.broken]


def test_evidence_whose_last_line_is_torn_was_cut_off() -> None:
    """Whatever its first line says of the end."""
    data = seen().to_text().encode()
    judgement = judge_recording(recording_of(data[:-9], "evening.jsonl"))
    assert judgement.broken == ()
    assert judgement.unknown[0].endswith("is cut off, and was left out")


@pytest.mark.parametrize("rules", [StartsTheHostFirst, KeepsTheText])
def test_inside_and_outside_name_the_same_guarantee(rules: type[Core]) -> None:
    """The trace and the evidence of the same evening break the same guarantee."""
    inside = guarantees(judged(evening(Fault("producer.start", "refuse", first=1), rules=rules), rules))
    outside = guarantees(judged(seen(CallFault("producer.start", 1, "F1"), rules=rules)))
    assert inside & outside


@pytest.mark.parametrize("rules", [Core, BothMistakes, *(mutant.rules for mutant in MUTANTS[::9])])
def test_what_is_told_of_a_part_is_told_of_the_whole(rules: type[Core]) -> None:
    """Whoever follows a recording is told nothing that he is not told in the end: of each part of an evening, from
    inside and from outside, whatever the core does wrong."""
    trace = evening(Fault("producer.start", "refuse", first=1), Fault("host.start", "empty_success", 0.3), rules=rules)
    whole = {each.violation[:2] for each in judged(trace, rules).broken}
    for count in range(1, len(trace.lines)):
        part = judged(replace(trace, lines=trace.lines[:count]), rules)
        assert {each.violation[:2] for each in part.broken} <= whole
    evidence = seen(CallFault("producer.start", 1, "F1"), rules=rules)
    whole = {each.violation[:2] for each in judged(evidence).broken}
    for count in range(1, len(evidence.moments)):
        part = judged(replace(evidence, moments=evidence.moments[:count], ended=CUT_OFF))
        assert {each.violation[:2] for each in part.broken} <= whole
