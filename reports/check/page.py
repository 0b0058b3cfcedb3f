"""What a check has found as an HTML file beside the files that it links to; all of it can be read without a script."""

from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from broadcast_orchestrator.model.table import EDGES
from broadcast_orchestrator.properties.checking import CheckReport, Finding
from broadcast_orchestrator.properties.checking.baseline import Compared
from broadcast_orchestrator.properties.checking.judge.catalogue import ROWS
from broadcast_orchestrator.properties.checking.judge.ranks import RANK_NAMES
from broadcast_orchestrator.properties.guarantees.verdicts import HELD, UNKNOWN, VIOLATED
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS
from broadcast_orchestrator.reports.check.diagram import learned_graph
from broadcast_orchestrator.reports.check.file_names import FileNames
from broadcast_orchestrator.reports.check.timeline import finding_timeline
from broadcast_orchestrator.reports.check.words import (
    NEVER_CALLED,
    Started,
    check_command,
    counted,
    effort,
    follower_in_words,
    replay_command,
    unobserved,
    verdict,
    without_it,
)
from broadcast_orchestrator.reports.graphs.drawing import on_page
from broadcast_orchestrator.reports.output.page_shell import environment, shell
from broadcast_orchestrator.reports.timelines.timeline_svg import svg_with_names
from broadcast_orchestrator.sim.subjects.dialect import Dialect


class ToldStep(NamedTuple):
    """A step of the smallest sequence, or a setting of it, and what becomes of the sequence without it."""

    words: str
    without: str


class Card(NamedTuple):
    """A finding as the page shows it."""

    number: int
    finding: Finding
    status: str
    steps: tuple[ToldStep, ...]
    replay: str
    files: FileNames
    picture: Markup

    @property
    def gravity(self) -> str:
        """How grave it is, in words."""
        return RANK_NAMES[self.finding.rank]


def html(report: CheckReport, compared: Compared, started: Started, dialect: Dialect) -> str:
    """The whole page: the verdict, a card for each finding, then what else was seen and what was not."""
    new = tuple(_cards(compared.new, "new", started, dialect))
    known = tuple(_cards(compared.known, "known", started, dialect))
    seen = {(source, target) for source, target, _ in report.transitions}
    answer = VIOLATED if new else HELD if report.complete else UNKNOWN
    page = environment().get_template("check.html.jinja")
    return page.render(
        **shell(),
        report=report,
        compared=compared,
        verdict=verdict(report, compared).partition(" ")[2],
        symbol=SYMBOLS[answer],
        seal={HELD: "proved"}.get(answer, answer),
        new=new,
        known=known,
        guarantees=ROWS,
        broken=[name for name in ROWS if name in {each.finding.guarantee for each in new}],
        gravities=[name for name in RANK_NAMES.values() if name in {each.gravity for each in new}],
        counted=counted(report),
        effort=effort(report),
        follower=follower_in_words,
        unobserved=tuple(unobserved(report.not_observable)),
        never_called=NEVER_CALLED,
        again=check_command(started),
        rows_seen=sum((str(source), str(target)) in seen for source, target in EDGES),
        rows=len(EDGES),
        graph=Markup(on_page(learned_graph(report.transitions))),
    )


def _cards(findings: tuple[Finding, ...], status: str, started: Started, dialect: Dialect) -> Iterator[Card]:
    for number, finding in enumerate(findings, 1):
        yield Card(
            number,
            finding,
            status,
            tuple(_steps(finding)),
            replay_command(finding, started),
            FileNames.of(finding),
            Markup(svg_with_names(finding_timeline(finding, dialect), f"Timeline of {finding.id}"))
            if finding.evidence.moments
            else Markup(),
        )


def _steps(finding: Finding) -> Iterator[ToldStep]:
    """The steps in their order, then what else can be left out, such as a setting."""
    without = {why.event: without_it(why) for why in finding.why}
    yield from (ToldStep(step, without.pop(step, "")) for step in finding.steps)
    yield from (ToldStep(event, told) for event, told in without.items())
