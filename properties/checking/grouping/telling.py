"""From what was seen to findings: one for each cause, with all that there is to say of it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from broadcast_orchestrator.model.guide.clauses import CLAUSES
from broadcast_orchestrator.model.guide.readings import READINGS
from broadcast_orchestrator.properties.checking.findings import Finding, Follower, Why
from broadcast_orchestrator.properties.checking.grouping.alone import SOME_TRIES, TRIES, Looking, set_apart
from broadcast_orchestrator.properties.checking.grouping.causes import in_order, leaders
from broadcast_orchestrator.properties.checking.grouping.sightings import Sightings
from broadcast_orchestrator.properties.checking.judge.catalogue import ROWS
from broadcast_orchestrator.properties.checking.judge.complaints import Complaint, Kind, identity
from broadcast_orchestrator.properties.checking.judge.ranks import rank_of
from broadcast_orchestrator.properties.checking.search.bench import Bench, ExaminedRun
from broadcast_orchestrator.properties.checking.search.shrinking import replaced, without_event, without_order
from broadcast_orchestrator.properties.telling import scenario_story
from broadcast_orchestrator.sim.subjects.scenario import MEANWHILE, Scenario

WORDS = {clause.id: clause.demand for clause in CLAUSES} | {row.id: row.question for row in READINGS}

AGAIN = 10
"""How often a scenario is played again that does not show again what it showed."""


def findings(
    bench: Bench,
    sightings: Sightings,
    tell: Callable[[int, int], None] = lambda done, total: None,
    late: Callable[[], bool] = lambda: False,
) -> list[Finding]:
    """One finding for each cause, the gravest first. Once it is `late` nothing is shrunk any more, and nothing is said
    of what becomes of a sequence without its steps."""
    looking, smallest = Looking(bench, sightings, late), dict[Kind, Scenario]()
    kinds = sorted(sightings.of, key=in_order)  # shrinking may come upon further ones: the next check can tell them
    told_under = leaders(sightings, kinds)
    for number, kind in enumerate(kinds):
        tell(number, len(kinds))
        smallest[kind] = set_apart(looking, sightings, kind, TRIES if told_under[kind] == kind else SOME_TRIES)
    before, told_under = told_under, leaders(sightings, kinds)
    for kind in kinds:
        if told_under[kind] == kind != before[kind]:  # shrinking has shown it alone
            smallest[kind] = set_apart(looking, sightings, kind, TRIES)
    found = [
        _finding(looking, sightings, smallest, kind, [each for each in kinds if told_under[each] == kind != each])
        for kind in kinds
        if told_under[kind] == kind
    ]
    return sorted(found, key=lambda each: (each.rank, each.events, each.id))


def _finding(
    looking: Looking, sightings: Sightings, smallest: Mapping[Kind, Scenario], kind: Kind, under: list[Kind]
) -> Finding:
    """Everything there is to say of one kind, and of those that follow from it."""
    scenario, sighting, row, bench = smallest[kind], sightings.of[kind], ROWS[kind[0]], looking.bench
    run, shown = _shown_again(bench, scenario, kind, sighting.first)
    beside = {each.kind: each for each in run.complaints if each.kind != kind and each.accepted == sightings.accepted}
    return Finding(
        id=identity(kind),
        kind=kind,
        title=shown.what,
        moment=shown.violation.at,
        rank=min(rank_of(each) for each in (kind, *beside, *under)),
        place=shown.place,
        steps=scenario_story.story(scenario),
        expected=row.sentence,
        observed=_observed(run, shown),
        harm=_harm(sightings, kind, under),
        also=tuple((each.kind[0], each.what) for each in beside.values()),
        serves=tuple((name, WORDS[name]) for name in row.serves if name in WORDS),
        why=tuple(_causes(bench, scenario, kind, beside)) if run.complaints and not looking.late() else (),
        seen=max(sighting.seen, 1),
        where=tuple((place, about, count) for (place, about), count in sorted(sighting.where.items())),
        followers=tuple(_follower(sightings, each, smallest[each]) for each in under),
        scenario=scenario,
        evidence=run.evidence,
    )


def _harm(sightings: Sightings, kind: Kind, under: list[Kind]) -> str:
    """The gravest thing that it leads to, in words; "" where it is as grave by itself."""
    gravest = min((kind, *under), key=rank_of)
    return "" if gravest == kind else sightings.of[gravest].first.what


def _follower(sightings: Sightings, kind: Kind, smallest: Scenario) -> Follower:
    sighting = sightings.of[kind]
    return Follower(identity(kind), kind[0], sighting.first.what, sighting.first.place, max(sighting.seen, 1), smallest)


def _shown_again(bench: Bench, scenario: Scenario, kind: Kind, first: Complaint) -> tuple[ExaminedRun, Complaint]:
    """The run, and the complaint in it; what shows at random may need some tries, and is told as it was first seen
    where none of them shows it."""
    run = bench.examined(scenario)
    for _ in range(AGAIN):
        shown = next((each for each in run.complaints if each.kind == kind), None)
        if shown is not None:
            return run, shown
        run = bench.examined(scenario)
    what = f"{first.what} (seen, and not again in {AGAIN} runs of the same scenario)"
    return run._replace(complaints=()), first._replace(violation=first.violation._replace(what=what, moment=0))


def _observed(run: ExaminedRun, shown: Complaint) -> str:
    moments = run.evidence.moments
    at_ms = moments[min(shown.violation.at, len(moments) - 1)].at_ms if moments else 0
    return f"{shown.what} (at {at_ms:,.0f} ms, {shown.place})"


# -- What becomes of it without each of its events ------------------------------------------------


def _causes(bench: Bench, whole: Scenario, kind: Kind, beside: Collection[Kind]) -> Iterator[Why]:
    """What becomes of it without each event: it goes, or stays, be it beside something else that is broken then."""
    for event, scenario in left_out(whole):
        if scenario is None:
            yield Why(event, True, "nothing happens")
            continue
        run = bench.examined(scenario)
        again = next((each for each in run.complaints if each.kind == kind), None)
        other = next((each for each in run.complaints if each.kind != kind and each.kind not in beside), None)
        if again is None:
            end = f"it ends in {run.sight.states[-1]}" if run.sight.states else "it ends at once"
            yield Why(event, True, f"that does not happen; {end}")
        elif other is None:
            yield Why(event, False, f"{kind[0]} is broken all the same: {again.what}")
        else:
            yield Why(event, True, f"it does not show alone, but beside {other.kind[0]}: {other.what}")


def left_out(scenario: Scenario) -> Iterator[tuple[str, Scenario | None]]:
    """Each event in words, and the scenario without it."""
    for number, order in enumerate(scenario.orders):
        yield scenario_story.order_in_words(order, number == 0), without_order(scenario, number)
        if order.after is not None:
            calmer = order._replace(after=None)
            yield (
                scenario_story.crossing_in_words(order),
                replace(scenario, orders=replaced(scenario.orders, number, calmer)),
            )
    for name in MEANWHILE:
        for number, event in enumerate(getattr(scenario, name)):
            yield scenario_story.meanwhile_in_words(event), without_event(scenario, name, number)
    for number, fault in enumerate(scenario.faults):
        yield scenario_story.fault_in_words(fault), without_event(scenario, "faults", number)
