"""The answer of an experiment as files: the report, JSON, JUnit XML, pictures, and the traces of some of its runs."""

from pathlib import Path

from broadcast_orchestrator.properties.experiments.answer_data import as_json
from broadcast_orchestrator.properties.experiments.answers import Answers
from broadcast_orchestrator.properties.experiments.measured import traced
from broadcast_orchestrator.reports.experiment.fleet import write_series
from broadcast_orchestrator.reports.experiment.junit import junit_xml
from broadcast_orchestrator.reports.experiment.markdown import markdown
from broadcast_orchestrator.reports.experiment.page import page, trace_of
from broadcast_orchestrator.reports.experiment.stories import story
from broadcast_orchestrator.reports.output.files import write_whole
from broadcast_orchestrator.reports.output.json_objects import json_of
from broadcast_orchestrator.sim.campaign.store import ResultStore
from broadcast_orchestrator.sim.experiments.tables import Experiment


def write_reports(found: Answers, store: ResultStore, folder: Path, what: str, settings: tuple[str, ...]) -> None:
    """The report, the answer as JSON, JUnit XML and Markdown, every picture as SVG and PNG, and traces: of a run of
    each cause of failure, and of the first run."""
    from broadcast_orchestrator.reports.charts.charts import charts  # Matplotlib takes long to import

    pictures = charts(found, store)
    for chart in pictures:
        write_whole(folder / "pictures" / f"{chart.name}.svg", chart.svg)
        write_whole(folder / "pictures" / f"{chart.name}.png", chart.png)
    if found.study.experiment.fleet is not None:
        write_series(found, store, folder)
    else:
        _write_traces(found, store, folder)
    write_whole(folder / "answer.json", json_of(as_json(found), indent=2))
    write_whole(folder / "summary.md", markdown(found, what, settings))
    write_whole(folder / "junit.xml", junit_xml(found, what, settings))
    fleet = found.study.experiment.fleet is not None
    stories = () if fleet else tuple(story(found.study, cause) for cause in found.failures)
    write_whole(folder / "report.html", page(found, pictures, stories, what, settings))


def _write_traces(found: Answers, store: ResultStore, folder: Path) -> None:
    for number_, point in enumerate(found.study.points):
        for index, seed in store.rows(number_, ("run", "seed"), 1):
            _write_trace(folder / "sample" / f"{number_}-{index}.jsonl", point.experiment, seed)
    for failure in found.failures:
        example = failure.examples[0]
        experiment = found.study.points[example.point].experiment
        _write_trace(folder / trace_of(example), experiment, example.seed)


def _write_trace(path: Path, experiment: Experiment, seed: int) -> None:
    """The trace of one run, unless it is there already."""
    if not path.is_file():
        write_whole(path, traced(experiment, seed).to_text())
