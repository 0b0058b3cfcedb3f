"""Baselines: findings that are known, so that only a new one fails a run, and one that is gone is told as fixed."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from broadcast_orchestrator.model.config import near_match, shown
from broadcast_orchestrator.properties.checking.findings import Finding
from broadcast_orchestrator.sim.input.text_files import text_of


class BaselineError(ValueError):
    """A file that is no baseline; the message is one line that says where, what is wrong and what to try."""


class Known(NamedTuple):
    """A known finding: its id, and for those who read the file its guarantee, title and why it is left alone."""

    id: str
    guarantee: str = ""
    title: str = ""
    because: str = ""


class Compared(NamedTuple):
    """Findings against a baseline: the `new` ones, those that were `known`, and the known ones that are `fixed`."""

    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    fixed: tuple[Known, ...]


def compared(findings: Iterable[Finding], baseline: tuple[Known, ...]) -> Compared:
    """Which findings are new, which are known, and which of the known ones have vanished."""
    found = tuple(findings)
    ids = {known.id for known in baseline}
    seen = {finding.id for finding in found}
    return Compared(
        tuple(finding for finding in found if finding.id not in ids),
        tuple(finding for finding in found if finding.id in ids),
        tuple(known for known in baseline if known.id not in seen),
    )


def load_baseline(path: str | Path) -> tuple[Known, ...]:
    """The known findings in a TOML file. Raises `BaselineError` where it has none."""
    try:
        data = tomllib.loads(text_of(path, BaselineError, "baseline"))
    except tomllib.TOMLDecodeError as mistake:
        raise BaselineError(f"{path}: is not TOML: {mistake}") from None
    for key in data:
        if key != "known":
            raise BaselineError(f"{path}: {shown(key)} is unknown{near_match(key, ('known',))}")
    rows = data.get("known", [])
    if not isinstance(rows, list):
        raise BaselineError(f"{path}: expected [[known]] tables")
    return tuple(_known(path, number, row) for number, row in enumerate(rows, 1))


def _known(path: str | Path, number: int, row: Any) -> Known:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise BaselineError(f"{path}: known finding {number}: id is missing; copy it from a report")
    for key, value in row.items():
        if key not in Known._fields:
            raise BaselineError(
                f"{path}: known finding {number}: {shown(key)} is unknown{near_match(key, Known._fields)}"
            )
        if not isinstance(value, str):
            raise BaselineError(f"{path}: known finding {number}: {key}: expected a text, got {shown(value)}")
    return Known(**row)


def baseline_text(findings: Iterable[Finding], known: tuple[Known, ...] = ()) -> str:
    """A baseline with these findings; reasons that an earlier one gave are kept."""
    reasons = {each.id: each.because for each in known}
    lines = ["# Findings that are known and do not fail `broadcast check --baseline`.", ""]
    for finding in findings:
        rows = Known(finding.id, finding.guarantee, finding.title, reasons.get(finding.id, ""))
        lines += ["[[known]]", *(f"{name} = {quoted(value)}" for name, value in rows._asdict().items()), ""]
    return "\n".join(lines)


def quoted(text: str) -> str:
    """The text as a basic string of TOML, in one line."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
