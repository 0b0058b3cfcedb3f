"""One judge: what is seen from inside and what is seen from outside of one run come to the same, check by check."""

from itertools import islice

import pytest
from node_parts import need
from places import TESTS
from retold_runs import Retold, scenarios

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.checking import check
from broadcast_orchestrator.properties.checking.judge.catalogue import quiet_checks, step_checks
from broadcast_orchestrator.properties.checking.judge.folding import seen
from broadcast_orchestrator.properties.checking.judge.knowledge import Knowledge
from broadcast_orchestrator.properties.checking.judge.rest import SeenRest
from broadcast_orchestrator.properties.checking.judge.shown_aspects import shown
from broadcast_orchestrator.properties.checking.judge.stream import told
from broadcast_orchestrator.properties.guarantees.catalogue import FROM_OUTSIDE, GUARANTEES, glimpse_of
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory, observe
from broadcast_orchestrator.properties.guarantees.observations import Aspect
from broadcast_orchestrator.properties.guarantees.quiet_world import QuietWorld
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.driver import play
from broadcast_orchestrator.sim.subjects.evidence import Evidence
from broadcast_orchestrator.sim.subjects.protocol.child_process import ChildSubject
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject
from broadcast_orchestrator.sim.world.steps import UNHEARD

pytestmark = pytest.mark.usefixtures("untraced")

NOT_OBSERVABLE = [
    ("G4", "host known", "whether it knows the host to be initialized"),
    ("G5", "accounted", "failures as records, with kind and message"),
    ("G5", "lost", "failures as records, with kind and message"),
    ("G5", "first cause", "failures as records, with kind and message"),
    ("G5", "shown", "failures as records, with kind and message"),
    ("G5", "names report", "failures as records, with kind and message"),
    ("G7", "settles", "which limits it arms"),
    ("G7", "armed", "which limits it arms"),
    ("G7", "settled once", "what it takes to be under way"),
    ("G10", "tells what it took over", "failures as records, with kind and message"),
    ("G11", "tries again", "which limits it arms"),
    ("G11", "initializes", "whether it knows the host to be initialized"),
    ("G12", "marked", "what is marked as forced in its history"),
    ("G12", "reasons", "reasons in its history, in the guide's words"),
    ("G13", "opens", "whether it knows the host to be initialized"),
    ("G13", "refusals", "what a refusal lists as missing, in the guide's words"),
    ("G13", "taken", "the configuration and the content that it has taken"),
]
"""The checks that cannot be made from outside, each with what an implementation would have to show."""

OUTSIDE_ALONE = [
    ("G5", "caught", "errors that nobody catches"),
    ("G7", "in time", "what time it is"),
    ("G10", "emergency in time", "what time it is"),
    ("G12", "stated", "the state in its snapshots"),
    ("G13", "can start", "can_start in its snapshots"),
    ("G13", "can stop", "can_stop in its snapshots"),
    ("G14", "flags", "what a write to the backend says besides the session"),
]
"""The checks that can be made from outside alone: a core has no clock, is not looked at in between, raises to whoever
runs it, and words no write. What they ask is asked from inside of the limits that are armed, and of who is let in."""

WHERE_TRIED = {("G6", "way_out")}
"""What the inside tries in a copy of each quiet world, and an outsider sees where the commands came that try it."""

SHOWN_BY_NOBODY = frozenset(
    (Aspect.FAILURES, Aspect.LIMITS, Aspect.PROCEDURE, Aspect.KNOWN_HOST, Aspect.MARKS, Aspect.REASONS,
     Aspect.MISSING, Aspect.TAKEN)
)  # fmt: skip
"""What the protocol has no words for, or an implementation words of its own."""

INSIDE = frozenset(Aspect) - frozenset(FROM_OUTSIDE)
GUIDE = Dialect()

Verdicts = set[tuple[str, str]]
"""Guarantee and check of everything that is wrong."""


def named(guarantee: str, ask: object) -> tuple[str, str]:
    """The check as it is listed here."""
    return guarantee, ask.__name__  # type: ignore[attr-defined]


def from_inside(evidence: Evidence, rules: type[Core] = Core) -> Verdicts:
    """What is wrong with a run of these rules: the steps of the evidence happen to a world, and are watched."""
    world, memory, wrong = Retold(evidence, rules), JudgeMemory(), Verdicts()
    rests = {rest.moment for rest in seen(evidence, GUIDE).rests}
    for number, moment in enumerate(evidence.moments):
        world.tell(moment)
        for before, step, effects, after, _ in world.passages:
            if not isinstance(step, UNHEARD):
                glimpse = glimpse_of(memory, before, step, effects, after)
                memory = observe(glimpse)
                wrong |= {named(g, ask) for g, ask in step_checks(INSIDE) for each in ask(glimpse) if not each.gap}
        if number in rests:
            rest = QuietWorld(world.world, rules)
            wrong |= {named(g, ask) for g, ask in quiet_checks(INSIDE) for each in ask(memory, rest) if not each.gap}
    return wrong


def from_outside(evidence: Evidence) -> Verdicts:
    """What is wrong with it as far as the evidence shows."""
    sight, wrong = seen(evidence, GUIDE), Verdicts()
    aspects, knowledge = shown(sight), Knowledge(sight)
    rests = {rest.moment: rest for rest in sight.rests}
    for number, glimpse, memory, _ in told(sight, GUIDE):
        wrong |= {named(g, ask) for g, ask in step_checks(aspects) for each in ask(glimpse) if not each.gap}
        if number in rests:
            rest = SeenRest(sight, knowledge, rests[number])
            wrong |= {named(g, ask) for g, ask in quiet_checks(aspects) for each in ask(memory, rest) if not each.gap}
    return wrong


def asked_on_both_sides(evidence: Evidence) -> Verdicts:
    """The checks that can be made of this run on either side."""
    aspects = shown(seen(evidence, GUIDE)) & INSIDE
    checks = {named(g, ask) for g, ask in (*step_checks(aspects), *quiet_checks(aspects))}
    return checks - WHERE_TRIED


def test_what_cannot_be_observed_is_listed_here() -> None:
    """Of every check it is known whether it can be made from outside, from inside, or on both sides, and why."""
    words = {
        (g.id, each.name.replace("_", " ")): (each.needs, ", ".join(each.needs))
        for g in GUARANTEES
        for each in g.checks
    }
    outside = {row[:2] for row in NOT_OBSERVABLE}
    alone = [(*key, said) for key, (needs, said) in words.items() if not INSIDE.issuperset(needs)]
    assert alone == OUTSIDE_ALONE
    assert [(*key, words[key][1]) for key in words if key in outside] == NOT_OBSERVABLE


def test_a_check_names_what_it_could_not_observe() -> None:
    """The report of a check on the reference, and no finding, says which checks nobody could make."""
    report = check(ReferenceSubject, scenarios=60)
    assert report.clean
    assert [(e.guarantee, e.check, ", ".join(e.needs)) for e in report.not_observable] == NOT_OBSERVABLE


MUTANTS = (
    "forgets-the-failed-step", "undoes-in-startup-order", "starts-the-host-first", "stops-in-startup-order",
    "leaves-the-feed-on", "stops-at-the-first-failure", "stays-in-idle-after-a-stop", "stays-where-it-was",
    "keeps-the-text", "errs-before-the-rollback", "ends-a-failed-start-in-idle", "blames-the-last-attempt",
    "writes-no-idle", "undoes-no-write", "refuses-emergencies-when-busy", "marks-no-forced-edge", "believes-no-host",
)  # fmt: skip


@pytest.mark.parametrize("name", ["", *MUTANTS], ids=lambda name: name or "the reference")
def test_the_same_run_is_judged_alike_from_both_sides(name: str) -> None:
    """Each check that can be made on both sides finds something wrong from inside exactly where it does from outside;
    what an outsider sees of the ways out, the inside has seen, too."""
    rules = BY_NAME[name].rules if name else Core
    runs = [play(scenario, ReferenceSubject(rules)) for scenario in islice(scenarios(), 0, None, 5)]
    assert [run.scenario for run in runs if not judged_alike(run, rules)] == []


def judged_alike(run: Evidence, rules: type[Core]) -> bool:
    """Whether both sides say the same of this run."""
    inside, outside, both = from_inside(run, rules), from_outside(run), asked_on_both_sides(run)
    return inside & both == outside & both and outside & WHERE_TRIED <= inside


UNLIKE: dict[str, tuple[Verdicts, Verdicts]] = {
    "names-no-residue": (set(), {("G4", "all_off"), ("G13", "gate")}),
    "cleans-up-in-a-newer-broadcast": (set(), {("G16", "unasked")}),
    "start-has-no-limit": (set(), {("G7", "gives_up")}),
    "drops-what-the-service-said": (set(), {("G5", "in_words")}),
    "records-no-passing-states": (set(), {("G1", "table")}),
    "undoes-without-waiting": ({("G8", "order")}, set()),
}
"""Of broken cores: what is wrong from inside alone, and from outside alone. The inside takes a core's word for what it
knows of its services, for its limits and its failures, which other checks ask for there, and for the states it passes;
an outsider infers the former, sees the clock, and cannot tell what a limit gave up from what was not waited for."""


@pytest.mark.parametrize("name", UNLIKE)
def test_a_core_that_lies_is_judged_otherwise_from_outside(name: str) -> None:
    """Where a core says what is not so, the two sides differ in these checks and in no others, and both find it."""
    rules, alone = BY_NAME[name].rules, (Verdicts(), Verdicts())
    for scenario in islice(scenarios(), 0, None, 9):
        run = play(scenario, ReferenceSubject(rules))
        inside, outside, both = from_inside(run, rules), from_outside(run), asked_on_both_sides(run)
        alone[0].update((inside - outside) & both)
        alone[1].update((outside - inside) & both)
    assert alone == UNLIKE[name]


# -- The TypeScript example -----------------------------------------------------------------------

TWINS = [
    ("", ""),
    ("rollback-skips-failed-step", "forgets-the-failed-step"),
    ("rollback-in-starting-order", "undoes-in-startup-order"),
    ("stop-ends-at-first-failure", "stops-at-the-first-failure"),
    ("backend-left-live", "undoes-no-write"),
]
"""Variants of the example in TypeScript, and the broken cores that make the same mistake ("" is the sound one)."""


@pytest.mark.parametrize(("variant", "mutant"), TWINS, ids=[variant or "the example" for variant, _ in TWINS])
def test_the_same_mistake_is_judged_alike_in_typescript_and_in_the_core(variant: str, mutant: str) -> None:
    """In the same scenarios the checks find the same wrong with the example, seen from outside, and with a core that
    makes the same mistake, seen from inside."""
    options = ["--variant", variant] if variant else []
    rules = BY_NAME[mutant].rules if mutant else Core
    inside, outside = Verdicts(), Verdicts()
    with ChildSubject([need(TESTS.parent / "sim" / "node"), str(EXAMPLE), *options]) as example:
        for scenario in islice(scenarios(), 0, None, 9):
            theirs, ours = play(scenario, example), play(scenario, ReferenceSubject(rules))
            outside |= from_outside(theirs) & asked_on_both_sides(theirs)
            inside |= from_inside(ours, rules) & asked_on_both_sides(ours)
    assert outside == inside
    assert bool(outside) == bool(variant)


EXAMPLE = TESTS / "subjects" / "typescript" / "adapter.mjs"
