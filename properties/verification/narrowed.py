"""A part of a verification: what the explorer says where less than everything is asked for, or something else than the
guide's reference is judged; and what the whole of it has in common with that."""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.guarantees.catalogue import EVERY
from broadcast_orchestrator.properties.guarantees.verdicts import VIOLATED, Cell, Claim
from broadcast_orchestrator.properties.model_check.proof import CLASSES, Proof, ProofSearch
from broadcast_orchestrator.properties.model_check.scopes import SCOPES, NamedScope, ScopeAnswer, scope_answers
from broadcast_orchestrator.properties.model_check.second_process import JOBS, SecondProcess, second_process
from broadcast_orchestrator.properties.telling.progress import Progress, several, silent
from broadcast_orchestrator.properties.verification.verification import SpaceSummary, Verification, VerificationScope
from broadcast_orchestrator.sim.world.faults import BY_ID, NONE
from broadcast_orchestrator.sim.world.world import Scope

if TYPE_CHECKING:
    from broadcast_orchestrator.properties.causes.causes import Again, RootCause, Shown

Found = Callable[[Cell | Claim], None]
"""Told each cell and each further claim as soon as it is decided."""


def unheard(found: Cell | Claim) -> None:
    """Where nobody wants to know before the end."""


def explored(
    faults: int,
    seed: int,
    progress: Progress,
    asked: VerificationScope,
    found: Found,
    runs: int,
    cluster: str | None,
) -> Verification:
    """What the explorer says about the part that is asked for; of the reference with measures, random runs as well."""
    began = time.perf_counter()
    classes = tuple(fault for fault in asked.faults if fault != NONE) if asked.faults else CLASSES
    whole = not (asked.guarantees or asked.faults or asked.places)
    with second_process(JOBS) as beside:
        scope = Scope(classes, limit=faults, racing=True)
        proving = ProofSearch(scope, asked.rules, guarantees=_judged(asked)).begun(beside)
        scopes = SCOPES if whole else ()
        answers = scope_answers(asked.rules, beside, scopes)
        proof = proving(partial(tell_worlds, progress))
        cells = tuple(cell for cell in proof.cells if _is_asked(cell, asked))
        for cell in cells:
            found(cell)
        claims = tuple(heard(found, (each.claim for each in each_scope(answers, progress))))
        broken = tuple(named for named, claim in zip(scopes, claims, strict=True) if claim.verdict == VIOLATED)
        coverage = {"explorer": proof.rows_taken}
        if asked.is_simulated:
            from broadcast_orchestrator.properties.verification.simulated import simulated, tried_runs  # SimPy

            tried = tried_runs(runs, seed, progress, cluster, asked.rules)
            claims += tuple(heard(found, simulated(tried)))
            coverage["simulator"] = tried.coverage.rows
        again = partial(still_broken, asked.rules, broken, beside, progress)
        causes = causes_behind(cells, claims, asked.rules, faults, progress, again)
    return Verification(
        faults=faults,
        seed=seed,
        seconds=time.perf_counter() - began,
        cells=cells,
        claims=claims,
        findings=(),
        causes=causes,
        space=space_summary(proof, faults),
        coverage=coverage,
        asked=asked,
    )


def each_scope(
    answers: Iterator[ScopeAnswer],
    progress: Progress,
    scopes: tuple[NamedScope, ...] = SCOPES,
    doing: str = "exploring other scopes",
) -> Iterator[ScopeAnswer]:
    """The answers as they come, with the progress told."""
    for done, answer in enumerate(answers, 1):
        progress(doing, done, len(scopes))
        yield answer


def heard(found: Found, claims: Iterable[Claim]) -> Iterator[Claim]:
    """The claims; `found` hears of each."""
    for claim in claims:
        found(claim)
        yield claim


def causes_behind(
    cells: Iterable[Cell],
    claims: Iterable[Claim],
    rules: type[Core],
    faults: int,
    progress: Progress = silent,
    again: "Again" = lambda names: (),
) -> "tuple[RootCause, ...]":
    """The mistakes behind everything that is violated and not foreseen, with up to `faults` faults, and those that show
    only when it is looked `again` with the others mended."""
    broken = [cell for cell in cells if cell.verdict == VIOLATED and not cell.by_design]
    wrong = [claim for claim in claims if claim.verdict == VIOLATED and claim.witness]
    if not (broken or wrong):
        return ()
    from broadcast_orchestrator.properties.causes.causes import Shown, causes_of  # seldom is anything to be explained

    shown = [Shown(cell.name, cell.witness) for cell in broken if cell.witness]
    shown += [Shown(claim.claim, claim.witness, beside=True) for claim in wrong if claim.witness]

    def tell(done: int, causes: int) -> None:
        progress("looking for causes", done, len(shown), several(causes, "cause"))

    return causes_of(rules, shown, faults, tell, again) if shown else ()


def still_broken(
    rules: type[Core],
    scopes: tuple[NamedScope, ...],
    beside: SecondProcess,
    progress: Progress,
    mended: tuple[str, ...],
) -> "Iterator[Shown]":
    """What is violated in these scopes with the reference's rules in place of those that are `mended`, by name."""
    from broadcast_orchestrator.properties.causes.causes import Shown

    answers = scope_answers(rules, beside, scopes, mended)
    for _, claim, __ in each_scope(answers, progress, scopes, "looking behind the causes"):
        if claim.witness:
            yield Shown(claim.claim, claim.witness, beside=True)


def tell_worlds(progress: Progress, states: int, level: int) -> None:
    """Tell how many worlds there are by now."""
    progress("exploring worlds", states, 0)


def _judged(asked: VerificationScope) -> tuple[str, ...]:
    """The guarantees that are asked for, in their order."""
    return tuple(each for each in EVERY if not asked.guarantees or each in asked.guarantees)


def _is_asked(cell: Cell, asked: VerificationScope) -> bool:
    """Whether the cell is about a class and a place that are asked for; no other guarantee was judged."""
    parts = ((cell.fault_class, asked.faults), (cell.place, asked.places))
    return all(not wanted or part in wanted for part, wanted in parts)


def space_summary(proof: Proof, faults: int) -> SpaceSummary:
    """The size of what was explored, and its bounds, with what they leave out of reach."""
    missed = tuple(f"{BY_ID[fault].name} at {place}" for fault, place in proof.unreached)
    limit = f"{faults} {'fault' if faults == 1 else 'faults'}"
    unreached = (f"out of reach with {limit}: {', '.join(missed)}",) if missed else ()
    return SpaceSummary(proof.states, proof.transitions, proof.depth, (*proof.bounds, *unreached), proof.cut_off)
