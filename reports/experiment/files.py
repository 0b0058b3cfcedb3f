"""The answer of an experiment as files: the report, JSON, JUnit XML, pictures, and the traces of some of its runs."""

from collections.abc import Iterator
from pathlib import Path

from markupsafe import Markup

from broadcast_orchestrator.properties.experiments.answer_data import as_json
from broadcast_orchestrator.properties.experiments.answers import Answers, FailedRun, FailureCause
from broadcast_orchestrator.properties.experiments.measured import traced
from broadcast_orchestrator.reports.experiment.fleet import series
from broadcast_orchestrator.reports.experiment.junit import junit_xml
from broadcast_orchestrator.reports.experiment.markdown import markdown
from broadcast_orchestrator.reports.experiment.page import page, place_of
from broadcast_orchestrator.reports.experiment.stories import story
from broadcast_orchestrator.reports.experiment.words import replay_command
from broadcast_orchestrator.reports.output.files import write_folder
from broadcast_orchestrator.reports.output.formats.json_objects import json_of
from broadcast_orchestrator.reports.viewer.opened import whole
from broadcast_orchestrator.reports.viewer.run_page import html as viewed
from broadcast_orchestrator.sim.campaign.store import ResultStore
from broadcast_orchestrator.sim.realtime.playback import Playback
from broadcast_orchestrator.sim.world.trace import Trace


def write_reports(found: Answers, store: ResultStore, folder: Path, what: str, settings: tuple[str, ...]) -> None:
    """The report, the answer as JSON, JUnit XML and Markdown, every picture as SVG and PNG, and traces: of a run of
    each cause of failure with a page to step through, and of the first run; all of them or none."""
    write_folder(folder, _files(found, store, what, settings))


def _files(
    found: Answers, store: ResultStore, what: str, settings: tuple[str, ...]
) -> Iterator[tuple[str, str | bytes]]:
    from broadcast_orchestrator.reports.charts.charts import charts  # Matplotlib takes long to import

    pictures = charts(found, store)
    for chart in pictures:
        yield f"pictures/{chart.name}.svg", chart.svg
        yield f"pictures/{chart.name}.png", chart.png
    stories: tuple[Markup, ...] = ()
    if found.study.experiment.fleet is not None:
        yield from series(found, store)
    else:
        yield from _samples(found, store)
        traces = [_trace_of(found, cause.examples[0]) for cause in found.failures]
        for cause, trace in zip(found.failures, traces, strict=True):
            yield from _failure(cause, trace, what, settings)
        stories = tuple(map(story, found.failures, traces))
    yield "answer.json", json_of(as_json(found), indent=2)
    yield "summary.md", markdown(found, what, settings)
    yield "junit.xml", junit_xml(found, what, settings)
    yield "report.html", page(found, pictures, stories, what, settings)


def _samples(found: Answers, store: ResultStore) -> Iterator[tuple[str, str]]:
    for number, point in enumerate(found.study.points):
        for index, seed in store.rows(number, ("run", "seed"), 1):
            yield f"sample/{number}-{index}.jsonl", traced(point.experiment, seed).to_text()


def _trace_of(found: Answers, run: FailedRun) -> Trace:
    return traced(found.study.points[run.point].experiment, run.seed)


def _failure(cause: FailureCause, trace: Trace, what: str, settings: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    run = cause.examples[0]
    yield f"{place_of(run)}.jsonl", trace.to_text()
    again = replay_command(what, settings, run.settings, run.seed)
    yield f"{place_of(run)}.html", viewed(whole(Playback(trace)), f"run {run.run}", "studio", (again,), cause.sentence)
