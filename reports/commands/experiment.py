"""What `broadcast experiment` does: make the runs that are missing, show the answer, write pictures and traces."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from broadcast_orchestrator.properties.experiments import fleet
from broadcast_orchestrator.properties.experiments.answers import (
    Answers,
    Precise,
    Sequential,
    answers,
    counted,
    settings_in_words,
)
from broadcast_orchestrator.properties.experiments.answers import as_json as plain_answers
from broadcast_orchestrator.properties.experiments.exact import with_exact
from broadcast_orchestrator.properties.experiments.measured import columns, measured, traced, work
from broadcast_orchestrator.properties.guarantees.verdicts import HELD, UNKNOWN, VIOLATED
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS
from broadcast_orchestrator.reports.experiment.fleet import replay_fleet, write_series
from broadcast_orchestrator.reports.experiment.words import interval, label, number, replay_command, told
from broadcast_orchestrator.reports.output.files import BadInput, write_whole
from broadcast_orchestrator.reports.output.terminal import STYLES, Screen, wide_screen
from broadcast_orchestrator.reports.timelines.timeline_text import show_timeline
from broadcast_orchestrator.sim.campaign import parquet
from broadcast_orchestrator.sim.campaign.cluster import ClusterError
from broadcast_orchestrator.sim.campaign.parquet import ParquetError
from broadcast_orchestrator.sim.campaign.running import Never, Stop, conduct
from broadcast_orchestrator.sim.campaign.store import ResultStore, StoreError
from broadcast_orchestrator.sim.experiments.files import Study, load, names, published_schema, value_of
from broadcast_orchestrator.sim.experiments.mistakes import ExperimentError
from broadcast_orchestrator.sim.experiments.tables import Experiment
from broadcast_orchestrator.sim.world.trace import walk

EXIT_CODES = {HELD: 0, VIOLATED: 1, UNKNOWN: 3}
RESULTS = "results.sqlite"


def list_all() -> int:
    """Print the experiments that ship with the package, a line each."""
    table = Table(box=None, padding=(0, 2), show_header=False)
    table.add_column(no_wrap=True)
    for name in names():
        table.add_row(name, Text(load(name).experiment.description))
    wide_screen().print(table)
    return 0


def print_schema(*, of_answer: bool) -> int:
    """Print the JSON schema of experiment files, for editors that check a file while it is written, or that of the
    answer, for programs that read it."""
    print(json.dumps(answer_schema() if of_answer else published_schema(), indent=2))
    return 0


def answer_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what `--json` prints."""
    file = resources.files("broadcast_orchestrator.reports").joinpath("schema", "answer.schema.json")
    shipped: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return shipped


def changed(what: str, settings: tuple[str, ...], runs: int | None, seed: int | None) -> Study:
    """The study with what the command line says; raises `BadInput` for whatever is wrong."""
    changes: dict[str, object] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise BadInput(f"--set {setting}: expected KEY=VALUE, such as --set config.max_retries=5")
        changes[key.strip()] = value_of(value.strip())
    changes |= {name: value for name, value in (("runs", runs), ("seed", seed)) if value is not None}
    try:
        return load(what, changes)
    except ExperimentError as mistake:
        raise BadInput(str(mistake)) from None


class ExperimentOptions(NamedTuple):
    """How an experiment is made and answered: the folder for its files, the number of processes, what ends it early,
    the address of a cluster, whether to print JSON, whether exact values are wanted, and whether a Parquet file is."""

    folder: Path | None = None
    jobs: int = 1
    until: str | None = None
    cluster: str | None = None
    as_json: bool = False
    exact: bool = False
    parquet: bool = False


def run(study: Study, options: ExperimentOptions, what: str, settings: tuple[str, ...]) -> int:
    """Make the runs, print the answer, write the report if there is a folder; returns the exit code.

    `what` and `settings` are those of the command line, for the commands that make a run again.
    """
    if options.exact and study.experiment.fleet is not None:
        raise BadInput("--exact: there are no exact values for a fleet, leave it out")
    stop = stopping(options.until)
    with _folder(options.folder) as place, _store(place / RESULTS, study) as store:
        before = store.total
        made = _made(study, store, options, stop)
        found = answers(study, store, made, sequential=options.until == "decided")
        found = with_exact(found) if options.exact else found
        if options.as_json:
            sys.stdout.write(json.dumps(plain_answers(found), ensure_ascii=False) + "\n")
        else:
            show(wide_screen(), found, store.total - before, what, settings)
        if options.folder is not None:
            write_reports(found, store, options.folder, what, settings)
            if options.parquet:
                parquet.write(study, store, made, options.folder / "runs.parquet")
            if not options.as_json:
                print(f"report: {options.folder / 'report.html'}")
    return EXIT_CODES[found.verdict]


def _made(
    study: Study, store: ResultStore, options: ExperimentOptions, stop: Callable[[Experiment], Stop]
) -> tuple[int, ...]:
    runs = study.experiment.runs
    with progress_bar() as progress:
        return conduct(
            study,
            store,
            work if study.experiment.fleet is None else fleet.work,
            runs,
            jobs=options.jobs,
            stop=stop,
            progress=progress,
            cluster=options.cluster,
        )


def replay(study: Study, seed: int, trace: Path | None) -> int:
    """Make one run again by its seed, show it, and say what went wrong; 1 if something did, else 0."""
    if study.experiment.fleet is not None:
        return replay_fleet(study.experiment, seed, trace)
    run, evidence = measured(study.experiment, seed), traced(study.experiment, seed)
    console = Screen()
    show_timeline(console, tuple(walk(evidence)))
    if trace is not None:
        write_whole(trace, evidence.to_text())
        console.print(f"trace: {trace}", markup=False, soft_wrap=True)
    console.print(f"went wrong: {run.why}" if run.why else "nothing went wrong", markup=False, soft_wrap=True)
    console.print(f"ends in {run.ends_in} after {run.values[-1]:,.0f} ms", markup=False)
    return 1 if run.why else 0


def stopping(until: str | None) -> Callable[[Experiment], Stop]:
    """What ends a point early; raises `BadInput` for what makes no sense."""
    if until is None:
        return lambda experiment: Never()
    if until == "decided":
        return Sequential
    name, _, text = until.partition("=")
    try:
        precision = float(text)
    except ValueError:
        precision = 0.0
    if name != "precision" or not 0 < precision < 1:
        raise BadInput(f"--until {until}: expected precision=SHARE or decided, try --until precision=0.01")
    return lambda experiment: Precise(experiment, precision)


# -- Places ---------------------------------------------------------------------------------------


@contextmanager
def _folder(folder: Path | None) -> Iterator[Path]:
    """The folder, or one that is gone afterwards: results are kept on disk either way, not in memory."""
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="broadcast-") as name:
        yield Path(name)


@contextmanager
def _store(path: Path, study: Study) -> Iterator[ResultStore]:
    try:
        made = columns if study.experiment.fleet is None else fleet.columns
        with ResultStore.begin(path, study, made(study.experiment)) as store:
            yield store
    except (StoreError, ClusterError, ParquetError) as mistake:
        raise BadInput(str(mistake)) from None


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int], None]]:
    """Tells a person at a terminal how many runs there are and how long it will take, on standard error."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total: None
        return
    shown = (TextColumn("runs"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*shown, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


# -- On the screen --------------------------------------------------------------------------------


def show(console: Screen, found: Answers, new: int, what: str, settings: tuple[str, ...]) -> None:
    """The estimates, the claims with their verdicts, the first runs that went wrong, and how many runs it took."""
    console.print(_estimates(found))
    for claim in found.claims:
        where = settings_in_words(claim.settings)
        bounds = f"{number(claim.estimate, claim.claim)} ({counted(claim.n)})"
        words = f"{SYMBOLS[claim.verdict]} {claim.verdict}: {claim.claim}{f' [{where}]' if where else ''}: {bounds}"
        console.print(Text(words, style=STYLES[claim.verdict]), soft_wrap=True)
    if found.failed:
        console.print(f"{counted(found.failed)} went wrong; the first of them:", markup=False)
    for failure in found.failures[:5]:
        again = replay_command(what, settings, failure.settings, failure.seed)
        console.print(f"  run {failure.run}: {failure.why}: {again}", markup=False, soft_wrap=True)
    total = sum(found.runs)
    news = f"{new:,} of them new" if new else "none of them new"
    console.print(
        f"{found.study.experiment.name}: {counted(total)}, {news}, seed {found.study.experiment.seed}", markup=False
    )


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
        cells += [label(each), number(each.estimate, each.measure), interval(each), f"{each.n:,}"]
        cells += [number(each.exact, each.measure)] if each.exact is not None else []
        table.add_row(*map(Text, cells))
    return table


# -- Files ----------------------------------------------------------------------------------------


def write_reports(found: Answers, store: ResultStore, folder: Path, what: str, settings: tuple[str, ...]) -> None:
    """The report, the answer as JSON and as JUnit XML, every picture as SVG and PNG, and traces: of failures, and of
    the first run."""
    from broadcast_orchestrator.reports.charts.charts import charts
    from broadcast_orchestrator.reports.experiment.junit import junit_xml
    from broadcast_orchestrator.reports.experiment.page import page

    pictures = charts(found, store)
    for chart in pictures:
        write_whole(folder / "pictures" / f"{chart.name}.svg", chart.svg)
        write_whole(folder / "pictures" / f"{chart.name}.png", chart.png)
    if found.study.experiment.fleet is not None:
        write_series(found, store, folder)
    else:
        _write_traces(found, store, folder)
    write_whole(folder / "answer.json", json.dumps(plain_answers(found), ensure_ascii=False, indent=2) + "\n")
    write_whole(folder / "junit.xml", junit_xml(found, what, settings))
    write_whole(folder / "report.html", page(found, pictures, what, settings))


def _write_traces(found: Answers, store: ResultStore, folder: Path) -> None:
    for number_, point in enumerate(found.study.points):
        for index, seed in store.rows(number_, ("run", "seed"), 1):
            _write_trace(folder / "sample" / f"{number_}-{index}.jsonl", point.experiment, seed)
    for failure in found.failures:
        point = found.study.points[failure.point]
        _write_trace(folder / "failures" / f"{failure.point}-{failure.run}.jsonl", point.experiment, failure.seed)


def _write_trace(path: Path, experiment: Experiment, seed: int) -> None:
    """The trace of one run, unless it is there already."""
    if not path.is_file():
        write_whole(path, traced(experiment, seed).to_text())
