"""SARIF 2.1.0, the form that code scanning reads: the frame of a log, and the place of a result."""

import json
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_log(
    tool: str, rules: Mapping[str, str], results: list[dict[str, Any]], properties: Mapping[str, Any] | None = None
) -> str:
    """One run of a tool: its rules, each with its words, in the order that `ruleIndex` counts, and its results."""
    driver = {
        "name": tool,
        "semanticVersion": metadata.version("broadcast-orchestrator"),
        "rules": [{"id": rule, "shortDescription": {"text": words}} for rule, words in rules.items()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
        **({} if properties is None else {"properties": dict(properties)}),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False) + "\n"


def physical_location(path: str, line: int, column: int | None = None) -> dict[str, Any]:
    """A place in a file, of the repository where the path is relative; lines and columns count from 1."""
    region = {"startLine": line, **({} if column is None else {"startColumn": column})}
    if path.startswith("/"):
        return {"artifactLocation": {"uri": Path(path).as_uri()}, "region": region}
    return {"artifactLocation": {"uri": quote(path), "uriBaseId": "%SRCROOT%"}, "region": region}


def suppressed(kind: str, because: str) -> list[dict[str, str]]:
    """That a result was accepted, "inSource" or "external", and why."""
    return [{"kind": kind, "status": "accepted", "justification": because}]
