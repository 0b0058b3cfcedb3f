"""The answer of an experiment on the screen."""

from rich.table import Table
from rich.text import Text

from broadcast_orchestrator.properties.experiments.answers import Answers, counted, label, settings_in_words
from broadcast_orchestrator.properties.experiments.conclusion import conclusion
from broadcast_orchestrator.properties.experiments.units import measured_number
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS
from broadcast_orchestrator.reports.experiment.words import interval, replay_command, told, went_wrong
from broadcast_orchestrator.reports.output.terminal import STYLES, Screen


def show(console: Screen, found: Answers, new: int, what: str, settings: tuple[str, ...]) -> None:
    """The answer first, then the estimates, the claims with their verdicts, what went wrong, and how many runs it
    took."""
    if found.study.experiment.question:
        console.print(found.study.experiment.question, markup=False, soft_wrap=True)
    console.print(Text(conclusion(found), style="bold"), soft_wrap=True)
    console.print(_estimates(found))
    for claim in found.claims:
        where = settings_in_words(claim.settings)
        bounds = f"{measured_number(claim.estimate, claim.claim)} ({counted(claim.n)})"
        words = f"{SYMBOLS[claim.verdict]} {claim.verdict}: {claim.claim}{f' [{where}]' if where else ''}: {bounds}"
        console.print(Text(words, style=STYLES[claim.verdict]), soft_wrap=True)
    console.print(went_wrong(found), markup=False)
    for failure in found.failures[:FEW]:
        example = failure.examples[0]
        again = replay_command(what, settings, example.settings, example.seed)
        console.print(f"  {counted(failure.runs)}: {failure.sentence}: {again}", markup=False, soft_wrap=True)
    total = sum(found.runs)
    news = f"{new:,} of them new" if new else "none of them new"
    console.print(
        f"{found.study.experiment.name}: {counted(total)}, {news}, seed {found.study.experiment.seed}", markup=False
    )


FEW = 5
"""How many causes the screen tells."""


def _estimates(found: Answers) -> Table:
    sure = f"{100 * found.study.experiment.confidence:g} % interval"
    table = Table(box=None, padding=(0, 1), header_style="bold")
    swept = len(found.study.points) > 1
    for column in (("settings",) if swept else ()) + ("measure", "estimate", sure, "runs"):
        table.add_column(column, justify="left" if column in ("settings", "measure") else "right", no_wrap=True)
    if any(each.exact is not None for each in found.estimates):
        table.add_column("exact", justify="right")
    for each in told(found):
        cells = [settings_in_words(each.settings) or "as in the file"] if swept else []
        cells += [label(each), measured_number(each.estimate, each.measure), interval(each), f"{each.n:,}"]
        cells += [measured_number(each.exact, each.measure)] if each.exact is not None else []
        table.add_row(*map(Text, cells))
    return table
