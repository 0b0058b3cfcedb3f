"""`broadcast experiment`: a question answered by many simulated runs."""

from broadcast_orchestrator.reports.experiment.options import ExperimentOptions
from broadcast_orchestrator.reports.options.places import made_folder, writable
from broadcast_orchestrator.reports.output.exit_codes import ExitCode
from broadcast_orchestrator.reports.output.files import BadInput

DEFAULTS = ExperimentOptions()


def run(what: str | None = None, /, *, options: ExperimentOptions = DEFAULTS) -> ExitCode:
    """List, tell the schema, make one run again, or answer the question of the experiment.

    Parameters
    ----------
    what
        An experiment file, or the name of one that ships with the package.
    """
    from broadcast_orchestrator.reports.experiment import answering  # pydantic, SciPy and SimPy; help needs none

    if options.listed:
        return answering.list_all()
    if options.schema:
        return answering.print_schema(of_answer=options.as_json)
    if what is None:
        raise BadInput("experiment: name a file or an experiment, try broadcast experiment --list")
    _check(options)
    if options.replay is not None:
        writable(options.trace)
        return answering.replay(answering.changed(what, options), options.replay, options.trace)
    study = answering.changed(what, options)
    with made_folder(options.out) as folder:
        return answering.answer(study, options, what, folder)


def _check(options: ExperimentOptions) -> None:
    if options.jobs < -1 or options.jobs == 0:
        raise BadInput(f"--jobs {options.jobs}: expected a number from 1, or -1 for all cores")
    if options.trace is not None and options.replay is None:
        raise BadInput(f"--trace {options.trace}: goes with --replay SEED")
    if options.parquet and options.out is None:
        raise BadInput("--parquet: needs a folder, add --out DIR")
