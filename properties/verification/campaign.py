"""One verification: the proof, the graphs and the audit, the search by Hypothesis, and random simulated runs."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from broadcast_orchestrator.model.config import DEFAULT_CONFIG
from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.table import Edge
from broadcast_orchestrator.properties.audit.audit import audit
from broadcast_orchestrator.properties.causes.causes import RootCause, Shown, causes_of
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES
from broadcast_orchestrator.properties.guarantees.verdicts import HELD, PROVED, UNKNOWN, VIOLATED, Cell, Claim
from broadcast_orchestrator.properties.model_check.bounds import bounds_ms
from broadcast_orchestrator.properties.model_check.graphs import procedure_claims, table_claims
from broadcast_orchestrator.properties.model_check.growth import grow
from broadcast_orchestrator.properties.model_check.liveness import SCOPE, liveness, liveness_claims
from broadcast_orchestrator.properties.model_check.liveness import explored as graph_of
from broadcast_orchestrator.properties.model_check.procedures import explore
from broadcast_orchestrator.properties.model_check.proof import CLASSES, Proof, ProofSearch
from broadcast_orchestrator.properties.model_check.scopes import (
    DEEP_SCOPES,
    SCOPES,
    NamedScope,
    ScopeAnswer,
    scope_answers,
)
from broadcast_orchestrator.properties.model_check.second_process import SecondProcess, second_process
from broadcast_orchestrator.properties.model_check.space import survey_of
from broadcast_orchestrator.properties.mutants.mechanical.score import MechanicalScores, score_mechanical
from broadcast_orchestrator.properties.mutants.mutation_score import ENGINES, MutationScore, score_all
from broadcast_orchestrator.properties.queries.queries import query_claim
from broadcast_orchestrator.properties.search.everyday import EVERYDAY, EverydayMachine
from broadcast_orchestrator.properties.search.machine import GuaranteeBroken, search
from broadcast_orchestrator.properties.search.random_runs import TriedRuns, try_runs
from broadcast_orchestrator.properties.telling.progress import Progress, several, silent
from broadcast_orchestrator.properties.traceability.standing import guide_claim, standings
from broadcast_orchestrator.properties.verification.verification import (
    ALL,
    NO_ALARM,
    SpaceSummary,
    Verification,
    VerificationScope,
)
from broadcast_orchestrator.sim.world.faults import BY_ID, NONE
from broadcast_orchestrator.sim.world.world import Scope

JOBS = min(2, os.cpu_count() or 1)
"""Two searches at a time, where there are two cores."""

EXAMPLES, EVERYDAY_EXAMPLES, STEPS, RUNS = 150, 50, 40, 1_000
"""How much is tried beside what is proved: examples of Hypothesis, more of them in which the page is reloaded,
sleeps, or is not alone, their steps, and simulated runs."""

MECHANICAL = 60
"""How many changes of the core's sources a thorough verification tries, where nobody asks for more."""

MANY = 10_000
"""From so many simulated runs on, two processes share them."""

PLAIN = "the matrix"
"""What the search behind the matrix is called where scopes are named."""

Found = Callable[[Cell | Claim], None]
"""Told each cell and each further claim as soon as it is decided."""


def unheard(found: Cell | Claim) -> None:
    """Where nobody wants to know before the end."""


def verify(
    faults: int = 2,
    seed: int = 0,
    progress: Progress = silent,
    asked: VerificationScope = ALL,
    found: Found = unheard,
    runs: int = RUNS,
    cluster: str | None = None,
) -> Verification:
    """Gather every kind of evidence that there is about the reference, with up to `faults` faults in a proved run; or
    ask the explorer alone, where only a part is `asked` for, or other rules are to be judged; of the reference with
    measures there are simulated runs, too.

    `seed` decides everything that is random, `runs` is how many simulated runs there are, `cluster` the address of a
    Dask scheduler that shares them; the same arguments give the same verification, but for the seconds. `found` hears
    of what is decided while the rest still runs.
    """
    if asked != ALL:
        return explored(faults, seed, progress, asked, found, runs, cluster)
    with second_process(JOBS) as beside:
        return _gathered(faults, seed, progress, found, runs, cluster, beside)


def _gathered(
    faults: int,
    seed: int,
    progress: Progress,
    found: Found,
    runs: int,
    cluster: str | None,
    beside: SecondProcess,
) -> Verification:
    """Everything about the reference. What takes long is begun before the first of it is done."""
    began = time.perf_counter()
    proving = ProofSearch(Scope(CLASSES, limit=faults, racing=True)).begun(beside)
    answers, by_hypothesis, by_procedure = (
        scope_answers(beside=beside),
        beside.begin(searching, seed),
        beside.begin(explore),
    )
    proof = proving(partial(_tell, progress))
    for cell in proof.cells:
        found(cell)
    claims, met = list[Claim](), {PLAIN: proof.sights}
    for answer in _each_scope(answers, progress):
        claims += _heard(found, (answer.claim,))
        met[answer.name] = answer.sights
    progress("asking the queries", 0, 0)
    stand = standings(met)
    claims += _heard(found, (query_claim(), guide_claim(stand)))
    progress("exploring procedures", 0, 0)
    procedures = by_procedure.answer()
    claims += _heard(found, (*table_claims(), *procedure_claims(procedures)))
    progress("looking for circles of progress", 0, 0)
    graph = graph_of(SCOPE._replace(limit=min(faults, SCOPE.limit)))
    claims += _heard(found, liveness_claims(liveness(graph)))
    progress("searching with Hypothesis", 0, 0)
    searched, hypothesis_rows = by_hypothesis.answer()
    claims += _heard(found, searched)
    tried = _tried(runs, seed, progress, cluster)
    claims += _heard(found, (*simulated(tried), *settling(tried)))
    causes = causes_behind(proof.cells, claims, Core, faults, progress)
    return Verification(
        faults=faults,
        seed=seed,
        seconds=time.perf_counter() - began,
        cells=proof.cells,
        claims=tuple(claims),
        findings=audit(procedures),
        causes=causes,
        space=_space(proof, faults),
        coverage={
            "explorer": proof.rows_taken,
            "procedures": {edge: sum(by.values()) for edge, by in procedures.takers.items()},
            "hypothesis": hypothesis_rows,
            "simulator": tried.coverage.rows,
        },
        survey=survey_of(graph.found, graph.transitions),
        standings=stand,
    )


def _tried(runs: int, seed: int, progress: Progress, cluster: str | None, rules: type[Core] = Core) -> TriedRuns:
    jobs = JOBS if runs > MANY else 1
    return try_runs(runs, seed, lambda done: progress("simulating runs", done, runs), jobs, cluster, rules)


def _each_scope(
    answers: Iterator[ScopeAnswer], progress: Progress, scopes: tuple[NamedScope, ...] = SCOPES
) -> Iterator[ScopeAnswer]:
    for done, answer in enumerate(answers, 1):
        progress("exploring other scopes", done, len(scopes))
        yield answer


def _heard(found: Found, claims: Iterable[Claim]) -> Iterator[Claim]:
    for claim in claims:
        found(claim)
        yield claim


def thoroughly(
    verification: Verification, progress: Progress = silent, found: Found = unheard, mechanical: int = MECHANICAL
) -> Verification:
    """The same, with what its deepest scopes show, how its search grows, what each engine makes of each broken variant
    of the reference, and what becomes of so many `mechanical` ones, drawn by the seed."""
    began = time.perf_counter()
    with second_process(JOBS) as beside:
        deep = scope_answers(beside=beside, scopes=DEEP_SCOPES)
        claims = tuple(_heard(found, (each.claim for each in _each_scope(deep, progress, DEEP_SCOPES))))
    growth = grow(verification.faults, verification.config, progress)
    teeth = score_all(ENGINES, jobs=JOBS, progress=partial(progress, "hunting mutants"))
    told = partial(progress, "hunting mechanical mutants")
    scores = score_mechanical(mechanical, verification.seed, JOBS, told)
    return replace(
        verification,
        seconds=verification.seconds + time.perf_counter() - began,
        claims=(*verification.claims, *claims, *_heard(found, (caught(teeth), caught_mechanical(scores)))),
        growth=growth,
        teeth=teeth,
        mechanical=scores,
    )


def caught(teeth: MutationScore) -> Claim:
    """Whether each broken variant of the reference is noticed, and by which guarantees."""
    survivors, count = teeth.survivors(), len({score.mutant for score in teeth.scores})
    biting = [guarantee for guarantee, mutants in teeth.bites().items() if mutants]
    engines = ", ".join(f"{each.engine} {each.killed}" for each in teeth.by_engine())
    told = f"not {', '.join(survivors)}" if survivors else f"by {', '.join(biting)}"
    return Claim(
        "mutants",
        "every broken variant of the reference is caught",
        VIOLATED if survivors else PROVED,
        f"{count - len(survivors)} of {count}, {told}; {engines}",
    )


def caught_mechanical(scores: MechanicalScores) -> Claim:
    """Whether each change of the sources that was tried is noticed, or known to be none."""
    words = "every change of one place of the core's sources that was tried is noticed, or it is known why nobody can"
    survivors = "".join(f"; {score.mutant.name}" for score in scores.open)
    return Claim("mutants", words, VIOLATED if scores.open else PROVED, scores.sentence + survivors)


def explored(
    faults: int,
    seed: int,
    progress: Progress,
    asked: VerificationScope,
    found: Found = unheard,
    runs: int = RUNS,
    cluster: str | None = None,
) -> Verification:
    """What the explorer says about the part that is asked for; of the reference with measures, random runs as well."""
    began = time.perf_counter()
    classes = tuple(fault for fault in asked.faults if fault != NONE) if asked.faults else CLASSES
    whole = not (asked.guarantees or asked.faults or asked.places)
    with second_process(JOBS) as beside:
        proving = ProofSearch(Scope(classes, limit=faults, racing=True), asked.rules).begun(beside)
        answers = scope_answers(asked.rules, beside) if whole else iter(())
        proof = proving(partial(_tell, progress))
        for cell in proof.cells:
            if _is_asked(cell, asked):
                found(cell)
        claims = tuple(_heard(found, (each.claim for each in _each_scope(answers, progress))))
    coverage = {"explorer": proof.rows_taken}
    if asked.is_simulated:
        tried = _tried(runs, seed, progress, cluster, asked.rules)
        claims += tuple(_heard(found, simulated(tried)))
        coverage["simulator"] = tried.coverage.rows
    cells = tuple(cell for cell in proof.cells if _is_asked(cell, asked))
    causes = causes_behind(cells, claims, asked.rules, faults, progress)
    return Verification(
        faults=faults,
        seed=seed,
        seconds=time.perf_counter() - began,
        cells=cells,
        claims=claims,
        findings=(),
        causes=causes,
        space=_space(proof, faults),
        coverage=coverage,
        asked=asked,
    )


def causes_behind(
    cells: Iterable[Cell], claims: Iterable[Claim], rules: type[Core], faults: int, progress: Progress = silent
) -> tuple[RootCause, ...]:
    """The mistakes behind everything that is violated and not foreseen, with up to `faults` faults."""
    broken = [cell for cell in cells if cell.verdict == VIOLATED and not cell.by_design]
    shown = [Shown(cell.name, cell.witness) for cell in broken if cell.witness]
    shown += [
        Shown(claim.claim, claim.witness, beside=True)
        for claim in claims
        if claim.verdict == VIOLATED and claim.witness
    ]

    def tell(done: int, causes: int) -> None:
        progress("looking for causes", done, len(shown), several(causes, "cause"))

    return causes_of(rules, shown, faults, tell) if shown else ()


def _tell(progress: Progress, states: int, level: int) -> None:
    progress("exploring worlds", states, 0)


def _is_asked(cell: Cell, asked: VerificationScope) -> bool:
    parts = ((cell.guarantee, asked.guarantees), (cell.fault_class, asked.faults), (cell.place, asked.places))
    return all(not wanted or part in wanted for part, wanted in parts)


def _space(proof: Proof, faults: int) -> SpaceSummary:
    missed = tuple(f"{BY_ID[fault].name} at {place}" for fault, place in proof.unreached)
    limit = f"{faults} {'fault' if faults == 1 else 'faults'}"
    unreached = (f"out of reach with {limit}: {', '.join(missed)}",) if missed else ()
    return SpaceSummary(proof.states, proof.transitions, proof.depth, (*proof.bounds, *unreached))


def searching(seed: int) -> tuple[tuple[Claim, ...], dict[Edge, int]]:
    """What Hypothesis finds: a broken guarantee, or not; and whether it saw everything that it should see sometimes."""
    holds = "no sequence of commands, faults and delays that was tried breaks a guarantee"
    try:
        machine = search(seed=seed, max_examples=EXAMPLES, steps=STEPS)
        everyday = search(EverydayMachine, seed=seed, max_examples=EVERYDAY_EXAMPLES, steps=STEPS)
    except GuaranteeBroken as broken:
        story = "; ".join(broken.story)
        return (Claim("hypothesis", holds, VIOLATED, f"{broken.violations[0].what}, after: {story}"),), {}
    wanted = (*machine.sometimes, *machine.fault_classes)
    missing = (*machine.coverage.missing(wanted), *everyday.coverage.missing(EVERYDAY))
    befallen = f"{EVERYDAY_EXAMPLES} of them with {', '.join(EVERYDAY)}, too"
    seen = Claim(
        "hypothesis",
        "the search sees everything that it should see sometimes",
        UNKNOWN if missing else HELD,
        f"never seen: {', '.join(missing)}" if missing else f"seen: {', '.join((*wanted, *EVERYDAY))}",
    )
    tried = f"{EXAMPLES + EVERYDAY_EXAMPLES} examples of up to {STEPS} rules, commands racing, {befallen}"
    rows = machine.coverage.rows + everyday.coverage.rows
    return (Claim("hypothesis", holds, HELD, tried), seen), dict(rows)


def simulated(tried: TriedRuns) -> tuple[Claim, ...]:
    """What the simulated runs show."""
    hit = ", ".join(f"{BY_ID[name].name.replace('_', ' ')} {tried.hit[name]:,}" for name in BY_ID if tried.hit[name])
    excused = ", ".join(f"{each.id} in {tried.by_design[each.id]:,}" for each in GUARANTEES if tried.by_design[each.id])
    by_design = f"; broken by design after a fault that allows it: {excused}" if excused else ""
    bound = f"upper bound on the probability of a breach (rule of three) {3 / max(tried.runs, 3):.2g} at 95 %"
    more = "a run may have more faults than the search allows"
    effort = f"{tried.runs:,} runs, {tried.steps:,} steps, runs with each fault: {hit}{by_design}; {more}; {bound}"
    return (
        Claim(
            "simulator",
            NO_ALARM,
            VIOLATED if tried.violations else HELD,
            "; ".join(tried.violations[:3]) or effort,
        ),
        Claim(
            "simulator",
            "a run made a second time, in the studio, is the same, and replays from its trace step for step",
            VIOLATED if tried.differences else HELD,
            "; ".join(tried.differences[:3]) or f"{tried.replayed:,} traces",
        ),
    )


def settling(tried: TriedRuns) -> Iterator[Claim]:
    """For each command the computed bound on the time in which it settles, beside the longest time that was seen."""
    for command, bound in bounds_ms(DEFAULT_CONFIG).items():
        longest = tried.longest_ms.get(command, 0.0)
        yield Claim(
            "simulator",
            f"{command} settles within {bound:,} ms, the longest path through its procedures",
            VIOLATED if round(longest, 3) > bound else HELD,  # a sum of floats
            f"the longest of {tried.runs:,} runs took {longest:,.0f} ms",
        )
