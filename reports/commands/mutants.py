"""What `broadcast mutants` does, and the same table for the HTML report: which guarantee kills which mutant."""

import json
import sys
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from broadcast_orchestrator.model.config import near_match
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, UNKNOWN, VIOLATED
from broadcast_orchestrator.properties.mutants import BY_NAME, MUTANTS
from broadcast_orchestrator.properties.mutants.mutant import Mutant
from broadcast_orchestrator.properties.mutants.mutation_score import EXPLORER, EngineScore, Score, Teeth, score_all
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.output.terminal import STYLES, Screen, progress_bar


class Row(NamedTuple):
    """A mutant with its scores by engine; `verdict` is PROVED where something killed it."""

    mutant: Mutant
    scores: dict[str, Score]
    verdict: str

    @property
    def by(self) -> str:
        """The guarantees that noticed, whichever engine found it."""
        return ", ".join(dict.fromkeys(guarantee for score in self.scores.values() for guarantee in score.by))


def run(engines: tuple[str, ...], only: tuple[str, ...], jobs: int, *, as_json: bool) -> str:
    """Score the mutants and print the table; the verdict is VIOLATED where one survived the explorer."""
    mutants = chosen(only)
    with progress_bar() as progress:
        teeth = score_all(
            engines, mutants, jobs=jobs, progress=lambda done, total: progress("hunting mutants", done, total)
        )
    if as_json:
        sys.stdout.write(json.dumps(teeth.to_json(), ensure_ascii=False) + "\n")
    else:
        show(Screen(), teeth)
    return verdict(teeth)


def chosen(only: tuple[str, ...]) -> tuple[Mutant, ...]:
    """The mutants of these names, all of them if there is none; raises BadInput for an unknown one."""
    for name in only:
        if name not in BY_NAME:
            raise BadInput(f"--only {name}: unknown mutant{near_match(name, BY_NAME)}")
    return tuple(mutant for mutant in MUTANTS if not only or mutant.name in only)


def verdict(teeth: Teeth) -> str:
    """PROVED when each mutant was killed; else VIOLATED if the explorer looked, UNKNOWN if only luck did."""
    if not teeth.survivors():
        return PROVED
    return VIOLATED if any(score.engine == EXPLORER for score in teeth.scores) else UNKNOWN


def rows(teeth: Teeth) -> tuple[Row, ...]:
    """A row a mutant, in the order of the catalogue."""
    scores: dict[str, dict[str, Score]] = {}
    for score in teeth.scores:
        scores.setdefault(score.mutant, {})[score.engine] = score
    lost = verdict(teeth)
    survivors = teeth.survivors()
    return tuple(Row(BY_NAME[name], each, lost if name in survivors else PROVED) for name, each in scores.items())


def sentence(teeth: Teeth) -> str:
    """The result in one sentence."""
    count, survivors = len(rows(teeth)), teeth.survivors()
    if survivors:
        return f"{len(survivors)} of {count} mutants survive: {', '.join(survivors)}"
    return f"all {count} mutants are killed"


class Section(NamedTuple):
    """What `mutants.html.jinja` shows, as `mutants`; beside it, the template needs `cell` and `symbols`."""

    rows: tuple[Row, ...]
    engines: tuple[EngineScore, ...]
    sentence: str
    bites: dict[str, tuple[str, ...]]


def section(teeth: Teeth) -> Section:
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


def show(console: Screen, teeth: Teeth) -> None:
    """The table, how often each guarantee bites, and the result."""
    engines = [each.engine for each in teeth.by_engine()]
    table = Table(box=None, padding=(0, 1), header_style="bold")
    for title in ("", "mutant", "breaks", "killed by", *engines):
        table.add_column(title, no_wrap=title != "killed by")
    for row in rows(teeth):
        sign = Text(SYMBOLS[row.verdict], style=STYLES[row.verdict])
        cells = [cell(row.scores.get(engine)) for engine in engines]
        table.add_row(sign, row.mutant.name, row.mutant.breaks, row.by, *cells)
    console.print(table)
    bites = "  ".join(f"{guarantee} {len(mutants)}" for guarantee, mutants in teeth.bites().items())
    console.print(Text(f"mutants killed by each guarantee: {bites}", style="dim"), soft_wrap=True)
    for each in teeth.by_engine():
        console.print(Text(engine_line(each), style="dim"), soft_wrap=True)
    result = verdict(teeth)
    console.print(Text(f"{SYMBOLS[result]} {sentence(teeth)}", style=STYLES[result]), soft_wrap=True)
