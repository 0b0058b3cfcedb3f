"""The published JSON Schemas (draft 2020-12) of what the commands print and write."""

import json
from importlib import resources
from typing import Any, Literal

Published = Literal["answer", "check", "events", "judge", "lint", "report", "session"]
"""The schemas in `reports/schema`, by the name of their file."""


def schema(name: Published) -> dict[str, Any]:
    """The schema of an answer, a check, an event, a judgement, a lint, or the report of a verification or session."""
    file = resources.files("broadcast_orchestrator.reports").joinpath("schema", f"{name}.schema.json")
    shipped: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return shipped
