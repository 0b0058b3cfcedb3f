"""How well causes tell the mistakes that are known to be in a core: which are told, which are hidden by one that is
told, which are missed, and which causes are nobody's."""

from collections.abc import Iterable
from typing import NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.properties.causes.causes import RootCause
from broadcast_orchestrator.properties.causes.departed import DepartedStep
from broadcast_orchestrator.properties.causes.repair import repaired
from broadcast_orchestrator.properties.guarantees.verdicts import Witness
from broadcast_orchestrator.properties.model_check.proof import find_witnesses
from broadcast_orchestrator.properties.mutants.mutant import Mutant
from broadcast_orchestrator.properties.witness.retake import retake, wish


class Recall(NamedTuple):
    """What became of the mistakes, by name, and the sentences of causes that none of them explains."""

    told: tuple[str, ...]
    shadowed: tuple[str, ...]
    missed: tuple[str, ...]
    nobodys: tuple[str, ...]

    @property
    def share(self) -> float:
        """The share of the mistakes that are told, or hidden by one that is."""
        known = len(self.told) + len(self.shadowed)
        return known / (known + len(self.missed))

    def __str__(self) -> str:
        count = len(self.told) + len(self.shadowed) + len(self.missed)
        missed = f" ({', '.join(self.missed)})" if self.missed else ""
        return (
            f"{len(self.told)} of {count} told, {len(self.shadowed)} hidden by one that is told, "
            f"{len(self.missed)} missed{missed}; {len(self.nobodys)} causes that are nobody's"
        )


def recall(mutants: Iterable[Mutant], causes: Iterable[RootCause], rules: type[Core]) -> Recall:
    """What the causes that were found in a core of these rules say of the mutants that it was made of.

    A mutant is told where it alone does otherwise in the very step that a cause shows, in one of the ways that the
    cause names. It is hidden where its own witness, taken by the whole core, first departs in a way that a cause names.
    """
    some, told_causes = tuple(mutants), tuple(causes)
    told = tuple(mutant.name for mutant in some if any(_is_of(mutant, cause) for cause in told_causes))
    rest = [mutant for mutant in some if mutant.name not in told]
    shadowed = tuple(mutant.name for mutant in rest if _is_hidden(mutant, told_causes, rules))
    return Recall(
        told,
        shadowed,
        tuple(mutant.name for mutant in rest if mutant.name not in shadowed),
        tuple(cause.sentence for cause in told_causes if not any(_is_of(mutant, cause) for mutant in some)),
    )


def _is_of(mutant: Mutant, cause: RootCause) -> bool:
    """Whether the mutant alone departs where the cause shows, and in such a way."""
    step = cause.step
    return step is not None and bool(DepartedStep.of(step.core, step.event, mutant.rules).kinds & cause.kinds)


def _is_hidden(mutant: Mutant, causes: tuple[RootCause, ...], rules: type[Core]) -> bool:
    """Whether the run that shows the mutant alone departs earlier, in a way that a cause names."""
    witness = witness_alone(mutant)
    steps = list[DepartedStep]()
    retake(map(wish, witness.passages), "", repaired(rules, frozenset(), steps.append), mutant.config)
    return bool(steps) and any(steps[0].kinds & cause.kinds for cause in causes)


def witness_alone(mutant: Mutant) -> Witness:
    """A shortest run that shows the mutant where nothing else is wrong."""
    return find_witnesses(mutant.scope, rules=mutant.rules, config=mutant.config, until=mutant.expected[0])[
        mutant.expected[0]
    ]
