"""What `broadcast experiment` does: make the runs that are missing, show the answer, write pictures and traces."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.table import Table
from rich.text import Text

from broadcast_orchestrator.properties.experiments import fleet
from broadcast_orchestrator.properties.experiments.answer_data import as_json as plain_answers
from broadcast_orchestrator.properties.experiments.answers import Answers, Precise, Sequential, answers
from broadcast_orchestrator.properties.experiments.exact.exact import with_exact
from broadcast_orchestrator.properties.experiments.measured import columns, measured, traced, work
from broadcast_orchestrator.reports.experiment.files import write_reports
from broadcast_orchestrator.reports.experiment.fleet import replay_fleet
from broadcast_orchestrator.reports.experiment.markdown import markdown
from broadcast_orchestrator.reports.experiment.options import ExperimentOptions
from broadcast_orchestrator.reports.experiment.screen import show
from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code, exit_code_if
from broadcast_orchestrator.reports.output.files import BadInput, write_whole
from broadcast_orchestrator.reports.output.formats.json_objects import print_json
from broadcast_orchestrator.reports.output.formats.schemas import schema
from broadcast_orchestrator.reports.output.interrupts import say
from broadcast_orchestrator.reports.output.progress import progress_bar
from broadcast_orchestrator.reports.output.step_summary import add_step_summary
from broadcast_orchestrator.reports.output.terminal import Screen, wide_screen
from broadcast_orchestrator.reports.timelines.timeline_text import show_timeline
from broadcast_orchestrator.sim.campaign import parquet
from broadcast_orchestrator.sim.campaign.cluster import ClusterError
from broadcast_orchestrator.sim.campaign.parquet import ParquetError
from broadcast_orchestrator.sim.campaign.running import Never, Stop, conduct
from broadcast_orchestrator.sim.campaign.store import RESULTS, ResultStore, StoreError
from broadcast_orchestrator.sim.experiments.files import Study, load, names, published_schema, value_of
from broadcast_orchestrator.sim.experiments.mistakes import ExperimentError
from broadcast_orchestrator.sim.experiments.tables import Experiment
from broadcast_orchestrator.sim.world.trace import walk


def list_all() -> ExitCode:
    """Print the experiments that ship with the package, a line each."""
    table = Table(box=None, padding=(0, 2), show_header=False)
    table.add_column(no_wrap=True)
    for name in names():
        table.add_row(name, Text(load(name).experiment.description))
    wide_screen().print(table)
    return ExitCode.AS_CLAIMED


def print_schema(*, of_answer: bool) -> ExitCode:
    """Print the JSON schema of experiment files, for editors that check a file while it is written, or that of the
    answer, for programs that read it."""
    print(json.dumps(schema("answer") if of_answer else published_schema(), indent=2))
    return ExitCode.AS_CLAIMED


def changed(what: str, options: ExperimentOptions) -> Study:
    """The study with what the command line says; raises `BadInput` for whatever is wrong."""
    changes: dict[str, object] = {}
    for setting in options.settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise BadInput(f"--set {setting}: expected KEY=VALUE, such as --set config.max_retries=5")
        changes[key.strip()] = value_of(value.strip())
    given = (("runs", options.runs), ("seed", options.seed))
    changes |= {name: value for name, value in given if value is not None}
    try:
        return load(what, changes)
    except ExperimentError as mistake:
        raise BadInput(str(mistake)) from None


def answer(study: Study, options: ExperimentOptions, what: str, folder: Path | None) -> ExitCode:
    """Make the runs, print the answer, write the report if there is a folder."""
    if options.exact and study.experiment.fleet is not None:
        raise BadInput("--exact: there are no exact values for a fleet, leave it out")
    stop = stopping(options.until)
    with _store(None if folder is None else folder / RESULTS, study) as store:
        before = store.total
        try:
            made = _made(study, store, options, stop)
        except KeyboardInterrupt:
            if folder is not None:
                say(f"{store.total:,} runs are kept in {folder}, the same command goes on from there")
            raise
        found = answers(study, store, made, sequential=options.until == "decided")
        found = with_exact(found) if options.exact else found
        if options.as_json:
            print_json(plain_answers(found))
        else:
            show(wide_screen(), found, store.total - before, what, options.settings)
        add_step_summary(lambda: markdown(found, what, options.settings))
        if folder is not None:
            _write(found, store, made, options, what, folder)
    return exit_code(found.verdict)


def _made(
    study: Study, store: ResultStore, options: ExperimentOptions, stop: Callable[[Experiment], Stop]
) -> tuple[int, ...]:
    with progress_bar() as tell:
        return conduct(
            study,
            store,
            work if study.experiment.fleet is None else fleet.work,
            study.experiment.runs,
            jobs=options.jobs,
            stop=stop,
            progress=lambda done, total, wrong: tell("runs", done, total, f"{wrong:,} went wrong" if wrong else ""),
            cluster=options.cluster,
        )


def _write(
    found: Answers, store: ResultStore, made: tuple[int, ...], options: ExperimentOptions, what: str, folder: Path
) -> None:
    write_reports(found, store, folder, what, options.settings)
    if options.parquet:
        parquet.write(found.study, store, made, folder / "runs.parquet")
    if not options.as_json:
        print(f"report: {folder / 'report.html'}")


def replay(study: Study, seed: int, trace: Path | None) -> ExitCode:
    """Make one run again by its seed, show it, and say what went wrong; violated if something did."""
    if study.experiment.fleet is not None:
        return replay_fleet(study.experiment, seed, trace)
    again, evidence = measured(study.experiment, seed), traced(study.experiment, seed)
    console = Screen()
    show_timeline(console, tuple(walk(evidence)))
    if trace is not None:
        write_whole(trace, evidence.to_text())
        console.print(f"trace: {trace}", markup=False, soft_wrap=True)
    console.print(f"went wrong: {again.why}" if again.why else "nothing went wrong", markup=False, soft_wrap=True)
    console.print(f"ends in {again.ends_in} after {again.values[-1]:,.0f} ms", markup=False)
    return exit_code_if(again.why)


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


@contextmanager
def _store(path: Path | None, study: Study) -> Iterator[ResultStore]:
    """Where results are kept; without a path in a file that nobody sees: they are on disk either way, not in memory."""
    try:
        made = columns if study.experiment.fleet is None else fleet.columns
        with ResultStore.begin(path, study, made(study.experiment), say) as store:
            yield store
    except (StoreError, ClusterError, ParquetError) as mistake:
        raise BadInput(str(mistake)) from None
