"""The answers as plain data: what `broadcast experiment --json` prints, see reports/schema/answer.schema.json."""

from typing import Any

from broadcast_orchestrator.properties.experiments.answers import Answers, FailureCause
from broadcast_orchestrator.properties.experiments.conclusion import conclusion


def as_json(found: Answers) -> dict[str, Any]:
    """The question and its answer in words, then every number, verdict and run that went wrong."""
    experiment = found.study.experiment
    swept = len(found.study.points) > 1
    return {
        "name": experiment.name,
        "question": experiment.question,
        "answer": conclusion(found),
        "verdict": found.verdict,
        "seed": experiment.seed,
        "runs": sum(found.runs),
        "estimates": [_plain(each, swept) for each in found.estimates],
        "claims": [_plain(each, swept) for each in found.claims],
        "failed": found.failed,
        "failures": [_failures(each, swept) for each in found.failures],
    }


def _failures(found: FailureCause, swept: bool) -> dict[str, Any]:
    counted = {"cause": found.cause, "why": found.why, "runs": found.runs}
    return counted | {"examples": [_plain(each, swept) for each in found.examples]}


def _plain(record: Any, swept: bool) -> dict[str, Any]:
    data: dict[str, Any] = record._asdict()
    if not swept:
        data.pop("settings")
    for optional in ("quantile", "exact"):
        if data.get(optional, 0) is None:
            data.pop(optional)
    return data
