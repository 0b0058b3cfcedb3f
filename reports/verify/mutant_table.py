"""The table of mutants: which guarantee kills which, in rows that a terminal and a page can show."""

from typing import NamedTuple

from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, UNKNOWN, VIOLATED
from broadcast_orchestrator.properties.mutants import BY_NAME
from broadcast_orchestrator.properties.mutants.mutant import Mutant
from broadcast_orchestrator.properties.mutants.mutation_score import EXPLORER, EngineScore, MutationScore, Score


class MutantRow(NamedTuple):
    """A mutant with its scores by engine; `verdict` is PROVED where something killed it."""

    mutant: Mutant
    scores: dict[str, Score]
    verdict: str

    @property
    def by(self) -> str:
        """The guarantees that noticed, whichever engine found it."""
        return ", ".join(dict.fromkeys(guarantee for score in self.scores.values() for guarantee in score.by))


def verdict(teeth: MutationScore) -> str:
    """PROVED when each mutant was killed; else VIOLATED if the explorer looked, UNKNOWN if only luck did."""
    if not teeth.survivors():
        return PROVED
    return VIOLATED if any(score.engine == EXPLORER for score in teeth.scores) else UNKNOWN


def rows(teeth: MutationScore) -> tuple[MutantRow, ...]:
    """A row a mutant, in the order of the catalogue."""
    scores: dict[str, dict[str, Score]] = {}
    for score in teeth.scores:
        scores.setdefault(score.mutant, {})[score.engine] = score
    lost = verdict(teeth)
    survivors = teeth.survivors()
    return tuple(MutantRow(BY_NAME[name], each, lost if name in survivors else PROVED) for name, each in scores.items())


def sentence(teeth: MutationScore) -> str:
    """The result in one sentence."""
    count, survivors = len(rows(teeth)), teeth.survivors()
    if survivors:
        return f"{len(survivors)} of {count} mutants survive: {', '.join(survivors)}"
    return f"all {count} mutants are killed"


class Section(NamedTuple):
    """What `mutants.html.jinja` shows, as `mutants`; beside it, the template needs `cell` and `symbols`."""

    rows: tuple[MutantRow, ...]
    engines: tuple[EngineScore, ...]
    sentence: str
    bites: dict[str, tuple[str, ...]]


def section(teeth: MutationScore) -> Section:
    """The part of the HTML report that shows the teeth."""
    return Section(rows(teeth), teeth.by_engine(), sentence(teeth), teeth.bites())


def engine_line(score: EngineScore) -> str:
    """How one engine did, in one line."""
    line = f"{score.engine} kills {score.killed} of {score.mutants}"
    if score.median_seconds is not None:
        line += f"; median witness {score.median_steps:g} steps, median time to detection {score.median_seconds:.2f} s"
    return f"{line}; {score.seconds:.1f} s in all"


def cell(score: Score | None) -> str:
    """One engine's result in a few words: which guarantee noticed first, the length of the witness, the tries where
    luck decides, and the time to detection."""
    if score is None:
        return ""
    if not score.killed:
        return f"not in {score.tries:,}"
    after = "" if score.engine == EXPLORER else f", try {score.tries:,}"
    return f"{score.by[0]} in {score.steps} steps{after}, {score.seconds:.2f} s"
