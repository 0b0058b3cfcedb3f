"""The score of mechanical mutants: how many were noticed, by what, and every one that was not, with its lines."""

from collections import Counter
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, VIOLATED
from broadcast_orchestrator.properties.mutants.mechanical.score import MechanicalScore
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS
from broadcast_orchestrator.reports.output.terminal import STYLES

Scores = tuple[MechanicalScore, ...]


def open_survivors(scores: Scores) -> Scores:
    """The mutants that nothing noticed and of which nobody has said why."""
    return tuple(score for score in scores if not score.killed and not score.known)


def verdict(scores: Scores) -> str:
    """VIOLATED where one survived and nobody knows why."""
    return VIOLATED if open_survivors(scores) else PROVED


def sentence(scores: Scores, total: int) -> str:
    """The result in one sentence; `total` is how many mutants there are in all."""
    killed, known = (
        sum(score.killed for score in scores),
        sum(bool(score.known) for score in scores if not score.killed),
    )
    told = f"{killed} of {len(scores)} mechanical mutants are killed (drawn from {total:,})"
    told += f", {known} survive for a known reason" if known else ""
    survivors = len(open_survivors(scores))
    return told + (f", {survivors} survive and nobody knows why" if survivors else "")


def as_json(scores: Scores, total: int, seed: int) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "mechanical": len(scores),
        "total": total,
        "seed": seed,
        "killed": sum(score.killed for score in scores),
        "scores": [
            {
                "name": score.mutant.name,
                "diff": list(score.mutant.diff),
                "by": score.by,
                "scope": score.scope,
                "what": score.what,
                "known": score.known,
                "seconds": round(score.seconds, 3),
            }
            for score in scores
        ],
    }


def show(console: Console, scores: Scores, total: int) -> None:
    """What killed how many, and each survivor with its lines and, where it is known, the reason."""
    table = Table(box=None, padding=(0, 2), header_style="bold")
    for title in ("killed by", "mutants"):
        table.add_column(title, justify="right" if title == "mutants" else "left")
    for by, count in sorted(Counter(score.by for score in scores if score.killed).items(), key=_natural):
        table.add_row(by, str(count))
    console.print(table)
    for score in scores:
        if not score.killed:
            sign = SYMBOLS[PROVED if score.known else VIOLATED]
            console.print(
                Text(f"{sign} {score.mutant.name} survives: {score.known or 'nobody knows why'}"), soft_wrap=True
            )
            for line in score.mutant.diff:
                console.print(Text(f"    {line}", style="dim"), soft_wrap=True)
    result = verdict(scores)
    console.print(Text(f"{SYMBOLS[result]} {sentence(scores, total)}", style=STYLES[result]), soft_wrap=True)


def _natural(pair: tuple[str, int]) -> tuple[int, str]:
    name = pair[0]
    return (int(name[1:]), "") if name[1:].isdigit() else (100, name)
