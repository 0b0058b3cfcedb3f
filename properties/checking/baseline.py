"""Baselines: findings that are known, so that only a new one fails a run, and one that is gone is told as fixed."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from broadcast_orchestrator.model.config import near_match, shown
from broadcast_orchestrator.properties.checking.findings import Finding
from broadcast_orchestrator.sim.input.plain_data import LONGEST_TOML, NoPlainData, json_value, toml_table
from broadcast_orchestrator.sim.input.text_files import text_of
from broadcast_orchestrator.sim.subjects.protocol.codec import dumped
from broadcast_orchestrator.sim.subjects.scenario import Scenario, ScenarioError, scenario_from_json


class BaselineError(ValueError):
    """A file that is no baseline; the message is one line that says where, what is wrong and what to try."""


class Known(NamedTuple):
    """A known finding: its id, and for those who read the file its guarantee, title and why it is left alone. The
    scenario, where there is one, tells in another run whether it is still there."""

    id: str
    guarantee: str = ""
    title: str = ""
    because: str = ""
    scenario: Scenario | None = None

    @property
    def told(self) -> dict[str, str]:
        """The texts, by name."""
        return {name: getattr(self, name) for name in ("id", "guarantee", "title", "because")}


class Compared(NamedTuple):
    """Findings against a baseline: the `new` ones, those that were `known`, the known ones that are `fixed`, and those
    that were not `sought`, since the search did not come that way and they have no scenario of their own."""

    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    fixed: tuple[Known, ...]
    unsought: tuple[Known, ...]


def compared(findings: Iterable[Finding], baseline: tuple[Known, ...], vanished: Iterable[Known] = ()) -> Compared:
    """Which findings are new, which are known, and what has become of the other known ones; `vanished` are those whose
    scenario was played and does not show them."""
    found, fixed = tuple(findings), tuple(vanished)
    ids = {known.id for known in baseline}
    seen = {name for finding in found for name in finding.ids} | {known.id for known in fixed}
    return Compared(
        tuple(finding for finding in found if finding.id not in ids),
        tuple(finding for finding in found if finding.id in ids),
        fixed,
        tuple(known for known in baseline if known.id not in seen),
    )


def load_baseline(path: str | Path) -> tuple[Known, ...]:
    """The known findings in a TOML file. Raises `BaselineError` where it has none."""
    try:
        data = toml_table(text_of(path, BaselineError, "baseline", LONGEST_TOML))
    except NoPlainData as mistake:
        raise BaselineError(f"{path}: {mistake}") from None
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
    return Known(**{**row, "scenario": _scenario(path, number, row.get("scenario"))})


def _scenario(path: str | Path, number: int, text: str | None) -> Scenario | None:
    try:
        return None if text is None else scenario_from_json(json_value(text))
    except (ScenarioError, NoPlainData) as mistake:
        raise BaselineError(f"{path}: known finding {number}: {mistake}") from None


def baseline_text(findings: Iterable[Finding], known: tuple[Known, ...] = ()) -> str:
    """A baseline with these findings and what is told under them; reasons that an earlier one gave are kept."""
    reasons = {each.id: each.because for each in known}
    rows = {row.id: row for finding in findings for row in _rows(finding)}
    lines = ["# Findings that are known and do not fail `broadcast check --baseline`.", ""]
    for name, row in rows.items():
        told = row._replace(because=reasons.get(name, "")).told
        scenario = {} if row.scenario is None else {"scenario": dumped(row.scenario.to_json())}
        lines += ["[[known]]", *(f"{key} = {quoted(value)}" for key, value in (told | scenario).items()), ""]
    return "\n".join(lines)


def _rows(finding: Finding) -> Iterator[Known]:
    yield Known(finding.id, finding.guarantee, finding.title, scenario=finding.scenario)
    yield from (Known(each.id, each.guarantee, each.title, scenario=each.scenario) for each in finding.followers)


def quoted(text: str) -> str:
    """The text as a basic string of TOML, in one line."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
