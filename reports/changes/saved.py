"""Reports that were written before, read again: `report.json` of a verification, `answer.json` of an experiment."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.input.plain_data import NoPlainData, json_value
from broadcast_orchestrator.sim.input.text_files import text_of

FILES = ("report.json", "answer.json")
"""What a folder of reports may have, the first that is there counts."""

Count = int
Verdict = Literal["proved", "held", "violated", "unknown"]


class _Saved(BaseModel):
    """What a reader of newer reports does not know is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class SavedCell(_Saved):
    """A cell of the matrix, without the steps of its witness."""

    guarantee: str
    fault_class: str
    place: str
    verdict: Verdict
    states: Count
    happened: Count
    by_design: str = ""
    arose: bool = True


class SavedClaim(_Saved):
    """A further claim."""

    engine: str
    claim: str
    verdict: Verdict
    evidence: str


class SavedFinding(_Saved):
    """A finding of the audit."""

    id: str
    sentence: str
    evidence: str
    reading: str


class SavedRow(_Saved):
    """A row of the table, and how often each engine took it."""

    source: str
    target: str
    forced: bool
    taken: dict[str, Count]


class SavedClause(_Saved):
    """A clause of the guide, and what stands for it."""

    id: str
    status: str
    guarantees: tuple[str, ...]
    tests: tuple[str, ...]


class SavedSpace(_Saved):
    """The size of what was explored."""

    states: Count
    transitions: Count
    depth: Count
    bounds: tuple[str, ...]
    cut_off: tuple[str, ...] = ()


class SavedScore(_Saved):
    """What one engine makes of one mutant."""

    mutant: str
    engine: str
    by: tuple[str, ...]


class SavedMutants(_Saved):
    """What became of the mutants."""

    scores: tuple[SavedScore, ...]
    survivors: tuple[str, ...]


class SavedReport(_Saved):
    """What `broadcast verify` wrote."""

    format: Literal[1]
    verdict: Verdict
    sentence: str
    faults: Count
    seed: int
    space: SavedSpace
    cells: tuple[SavedCell, ...]
    claims: tuple[SavedClaim, ...]
    findings: tuple[SavedFinding, ...]
    transitions_covered: tuple[SavedRow, ...]
    clauses: tuple[SavedClause, ...]
    environment: dict[str, str]
    mutants: SavedMutants | None = None


class SavedEstimate(_Saved):
    """A number that an experiment found."""

    settings: dict[str, Any] = Field(default_factory=dict)
    measure: str
    statistic: str
    quantile: float | None = None
    estimate: float | None
    low: float | None
    high: float | None
    n: Count


class SavedJudged(_Saved):
    """A claim of an experiment."""

    settings: dict[str, Any] = Field(default_factory=dict)
    claim: str
    verdict: Verdict
    estimate: float | None
    n: Count


class SavedAnswer(_Saved):
    """What `broadcast experiment` wrote."""

    name: str
    seed: int
    runs: Count
    verdict: Verdict
    estimates: tuple[SavedEstimate, ...]
    claims: tuple[SavedJudged, ...]
    failed: Count


Saved = SavedReport | SavedAnswer


def load(path: Path) -> Saved:
    """The report in a file, or in a folder of reports.

    Raises BadInput, one line with the file and the place in it, where there is none.
    """
    file = _file(path)
    try:
        return parse(json_value(text_of(file, NoPlainData, "report")), str(file))
    except NoPlainData as mistake:
        told = str(mistake) if str(mistake).startswith(str(file)) else f"{file}: {mistake}"
        raise BadInput(f"{told}; try a folder that broadcast verify --out has written") from None


def _file(path: Path) -> Path:
    if not path.is_dir():
        return path
    there = [path / name for name in FILES if (path / name).is_file()]
    if not there:
        raise BadInput(f"{path}: has no {' and no '.join(FILES)}, try the folder that was given to --out")
    return there[0]


def parse(data: object, name: str) -> Saved:
    """The report in plain data; `name` is for messages. Raises BadInput."""
    kind: type[SavedReport] | type[SavedAnswer] | None = None
    if isinstance(data, dict):
        kind = SavedReport if "cells" in data else SavedAnswer if "estimates" in data else None
    if kind is None:
        raise BadInput(f"{name}: is no report of broadcast verify and no answer of broadcast experiment")
    try:
        return kind.model_validate(data)
    except ValidationError as mistake:
        first = mistake.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise BadInput(f"{name}: {where}: {first['msg']}; try a report of this version of broadcast") from None
