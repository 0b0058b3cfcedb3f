"""Which checks are asked: those that may have anything to say, and no verdict depends on that."""

import random

from random_walks import walked

from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.properties.guarantees.catalogue import OF_STEPS, glimpse_of, judge_step
from broadcast_orchestrator.properties.guarantees.memory import JudgeMemory, observe
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.properties.mutants import MUTANTS
from broadcast_orchestrator.sim.world.steps import UNHEARD
from broadcast_orchestrator.sim.world.world import Scope

SCOPE = Scope(faults=("F1", "F2", "F4", "F5", "F9"), limit=3, racing=True, sessions=(None, "s1", "s2"), filling=True)

SOME = ("G5", "G8", "G13")


def test_a_check_that_is_not_asked_has_nothing_to_say() -> None:
    """Under every mutant, in random runs, all checks together say what those say that are about the step's kinds; and
    where some guarantees alone are asked for, what their checks say."""
    wrong = quiet = 0
    for seed, mutant in enumerate(MUTANTS):
        draw, observer = random.Random(seed), JudgeMemory()
        for world, step, effects, after in walked(draw, SCOPE, 60, mutant.rules, mutant.config):
            if not isinstance(step, UNHEARD):
                glimpse = glimpse_of(observer, world, step, effects, after)
                every = [
                    Violation(name, each.what, each.gap) for name, check in OF_STEPS for each in check.asks(glimpse)
                ]
                assert list(judge_step(glimpse)) == every, (mutant.name, step)
                some = [each for each in every if each.guarantee in SOME]
                assert list(judge_step(glimpse, SOME)) == some, (mutant.name, step)
                observer = observe(glimpse)
                wrong += bool(every)
                quiet += not every
    assert wrong > 100, "sometimes a check has something to say"
    assert quiet > 1_000, "mostly none has"


def test_what_a_step_leaves_as_it_was_may_go_unseen() -> None:
    """Under every mutant, in random runs, the same is said and remembered of a step whether the checks are told what it
    leaves as it was, compare for themselves, or have to look at everything."""
    left = 0
    for seed, mutant in enumerate(MUTANTS):
        draw, observer = random.Random(seed), JudgeMemory()
        for world, step, effects, after in walked(draw, SCOPE, 25, mutant.rules, mutant.config):
            if not isinstance(step, UNHEARD):
                compared = glimpse_of(observer, world, step, effects, after)
                changed = [name for name in CoreState._fields if getattr(world.core, name) != getattr(after.core, name)]
                under_way = after.core.procedure is not None
                told = compared._replace(changed=tuple(changed), known_under_way=under_way)
                whole = compared._replace(changed=CoreState._fields)
                observer = observe(whole)
                assert observe(compared) == observe(told) == observer, (mutant.name, step)
                assert judge_step(compared) == judge_step(told) == judge_step(whole), (mutant.name, step)
                left += len(CoreState._fields) - len(changed)
    assert left > 5_000, "mostly a step leaves most as it was"
