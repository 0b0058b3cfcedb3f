"""The report as one HTML file that loads nothing, can be read without its script, and shows every text as text."""

from dataclasses import replace

from markupsafe import Markup

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.guide.readings import READING, READINGS
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES
from broadcast_orchestrator.properties.telling.story import in_full
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS, answer
from broadcast_orchestrator.reports.changes.changes import SIGNS
from broadcast_orchestrator.reports.charts.growth_chart import panels
from broadcast_orchestrator.reports.graphs.drawing import on_page
from broadcast_orchestrator.reports.graphs.graph import Graph, coverage_graph
from broadcast_orchestrator.reports.graphs.space_graph import space_graph
from broadcast_orchestrator.reports.graphs.witness_graph import witness_graph
from broadcast_orchestrator.reports.output.page_shell import environment, shell
from broadcast_orchestrator.reports.timelines.timeline import Note, timeline
from broadcast_orchestrator.reports.timelines.timeline_svg import svg_with_names
from broadcast_orchestrator.reports.verify.fault_coverage import COLUMNS, strikes
from broadcast_orchestrator.reports.verify.mechanical_table import kills
from broadcast_orchestrator.reports.verify.mutant_table import cell, section
from broadcast_orchestrator.reports.verify.report import Told, VerificationReport, headline, judged_core, tally
from broadcast_orchestrator.sim.world.faults import BY_ID
from broadcast_orchestrator.sim.world.trace import Passage


def html(report: VerificationReport) -> str:
    """The whole page. Its policy names the one style sheet and the one script by their hashes, and forbids all else."""
    verification = report.verification
    page = environment().get_template("report.html.jinja")
    return page.render(
        **shell(images=bool(report.experiments)),
        report=report,
        verification=verification,
        seal=verification.verdict,
        core="the reference" if verification.asked.rules is Core else judged_core(verification.asked.rules),
        headline=headline(verification),
        guarantees={guarantee.id: guarantee for guarantee in GUARANTEES},
        tally=tally(verification.cells),
        matrices=report.measures.matrices if report.measures else (),
        growth_panels=panels(verification.growth),
        mutants=section(verification.teeth) if verification.teeth else None,
        cell=cell,
        kills=kills,
        graph=_drawn(coverage_graph(verification.coverage)),
        space=_drawn(space_graph(verification.survey)) if verification.survey else "",
        path=_path,
        strikes=strikes(verification.cells),
        strike_places=COLUMNS,
        example=picture(report.example, "a start that failed and was rolled back") if report.example else "",
        example_story=tuple(map(in_full, report.example)),
        readings=READINGS,
        reading=READING,
        faults=BY_ID,
        symbols=SYMBOLS,
        signs=SIGNS,
        answer=answer,
        picture=picture,
    )


def picture(run: tuple[Passage, ...], title: str, violation: str = "") -> Markup:
    """The timeline of a run, with the violation that it ends in, if any; the writer of its XML escapes every text."""
    notes = (Note(len(run) - 1, violation),) if violation else ()
    return Markup(svg_with_names(timeline(run, notes), title))


def _drawn(graph: Graph) -> Markup:
    return Markup(on_page(graph))


def _path(told: Told) -> Markup:
    """A witness as a path through the procedures' graph."""
    graph = witness_graph(told.run, {len(told.run): told.what})
    return _drawn(replace(graph, name=f"witness {told.id}"))
