"""What a caller asks of a verification: some guarantees, some faults, some places, other rules."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from broadcast_orchestrator.model.config import near_match
from broadcast_orchestrator.model.measures import BY_NAME, rules_with
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES
from broadcast_orchestrator.properties.guarantees.verdicts import ANYWHERE
from broadcast_orchestrator.reports.options.judged_rules import rules_given
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.world.faults import FAULTS, PLACES

if TYPE_CHECKING:
    from broadcast_orchestrator.properties.verification.verification import VerificationScope


def asked(
    only: str | None, faults_only: str | None, places: str | None, rules: str | None, measures: str | None = None
) -> "VerificationScope":
    """What is asked for. Each option but `rules` is a list with commas, of ids or of names.

    Raises BadInput, one line, with what to try instead of a name that nobody knows, and for `rules` and `measures`
    together: a core that is no reference says itself what it has.
    """
    from broadcast_orchestrator.properties.verification.verification import VerificationScope  # numpy

    if rules is not None and measures is not None:
        raise BadInput("--with: is about the reference, leave out --rules")
    guarantees = {name: row.id for row in GUARANTEES for name in (row.id, row.name)}
    faults = {name: row.id for row in FAULTS for name in (row.id, row.name)}
    return VerificationScope(
        names_listed("--only", only, guarantees),
        names_listed("--faults-only", faults_only, faults),
        names_listed("--places", places, {place: place for place in (ANYWHERE, *PLACES)}),
        rules_given(rules) if measures is None else rules_with(measures_named("--with", measures)),
    )


def measures_named(option: str, text: str) -> tuple[str, ...]:
    """The measures in a list with commas; "all" is all of them. Raises BadInput for a name that nobody knows."""
    known = {name: (name,) for name in BY_NAME} | {"all": tuple(BY_NAME)}
    wanted = names_listed(option, text, {name: name for name in known})
    return tuple(name for each in wanted for name in known[each])


def names_listed(option: str, text: str | None, ids: Mapping[str, str]) -> tuple[str, ...]:
    """The ids of the names in a list with commas, each once. Raises BadInput for a name that nobody knows."""
    names = [] if text is None else [name.strip() for name in text.split(",")]
    for name in names:
        if name not in ids:
            raise BadInput(f"{option} {text}: unknown name {name!r}{near_match(name, ids)}")
    return tuple(dict.fromkeys(ids[name] for name in names))
