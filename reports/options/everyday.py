"""The option `--faults` of a check: which of the everyday faults are told of an implementation that claims nothing."""

from broadcast_orchestrator.model.config import near_match
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.subjects.scenario import EVERYDAY
from broadcast_orchestrator.sim.world.faults import BY_ID


def everyday_named(option: str, text: str | None) -> tuple[str, ...]:
    """The faults in a list with commas, by id or name. Raises BadInput for any that is not one of `EVERYDAY`; the
    others are always told."""
    known = {name: fault for fault in EVERYDAY for name in (str(fault), BY_ID[fault].name)}
    names = [] if text is None else [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            raise BadInput(f"{option} {text}: unknown name {name!r}{near_match(name, known)}")
    return tuple(dict.fromkeys(known[name] for name in names))
