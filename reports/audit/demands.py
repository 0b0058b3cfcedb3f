"""Who asks for each demand of the guide, as plain data."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from broadcast_orchestrator.properties.traceability.standing import Standing


def demands(found: "Iterable[Standing]") -> list[dict[str, Any]]:
    """An object for each clause and reading; `times` is left out where nobody has counted."""
    return [_demand(each) for each in found]


def _demand(each: "Standing") -> dict[str, Any]:
    asked = [
        {
            "checks": list(row.checks),
            "sight": row.sight,
            **({} if row.times is None else {"times": row.times}),
            "scope": row.scope,
            "mutants": list(row.mutants),
        }
        for row in each.asked
    ]
    return {
        "id": each.demand,
        "standing": each.standing,
        "asked": asked,
        "apart": each.apart,
        "missing": list(each.missing),
    }
