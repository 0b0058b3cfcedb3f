"""`broadcast mutants`: which guarantee kills which mutant."""

from functools import partial
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from broadcast_orchestrator.model.config import near_match
from broadcast_orchestrator.properties.mutants import BY_NAME, MUTANTS
from broadcast_orchestrator.properties.mutants.mechanical.score import score_mechanical
from broadcast_orchestrator.properties.mutants.mutant import Mutant
from broadcast_orchestrator.properties.mutants.mutation_score import MutationScore, score_all
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS
from broadcast_orchestrator.reports.options.option_types import Count, Jobs, JsonFlag, Seed, Several
from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.output.formats.json_objects import print_json
from broadcast_orchestrator.reports.output.progress import progress_bar
from broadcast_orchestrator.reports.output.terminal import STYLES, Screen
from broadcast_orchestrator.reports.verify import mechanical_table
from broadcast_orchestrator.reports.verify.mutant_table import cell, engine_line, rows, sentence, verdict

Engine = Literal["explorer", "simulator", "hypothesis"]


def run(
    *,
    engine: Annotated[tuple[Engine, ...], Parameter(show_default=False)] = (),
    only: Several = (),
    mechanical: Count | None = None,
    seed: Seed = 0,
    jobs: Jobs = 1,
    as_json: JsonFlag = False,
) -> ExitCode:
    """Score the mutants and print the table; violated where one survived the explorer.

    Parameters
    ----------
    engine
        Who looks for them, the explorer by default; may be given more than once.
    only
        A mutant by name; may be given more than once.
    mechanical
        Instead of these, so many changes of the core's sources, one place each, drawn by the seed.
    seed
        Which of them are drawn.
    jobs
        How many processes share the work.
    as_json
        Print one JSON object and nothing else.
    """
    if jobs < 1:
        raise BadInput(f"--jobs {jobs}: expected a number from 1, try --jobs 1")
    if mechanical is not None:
        if engine or only:
            raise BadInput(
                "--mechanical: the explorer alone looks for mechanical mutants, leave out --engine and --only"
            )
        return run_mechanical(mechanical, seed, jobs, as_json=as_json)
    engines, mutants = tuple(dict.fromkeys(engine or ("explorer",))), chosen(only)
    with progress_bar() as progress:
        teeth = score_all(engines, mutants, jobs=jobs, progress=partial(progress, "hunting mutants"))
    if as_json:
        print_json(teeth.to_json())
    else:
        show(Screen(), teeth)
    return exit_code(verdict(teeth))


def run_mechanical(count: int, seed: int, jobs: int, *, as_json: bool) -> ExitCode:
    """Score so many mechanical mutants and show every survivor; violated where nobody knows why one survives."""
    if count < 1:
        raise BadInput(f"--mechanical {count}: expected a number from 1, try --mechanical 100")
    with progress_bar() as progress:
        scores = score_mechanical(count, seed, jobs, partial(progress, "hunting mechanical mutants"))
    if as_json:
        print_json(mechanical_table.as_json(scores))
    else:
        mechanical_table.show(Screen(), scores)
    return exit_code(mechanical_table.verdict(scores))


def chosen(only: tuple[str, ...]) -> tuple[Mutant, ...]:
    """The mutants of these names, all of them if there is none; raises BadInput for an unknown one."""
    for name in only:
        if name not in BY_NAME:
            raise BadInput(f"--only {name}: unknown mutant{near_match(name, BY_NAME)}")
    return tuple(mutant for mutant in MUTANTS if not only or mutant.name in only)


def show(console: Screen, teeth: MutationScore) -> None:
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
