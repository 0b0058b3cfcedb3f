"""The score of mechanical mutants: how many were noticed, by what, and every one that was not, with its lines."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, VIOLATED
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS
from broadcast_orchestrator.reports.output.terminal import STYLES

if TYPE_CHECKING:
    from broadcast_orchestrator.properties.mutants.mechanical.score import MechanicalScores


def verdict(scores: "MechanicalScores") -> str:
    """VIOLATED where one survived and nobody knows why."""
    return VIOLATED if scores.open else PROVED


def as_json(scores: "MechanicalScores") -> dict[str, Any]:
    """The same as plain data."""
    return {
        "mechanical": len(scores.scores),
        "total": scores.total,
        "seed": scores.seed,
        "killed": sum(score.killed for score in scores.scores),
        "sentence": scores.sentence,
        "scores": [
            {
                "name": score.mutant.name,
                "diff": list(score.mutant.diff),
                "by": score.by,
                "engine": score.engine,
                "scope": score.scope,
                "what": score.what,
                "known": score.known,
                "seconds": round(score.seconds, 3),
            }
            for score in scores.scores
        ],
    }


def kills(scores: "MechanicalScores") -> list[tuple[str, int]]:
    """How many each guarantee killed, in the order of the rows; what else killed any comes last."""
    return sorted(Counter(score.by for score in scores.scores if score.killed).items(), key=_natural)


def show(console: Console, scores: "MechanicalScores") -> None:
    """What killed how many, and each survivor with its lines and, where it is known, the reason."""
    table = Table(box=None, padding=(0, 2), header_style="bold")
    for title in ("killed by", "mutants"):
        table.add_column(title, justify="right" if title == "mutants" else "left")
    for by, count in kills(scores):
        table.add_row(by, str(count))
    console.print(table)
    for score in scores.scores:
        if not score.killed:
            sign = SYMBOLS[PROVED if score.known else VIOLATED]
            console.print(
                Text(f"{sign} {score.mutant.name} survives: {score.known or 'nobody knows why'}"), soft_wrap=True
            )
            for line in score.mutant.diff:
                console.print(Text(f"    {line}", style="dim"), soft_wrap=True)
    result = verdict(scores)
    console.print(Text(f"{SYMBOLS[result]} {scores.sentence}", style=STYLES[result]), soft_wrap=True)


def _natural(pair: tuple[str, int]) -> tuple[int, str]:
    name = pair[0]
    return (int(name[1:]), "") if name[1:].isdigit() else (100, name)
