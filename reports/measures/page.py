"""The table of measures as an HTML file that loads nothing; its first picture is the matrix, guide beside all."""

from broadcast_orchestrator.model.measures import MEASURES
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES
from broadcast_orchestrator.properties.measures.price import lines_of
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS, answer
from broadcast_orchestrator.reports.measures.facts import BEYOND, MeasuresReport, price_of, squares, story, why
from broadcast_orchestrator.reports.output.page_shell import environment, shell
from broadcast_orchestrator.sim.world.faults import BY_ID


def html(report: MeasuresReport, beside: str = "") -> str:
    """The whole page, with a link to the report that stands `beside` it, if there is one."""
    page = environment().get_template("measures.html.jinja")
    return page.render(
        **shell(),
        report=report,
        beside=beside,
        matrices=report.matrices,
        open_cells=report.open_cells,
        measures=MEASURES,
        lines_of=lines_of,
        guarantees={guarantee.id: guarantee for guarantee in GUARANTEES},
        faults=BY_ID,
        symbols=SYMBOLS,
        answer=answer,
        why=why,
        story=story,
        squares=squares,
        price_of=lambda trial: price_of(report, trial),
        beyond=BEYOND,
        seal=report.verdict,
        symbol=SYMBOLS[report.verdict],
    )
