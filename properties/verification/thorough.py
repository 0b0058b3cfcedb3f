"""What a thorough verification adds: deeper scopes, the growth of the search, and what becomes of broken cores."""

import time
from dataclasses import replace
from functools import partial

from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, VIOLATED, Claim
from broadcast_orchestrator.properties.model_check.growth import grow
from broadcast_orchestrator.properties.model_check.scopes import DEEP_SCOPES, scope_answers
from broadcast_orchestrator.properties.model_check.second_process import JOBS, second_process
from broadcast_orchestrator.properties.mutants.mechanical.score import MechanicalScores, score_mechanical
from broadcast_orchestrator.properties.mutants.mutation_score import ENGINES, MutationScore, score_all
from broadcast_orchestrator.properties.telling.progress import Progress, silent
from broadcast_orchestrator.properties.verification.narrowed import Found, each_scope, heard, unheard
from broadcast_orchestrator.properties.verification.verification import Verification

MECHANICAL = 60
"""How many changes of the core's sources a thorough verification tries, where nobody asks for more."""


def thoroughly(
    verification: Verification, progress: Progress = silent, found: Found = unheard, mechanical: int = MECHANICAL
) -> Verification:
    """The same, with what its deepest scopes show, how its search grows, what each engine makes of each broken variant
    of the reference, and what becomes of so many `mechanical` ones, drawn by the seed."""
    began = time.perf_counter()
    with second_process(JOBS) as beside:
        deep = scope_answers(beside=beside, scopes=DEEP_SCOPES)
        claims = tuple(heard(found, (each.claim for each in each_scope(deep, progress, DEEP_SCOPES))))
    growth = grow(verification.faults, verification.config, progress)
    teeth = score_all(ENGINES, jobs=JOBS, progress=partial(progress, "hunting mutants"))
    told = partial(progress, "hunting mechanical mutants")
    scores = score_mechanical(mechanical, verification.seed, JOBS, told)
    return replace(
        verification,
        seconds=verification.seconds + time.perf_counter() - began,
        claims=(*verification.claims, *claims, *heard(found, (caught(teeth), caught_mechanical(scores)))),
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
