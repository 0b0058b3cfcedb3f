"""The verification in a terminal: the matrix, the claims that do not hold, and the verdict."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from broadcast_orchestrator.properties.guarantees.verdicts import HELD, PROVED, VIOLATED
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS, matrix
from broadcast_orchestrator.properties.verification.verification import NO_ALARM, Verification
from broadcast_orchestrator.reports.output.messages import one_line
from broadcast_orchestrator.reports.output.terminal import STYLES
from broadcast_orchestrator.reports.verify.causes import told_causes
from broadcast_orchestrator.reports.verify.report import left_out, sentence, tally
from broadcast_orchestrator.sim.world.faults import BY_ID


def show_verification(console: Console, verification: Verification, names: dict[str, str]) -> None:
    """The matrix, the claims that do not hold, what came of the random runs, and the verdict.

    `names` are those of the guarantees.
    """
    for told in told_causes(verification):
        rule = f" [{told.cause.rule}]" if told.cause.rule else ""
        hidden = f"; hidden by: {told.cause.hidden_by}" if told.cause.hidden_by else ""
        text = f"{told.id}{rule}: {told.short}{hidden}"
        console.print(Text(one_line(text), style="dim" if hidden else STYLES[VIOLATED]), soft_wrap=True)
    grid = matrix(verification.cells)
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("guarantee", no_wrap=True)
    for column in grid.columns:
        table.add_column(column, justify="center", no_wrap=True)
    for name, squares in grid.rows:
        signs = [Text(SYMBOLS[square.answer], style=STYLES[square.answer]) for square in squares]
        table.add_row(f"{name:<4}{names[name]}", *signs)
    console.print(table)
    named = " · ".join(f"{column} {BY_ID[column].name.replace('_', ' ')}" for column in grid.columns)
    console.print(named, style="dim", highlight=False)
    counted = tally(verification.cells).items()
    console.print("  ".join(f"{SYMBOLS[word]} {word} {count}" for word, count in counted), style="dim", highlight=False)
    for claim in verification.claims:
        held = claim.verdict in (PROVED, HELD)
        if not held or claim.claim == NO_ALARM:
            text = f"{SYMBOLS[claim.verdict]} {claim.engine}: {claim.claim}: {claim.evidence}"
            console.print(Text(one_line(text), style="dim" if held else STYLES[claim.verdict]), soft_wrap=True)
    verdict = f"{SYMBOLS[verification.verdict]} {sentence(verification)} ({verification.seconds:.1f} s)"
    console.print(Text(verdict, style=STYLES[verification.verdict]), soft_wrap=True)
    for words in left_out(verification):
        console.print(Text(one_line(words), style="dim"), soft_wrap=True)
