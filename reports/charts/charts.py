"""The pictures of an experiment: each answers one question at a glance, in the colour-blind safe hues of Okabe and
Ito, and never by colour alone. Only matplotlib's own objects are used, no global state: the same results give the same
bytes."""

from collections.abc import Iterator

from matplotlib import rc_context

from broadcast_orchestrator.properties.experiments.answers import Answers
from broadcast_orchestrator.reports.charts.drawing import (
    STYLE,
    Chart,
    Drawn,
    saved,
)
from broadcast_orchestrator.reports.charts.estimates import estimates
from broadcast_orchestrator.reports.charts.fleet_charts import fleet_pictures
from broadcast_orchestrator.reports.charts.runs import left_on, strikes, time_to_live
from broadcast_orchestrator.reports.charts.settings import swept, tornado
from broadcast_orchestrator.sim.campaign.store import ResultStore


def charts(found: Answers, store: ResultStore) -> tuple[Chart, ...]:
    """Every picture that the results have something to say for."""
    with rc_context(STYLE):  # type: ignore[arg-type]
        return tuple(saved(drawn) for drawn in _drawn(found, store))


def _drawn(found: Answers, store: ResultStore) -> Iterator[Drawn]:
    if found.study.experiment.design == "one_at_a_time" and len(found.study.points) > 1:
        yield from tornado(found)
    else:
        yield from swept(found)
    if found.study.experiment.fleet is not None:
        yield from fleet_pictures(found, store)
        yield from estimates(found)
        return
    yield from estimates(found)
    yield from time_to_live(found, store)
    yield from strikes(found, store)
    yield from left_on(found, store)
