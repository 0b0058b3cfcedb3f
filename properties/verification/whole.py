"""The whole verification: the proof, the graphs and the audit, the search by Hypothesis, and random simulated runs."""

import time
from functools import partial

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.table import Edge
from broadcast_orchestrator.properties.audit.audit import audit
from broadcast_orchestrator.properties.guarantees.verdicts import HELD, UNKNOWN, VIOLATED, Claim
from broadcast_orchestrator.properties.model_check.graphs import procedure_claims, table_claims
from broadcast_orchestrator.properties.model_check.liveness.liveness import SCOPE, liveness, liveness_claims
from broadcast_orchestrator.properties.model_check.liveness.liveness import explored as graph_of
from broadcast_orchestrator.properties.model_check.procedures import explore
from broadcast_orchestrator.properties.model_check.proof import CLASSES, ProofSearch
from broadcast_orchestrator.properties.model_check.scopes import scope_answers
from broadcast_orchestrator.properties.model_check.second_process import JOBS, SecondProcess, second_process
from broadcast_orchestrator.properties.model_check.space import Survey, survey_of
from broadcast_orchestrator.properties.queries.queries import query_claim
from broadcast_orchestrator.properties.search.everyday import EVERYDAY, EverydayMachine
from broadcast_orchestrator.properties.search.machine import GuaranteeBroken, search
from broadcast_orchestrator.properties.telling.progress import Progress
from broadcast_orchestrator.properties.traceability.standing import guide_claim, standings
from broadcast_orchestrator.properties.verification.narrowed import (
    Found,
    causes_behind,
    each_scope,
    heard,
    space_summary,
    tell_worlds,
)
from broadcast_orchestrator.properties.verification.simulated import runs_begun, settling, simulated
from broadcast_orchestrator.properties.verification.verification import Verification
from broadcast_orchestrator.sim.world.world import Scope

EXAMPLES, EVERYDAY_EXAMPLES, STEPS = 150, 50, 40
"""How much is tried by Hypothesis beside what is proved: examples, more of them in which the page is reloaded, sleeps,
or is not alone, and their steps."""

PLAIN = "the matrix"
"""What the search behind the matrix is called where scopes are named."""


def gathered(faults: int, seed: int, progress: Progress, found: Found, runs: int, cluster: str | None) -> Verification:
    """Everything about the reference; see `campaign.verify`."""
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
    """The same with a process beside this one. What takes long is begun before the first of it is done."""
    began = time.perf_counter()
    proving = ProofSearch(Scope(CLASSES, limit=faults, racing=True)).begun(beside)
    answers, by_hypothesis, by_procedure = (
        scope_answers(beside=beside),
        beside.begin(searching, seed),
        beside.begin(explore),
    )
    by_progress = beside.begin(going_on, min(faults, SCOPE.limit))
    by_query, by_runs = beside.begin(query_claim), runs_begun(runs, seed, cluster, beside)
    proof = proving(partial(tell_worlds, progress))
    for cell in proof.cells:
        found(cell)
    progress("searching with Hypothesis", 0, 0)  # and the rest, before the scopes: the last of those share out best
    searched, hypothesis_rows = by_hypothesis.answer()
    progress("exploring procedures", 0, 0)
    procedures = by_procedure.answer()
    progress("looking for circles of progress", 0, 0)
    goes_on, survey = by_progress.answer()
    progress("asking the queries", 0, 0)
    queried = by_query.answer()
    tried = by_runs(progress)
    claims, met = list[Claim](), {PLAIN: proof.sights}
    for answer in each_scope(answers, progress):
        claims += heard(found, (answer.claim,))
        met[answer.name] = answer.sights
    stand = standings(met)
    claims += heard(found, (queried, guide_claim(stand), *table_claims(), *procedure_claims(procedures)))
    claims += heard(found, (*goes_on, *searched, *simulated(tried), *settling(tried)))
    causes = causes_behind(proof.cells, claims, Core, faults, progress)
    return Verification(
        faults=faults,
        seed=seed,
        seconds=time.perf_counter() - began,
        cells=proof.cells,
        claims=tuple(claims),
        findings=audit(procedures),
        causes=causes,
        space=space_summary(proof, faults),
        coverage={
            "explorer": proof.rows_taken,
            "procedures": {edge: sum(by.values()) for edge, by in procedures.takers.items()},
            "hypothesis": hypothesis_rows,
            "simulator": tried.coverage.rows,
        },
        survey=survey,
        standings=stand,
    )


def going_on(faults: int) -> tuple[tuple[Claim, ...], Survey]:
    """Whether all goes on to an end with so many faults, and the size of the graph of progress that shows it."""
    graph = graph_of(SCOPE._replace(limit=faults))
    return liveness_claims(liveness(graph)), survey_of(graph.found, graph.transitions)


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
