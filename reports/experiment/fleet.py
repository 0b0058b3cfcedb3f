"""What is said of a run of a fleet: one run made again by its seed, and its time series as files."""

from pathlib import Path

from broadcast_orchestrator.properties.experiments.answers import Answers
from broadcast_orchestrator.properties.experiments.fleet import measured_fleet
from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code_if
from broadcast_orchestrator.reports.output.files import BadInput, write_whole
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
            shown = ("yes" if value else "no") if isinstance(value, bool) else f"{value:,.3f}"
            console.print(f"{name:>26}  {shown}", markup=False, highlight=False)
    console.print(f"went wrong: {found.why}" if found.why else "nothing went wrong", markup=False, soft_wrap=True)
    return exit_code_if(found.why)


def write_series(found: Answers, store: ResultStore, folder: Path) -> None:
    """The time series of the first runs of each point, a JSON file each."""
    for number, runs in enumerate(found.runs):
        for run, series in store.rows(number, ("run", "series"), runs, "series <> ''"):
            write_whole(folder / "series" / f"{number}-{run}.json", series + "\n")
