"""Judgements that are looked up are judgements that would be given."""

import random

import pytest
from random_walks import walked

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import Settled
from broadcast_orchestrator.properties.guarantees.catalogue import judge, watch
from broadcast_orchestrator.properties.guarantees.judgement_cache import JudgedStep, JudgementCache
from broadcast_orchestrator.properties.guarantees.memory import Glimpse, JudgeMemory
from broadcast_orchestrator.properties.guarantees.verdicts import Violation, unforeseen
from broadcast_orchestrator.properties.model_check.proof import CONFIG
from broadcast_orchestrator.properties.mutants import MUTANTS
from broadcast_orchestrator.properties.mutants.mutant import Mutant
from broadcast_orchestrator.sim.world.remembered.met_failures import FailuresMet, after_step
from broadcast_orchestrator.sim.world.remembered.step_rules import StepRules
from broadcast_orchestrator.sim.world.steps import UNHEARD
from broadcast_orchestrator.sim.world.trace import Passage
from broadcast_orchestrator.sim.world.world import Scope

pytestmark = pytest.mark.usefixtures("untraced")

SCOPE = Scope(("F1", "F2", "F4", "F5", "F9"), limit=3, racing=True, sessions=(None, "s1", "s2"), filling=True)

Digest = tuple[Passage, tuple[Violation, ...]]


def everything(judged: JudgedStep) -> Digest:
    """All that a digest may be made of, every failure looked into."""
    assert list(map(str, judged.inquiry.failures)) == list(map(str, judged.inquiry.met))
    return judged.passage, judged.violations


def walk(mutant: Mutant, draw: random.Random, judgements: JudgementCache[Digest]) -> tuple[int, int]:
    """A random run under broken rules, judged both ways; how many steps the core heard of, and how many broke
    something."""
    number, memory, met, heard, wrong = judgements.start(mutant.config), JudgeMemory(), FailuresMet(), 0, 0
    for world, step, effects, after in walked(draw, SCOPE, 50, mutant.rules, mutant.config):
        edge = judgements.edge(number, step, met)
        memory, violations = watch(memory, world, step, effects, after, mutant.rules)
        passage, judged = edge.digest
        assert judged == unforeseen(violations), (mutant.name, step)
        assert passage == (world._replace(faults=0), step, effects, after._replace(faults=0), None)
        heard, wrong = heard + (not isinstance(step, UNHEARD)), wrong + bool(judged)
        number, met = edge.after, after_step(edge.kept, met)
        assert judgements.world(number, met) == after._replace(faults=0)
    return heard, wrong


def test_what_a_failure_says_matters_where_a_command_ends() -> None:
    """While a command goes on, failures are compared, and nearly never looked into: a judgement is one for all runs
    that have met as many."""
    judgements = JudgementCache(StepRules(Core), lambda judged: tuple(judged.inquiry.asked))
    met_any = asked = 0
    for seed in range(200):
        number, met = judgements.start(CONFIG), FailuresMet()
        for _, step, effects, _ in walked(random.Random(seed), SCOPE, 60, Core, CONFIG):
            edge = judgements.edge(number, step, met)
            goes_on = not any(isinstance(effect, Settled) for effect in effects)
            met_any += bool(met) and goes_on
            asked += bool(edge.digest) and goes_on
            number, met = edge.after, after_step(edge.kept, met)
    assert met_any > 1_000
    assert asked < 0.05 * met_any, "the core itself compares a few"


def test_a_judgement_from_the_cache_is_the_judgement_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under every mutant, in random runs, the cache says of each step what `watch` says of it, and asks the checks of
    fewer steps than the core hears of."""
    asked = heard = wrong = 0

    def counted(glimpse: Glimpse) -> tuple[JudgeMemory, tuple[Violation, ...]]:
        nonlocal asked
        asked += 1
        return judge(glimpse)

    monkeypatch.setattr(f"{JudgementCache.__module__}.judge", counted)
    for seed, mutant in enumerate(MUTANTS):
        draw, judgements = random.Random(seed), JudgementCache(StepRules(mutant.rules), everything)
        for _ in range(2):
            more, broken = walk(mutant, draw, judgements)
            heard, wrong = heard + more, wrong + broken
    assert wrong > 100, "sometimes something is broken"
    assert asked < 0.9 * heard, "sometimes the checks have been asked before"
