"""`broadcast kit`: where the kit for TypeScript lies."""

from importlib import resources

from broadcast_orchestrator.reports.output.exit_codes import ExitCode


def run() -> ExitCode:
    """Print the folder of the kit, which npm can install."""
    print(resources.files("broadcast_orchestrator.sim").joinpath("node"))
    return ExitCode.AS_CLAIMED
