"""The option `--rules`: another core to be judged, by its import path."""

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.input.import_paths import PathNotFound
from broadcast_orchestrator.sim.world.rules_by_name import REFERENCE, find_rules, is_of_the_model


def rules_given(path: str | None) -> type[Core]:
    """The rules at the path, or the reference's. Raises BadInput, one line, where there are none."""
    try:
        return Core if path is None else find_rules(path)
    except PathNotFound as mistake:
        raise BadInput(f"--rules {mistake}") from None


def rules_for(path: str | None, made_by: str) -> type[Core]:
    """The rules to judge a trace by that was made by those at `made_by`.

    A trace may come from anywhere, so what it names is never imported unasked, but for the rules of this package:
    raises BadInput, which says what to add to the command.
    """
    if path is None and is_of_the_model(made_by):
        return find_rules(made_by)
    if path is None:
        raise BadInput(f"made by the rules {made_by}, add --rules {made_by} to judge those, or --rules {REFERENCE}")
    return rules_given(path)
