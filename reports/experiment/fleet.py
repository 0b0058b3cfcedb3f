"""What is said of a run of a fleet: one run made again by its seed, and its time series as files."""

from collections.abc import Iterator
from pathlib import Path

from broadcast_orchestrator.properties.experiments.answers import Answers
from broadcast_orchestrator.properties.experiments.fleet import measured_fleet
from broadcast_orchestrator.properties.experiments.units import measured_number
from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code_if
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.output.terminal import Screen
from broadcast_orchestrator.sim.campaign.store import ResultStore
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import FLEET_MEASURES
from broadcast_orchestrator.sim.experiments.tables import Experiment


def replay_fleet(experiment: Experiment, seed: int, trace: Path | None) -> ExitCode:
    """Make one run of a fleet again by its seed and print what was measured; violated if something went wrong."""
    if trace is not None:
        raise BadInput("--trace: a fleet has too many steps to write down, leave it out")
    found = measured_fleet(experiment, seed)
    console = Screen()
    for name, value in zip(FLEET_MEASURES, found.values, strict=True):
        if value is not None:
            shown = ("yes" if value else "no") if isinstance(value, bool) else measured_number(value, name)
            console.print(f"{name:>26}  {shown}", markup=False, highlight=False)
    console.print(f"went wrong: {found.why}" if found.why else "nothing went wrong", markup=False, soft_wrap=True)
    return exit_code_if(found.why)


def series(found: Answers, store: ResultStore) -> Iterator[tuple[str, str]]:
    """The time series of the first runs of each point, a JSON file each: its name and its text."""
    for number, runs in enumerate(found.runs):
        for run, text in store.rows(number, ("run", "series"), runs, "series <> ''"):
            yield f"series/{number}-{run}.json", text + "\n"
