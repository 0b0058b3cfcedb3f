"""What the table of measures shows, whatever it is written as: each square that anything leaves open, what each set of
measures makes of it, what each measure is and costs, and in words what was searched.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from broadcast_orchestrator.model.measures import MEASURES, Measure
from broadcast_orchestrator.properties.guarantees.verdicts import Cell, worst_of
from broadcast_orchestrator.properties.measures.price import Price, lines_of, prices
from broadcast_orchestrator.properties.measures.table import Names, OpenCell, Trial, open_cells, trials
from broadcast_orchestrator.properties.telling.story import in_full
from broadcast_orchestrator.properties.verification.matrix import Matrix, answer, matrix

BEYOND: tuple[str, ...] = (
    "No measure knows what is true sooner than somebody asks: what polling finds is healed within one period, and "
    "until then the moment counts as one in which something is still on its way.",
    "No measure withstands a service that lies about itself when it is read: a read that answers falsely is no fault "
    "of the taxonomy.",
    "A lease keeps two dashboards apart as long as it outlasts every silence of the one that holds it. A suspension "
    "longer than the lease, and another dashboard at that moment, are two faults and were not searched.",
    "A lease that is reported as given and was not (F8, F5) is believed, since nobody reads it back. Where another "
    "dashboard commands then, which makes two faults, what it switches on is found, and its session stays live on the "
    "backend.",
    "Another dashboard is its calls: those of a command set out in one moment, and what it does when they fail was not "
    "searched.",
)
"""What the table does not say, however green it is."""

JUDGING = "judging sets of measures"
"""What is said while it is made."""


@dataclass(frozen=True)
class MeasuresReport:
    """All trials, the guide's the first and that of all measures the last, and what each set costs (() where that was
    not measured)."""

    trials: tuple[Trial, ...]
    prices: tuple[Price, ...] = ()

    @property
    def guide(self) -> Trial:
        """The core without any measure."""
        return self.trials[0]

    @property
    def whole(self) -> Trial:
        """The core with all of them."""
        return self.trials[-1]

    @property
    def open_cells(self) -> tuple[OpenCell, ...]:
        """Every square that some trial leaves violated."""
        return open_cells(self.trials)

    @property
    def matrices(self) -> tuple[Matrix, Matrix]:
        """The guide's matrix, and that of all measures."""
        return matrix(self.guide.cells), matrix(self.whole.cells)

    @property
    def verdict(self) -> str:
        """Violated where any core breaks what the design does not foresee, unknown where a search was cut off."""
        verdicts = [trial.verdict for trial in self.trials]
        return worst_of(verdicts)

    @property
    def headline(self) -> str:
        """All of it in one sentence."""
        before, after = (len(squares(trial)) for trial in (self.guide, self.whole))
        left = "nothing is violated" if not after else f"{after} are violated"
        faults = f"{self.whole.faults} fault{'' if self.whole.faults == 1 else 's'} a run"
        return (
            f"The guide's orchestrator leaves {before} square{'' if before == 1 else 's'} of the matrix violated; with "
            f"all {len(MEASURES)} measures {left}, {faults}, commands racing, in {self.whole.states:,} worlds"
        )


def gathered(
    wanted: tuple[Names, ...],
    faults: int,
    jobs: int,
    *,
    price: bool = True,
    progress: Callable[[int, int], None] = lambda done, all_: None,
) -> MeasuresReport:
    """The table of these sets of measures, with up to `faults` faults in a run, made by so many processes; `progress`
    is told how many sets are judged, of all."""
    return MeasuresReport(trials(wanted, faults, jobs, progress), prices(wanted) if price else ())


def squares(trial: Trial) -> tuple[tuple[str, str], ...]:
    """The squares of the matrix that the trial leaves violated: guarantee and class of fault."""
    return tuple(dict.fromkeys((cell.guarantee, cell.fault_class) for cell in trial.broken()))


def why(cell: Cell) -> str:
    """What is violated there, in a sentence; "" where nothing is."""
    return cell.witness.violation.what if cell.witness else ""


def story(cell: Cell) -> tuple[str, ...]:
    """The shortest way to the violation, in words."""
    return tuple(map(in_full, cell.witness.passages)) if cell.witness else ()


def price_of(report: MeasuresReport, trial: Trial) -> Price | None:
    """What the set costs, where that was measured."""
    return next((price for price in report.prices if price.names == trial.names), None)


def as_json(report: MeasuresReport) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "schema": 1,
        "verdict": report.verdict,
        "headline": report.headline,
        "measures": [_measure(measure) for measure in MEASURES],
        "trials": [_trial(report, trial) for trial in report.trials],
        "beyond": list(BEYOND),
    }


def _measure(measure: Measure) -> dict[str, Any]:
    return {**measure._asdict(), "rules": measure.rules.__name__, "lines": lines_of(measure.rules)}


def _trial(report: MeasuresReport, trial: Trial) -> dict[str, Any]:
    price = price_of(report, trial)
    return {
        "measures": list(trial.names),
        "faults": trial.faults,
        "states": trial.states,
        "transitions": trial.transitions,
        "depth": trial.depth,
        "bounds": list(trial.bounds),
        "verdict": trial.verdict,
        "price": price._asdict() if price else None,
        "cells": [_cell(cell) for cell in trial.cells],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    shown = {"guarantee": cell.guarantee, "fault": cell.fault_class, "place": cell.place, "answer": answer(cell)}
    return {**shown, "what": why(cell), "story": list(story(cell))} if cell.witness else shown
