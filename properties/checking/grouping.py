"""From many scenarios that show something to few findings: shrink one of each kind, and put together what is one."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from broadcast_orchestrator.model.guide.clauses import CLAUSES
from broadcast_orchestrator.model.guide.readings import READINGS
from broadcast_orchestrator.model.operations import OPERATIONS
from broadcast_orchestrator.properties.checking.findings import Finding, Why
from broadcast_orchestrator.properties.checking.judge.catalogue import CAUSAL, REFERENCE, ROWS, SUBJECT
from broadcast_orchestrator.properties.checking.judge.observation import place_of
from broadcast_orchestrator.properties.checking.search.bench import Bench
from broadcast_orchestrator.properties.checking.search.shrinking import TRIES, shrink, without_order
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.telling import scenario_story
from broadcast_orchestrator.sim.subjects.evidence import Evidence
from broadcast_orchestrator.sim.subjects.scenario import Scenario

WORDS = {clause.id: clause.demand for clause in CLAUSES} | {row.id: row.question for row in READINGS}

PATIENCE = 8
"""How many smaller scenarios are tried when each may take as long as the subject is waited for."""

Kind = tuple[str, str]
"""A guarantee and the key of a violation."""


class Case(NamedTuple):
    """The smallest scenario so far that shows one kind of thing, and in how many it was seen."""

    kind: Kind
    scenario: Scenario
    seen: int


class Small(NamedTuple):
    """A case shrunk: what its evidence breaks, the one that it is about first of all."""

    case: Case
    scenario: Scenario
    violation: Violation
    others: tuple[Violation, ...]
    evidence: Evidence
    place: str


def findings(
    bench: Bench, cases: list[Case], tell: Callable[[int, int], None] = lambda done, total: None
) -> list[Finding]:
    """One finding for each cause, the gravest first."""
    small: list[Small] = []
    for number, case in enumerate(sorted(cases, key=_order)):
        tell(number, len(cases))
        shrunk = shrunk_case(bench, case)
        if not any(_same_cause(known, shrunk) for known in small):
            small.append(shrunk)
    found = [finding(bench, each) for each in small]
    return sorted(found, key=lambda each: (each.rank, each.events, each.id))


def _order(case: Case) -> tuple[bool, int, int, str]:
    """Guarantees before mere differences, small before large, causes before what follows from them."""
    guarantee, key = case.kind
    return guarantee == REFERENCE, case.scenario.events, CAUSAL.index(guarantee), key


def shrunk_case(bench: Bench, case: Case) -> Small:
    """The smallest scenario that shows the same kind of thing; the one it began with, where that does not repeat."""

    def shows(scenario: Scenario) -> bool:
        return any(each.kind == case.kind for each in bench.examined(scenario)[0])

    scenario = shrink(case.scenario, shows, PATIENCE if bench.hangs and case.kind[0] == SUBJECT else TRIES)
    violations, sight, evidence = bench.examined(scenario)
    guarantee, key = case.kind
    lost = Violation(guarantee, "it was seen once and did not show again in the same scenario", key=key, moment=0)
    chosen = next((each for each in violations if each.kind == case.kind), lost)
    others = tuple(each for each in violations if each != chosen)
    return Small(case, scenario, chosen, others, evidence, place_of(sight, chosen.at))


def _same_cause(known: Small, other: Small) -> bool:
    """The smallest sequence of the one shows the other as well; or both have one guarantee, place and shape."""
    if known.case.kind in (each.kind for each in other.others):
        return True
    if known.violation.guarantee != other.violation.guarantee:
        return False
    return (known.place, shape(known.scenario)) == (other.place, shape(other.scenario))


def shape(scenario: Scenario) -> tuple[str, ...]:
    """What kind of events the sequence is made of, whichever services they are about."""
    orders = [order.command + ("" if order.after is None else " crossing") for order in scenario.orders]
    faults = [f"{role(fault.operation)} {fault.kind}" for fault in scenario.faults]
    return (*orders, *sorted(faults), *sorted(mishap.kind for mishap in scenario.mishaps))


def role(operation: str) -> str:
    """What an operation is for."""
    turns_on = OPERATIONS[operation].turns_on
    return "initialize" if turns_on is None else "switch-on" if turns_on else "switch-off"


# -- The finding ----------------------------------------------------------------------------------


def finding(bench: Bench, small: Small) -> Finding:
    """Everything there is to say of a case."""
    guarantee = small.violation.guarantee
    row = ROWS[guarantee]
    also = dict.fromkeys(each.guarantee for each in small.others if each.guarantee != guarantee)
    return Finding(
        id=identity(small),
        violation=small.violation,
        rank=min(row.rank, *(ROWS[name].rank for name in also if name != REFERENCE), row.rank),
        place=small.place,
        steps=scenario_story.story(small.scenario),
        expected=row.sentence,
        observed=_observed(small),
        also=tuple(sorted(also, key=list(ROWS).index)),
        serves=tuple((name, WORDS[name]) for name in row.serves if name in WORDS),
        why=tuple(causes(bench, small)),
        seen=small.case.seen,
        scenario=small.scenario,
        evidence=small.evidence,
    )


def identity(small: Small) -> str:
    """The same for the same guarantee, key and shape, in every run and on every machine."""
    text = "\n".join((*small.case.kind, *shape(small.scenario)))
    return f"{small.case.kind[0]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _observed(small: Small) -> str:
    moments = small.evidence.moments
    at_ms = moments[min(small.violation.at, len(moments) - 1)].at_ms if moments else 0
    return f"{small.violation.what} (at {at_ms:,.0f} ms, {small.place})"


def causes(bench: Bench, small: Small) -> Iterator[Why]:
    """What becomes of the sequence without each of its events."""
    for event, scenario in left_out(small.scenario):
        if scenario is None:
            yield Why(event, True, "nothing happens")
            continue
        violations, sight, _ = bench.examined(scenario)
        again = [each for each in violations if each.kind == small.case.kind]
        state = sight.states[-1] if sight.states else "no state"
        name = small.case.kind[0]
        end = (
            f"{name} is broken all the same: {again[0].what}" if again else f"that does not happen; it ends in {state}"
        )
        yield Why(event, not again, end)


def left_out(scenario: Scenario) -> Iterator[tuple[str, Scenario | None]]:
    """Each event in words, and the scenario without it."""
    for number, order in enumerate(scenario.orders):
        yield scenario_story.order_in_words(order, number == 0), without_order(scenario, number)
        if order.after is not None:
            calmer = order._replace(after=None)
            orders = (*scenario.orders[:number], calmer, *scenario.orders[number + 1 :])
            yield scenario_story.crossing_in_words(order), replace(scenario, orders=orders)
    for number, mishap in enumerate(scenario.mishaps):
        left = scenario.mishaps[:number] + scenario.mishaps[number + 1 :]
        yield scenario_story.mishap_in_words(mishap), replace(scenario, mishaps=left)
    for number, fault in enumerate(scenario.faults):
        rest = scenario.faults[:number] + scenario.faults[number + 1 :]
        yield scenario_story.fault_in_words(fault), replace(scenario, faults=rest)
