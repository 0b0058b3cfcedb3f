"""What went wrong in a run as a timeline: the command that failed, from its beginning to its end."""

from markupsafe import Markup

from broadcast_orchestrator.model.events import SUCCEEDED, Accepted, Settled
from broadcast_orchestrator.properties.experiments.answers import FailureCause
from broadcast_orchestrator.reports.timelines.parts import part_from
from broadcast_orchestrator.reports.timelines.timeline import timeline
from broadcast_orchestrator.reports.timelines.timeline_svg import svg_with_names
from broadcast_orchestrator.sim.world.trace import Passage, Trace, walk

MOST = 60
"""More steps than this nobody follows in a picture; the trace has them."""


def story(cause: FailureCause, trace: Trace) -> Markup:
    """The timeline of the first run with this cause, which left this trace; empty where it would be too long to
    follow."""
    part = _failing(tuple(walk(trace)))
    if not 0 < len(part) <= MOST:
        return Markup()
    return Markup(svg_with_names(timeline(part), f"Run {cause.examples[0].run}: {cause.sentence}"))


def _failing(run: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """The steps of the first command that failed; the whole run where none did."""
    begun = 0
    for number, passage in enumerate(run):
        for effect in passage.effects:
            if isinstance(effect, Accepted) and not effect.joined:
                begun = number
            if isinstance(effect, Settled) and effect.verdict != SUCCEEDED and effect.failures:
                return part_from(run[: number + 1], begun)
    return run
