"""The option `--faults` of a check: which of the everyday faults are told of an implementation that claims nothing."""

from broadcast_orchestrator.reports.options.verified_scope import names_listed
from broadcast_orchestrator.sim.subjects.scenario import EVERYDAY
from broadcast_orchestrator.sim.world.faults import BY_ID


def everyday_named(option: str, text: str | None) -> tuple[str, ...]:
    """The faults in a list with commas, by id or name. Raises BadInput for any that is not one of `EVERYDAY`; the
    others are always told."""
    known = {name: fault for fault in EVERYDAY for name in (str(fault), BY_ID[fault].name)}
    return names_listed(option, text, known)
