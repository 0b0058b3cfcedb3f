"""The table of measures for a terminal, and as Markdown."""

from collections.abc import Iterator

from broadcast_orchestrator.model.measures import MEASURES
from broadcast_orchestrator.properties.measures.price import lines_of
from broadcast_orchestrator.properties.measures.table import named
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS, answer
from broadcast_orchestrator.reports.measures.facts import BEYOND, MeasuresReport, price_of
from broadcast_orchestrator.sim.world.faults import BY_ID


def text(report: MeasuresReport) -> Iterator[str]:
    """A row for each square that is open somewhere, a column for each set of measures."""
    yield f"{report.headline}."
    yield ""
    for number, trial in enumerate(report.trials):
        yield f"  {number:>2}  {trial.name:<40} {trial.states:>12,} worlds"
    yield ""
    yield " " * 30 + "".join(f"{number:>4}" for number in range(len(report.trials)))
    for cell in report.open_cells:
        name = BY_ID[cell.fault_class].name.replace("_", " ")
        signs = "".join(f"{SYMBOLS[answer(each)]:>4}" for each in cell.answers)
        yield f"{cell.guarantee:<4} {cell.fault_class:<4} {name:<21}{signs}"
    told = dict.fromkeys(answer(each) for cell in report.open_cells for each in cell.answers)
    yield from ("", "  ".join(f"{SYMBOLS[word]} {word}" for word in told), "")
    yield from _prices(report)
    yield from (f"- {sentence}" for sentence in BEYOND)


def _prices(report: MeasuresReport) -> Iterator[str]:
    if report.prices:
        yield f"{'the price of':<24}{'initialize':>18}{'start':>18}{'stop':>18}{'busy after an emergency':>26}"
        for price in report.prices:
            yield (
                f"  {named(price.names):<22}{_cost(price.initialize_calls, price.initialize_ms):>18}"
                f"{_cost(price.start_calls, price.start_ms):>18}{_cost(price.stop_calls, price.stop_ms):>18}"
                f"{price.busy_ms:>23,.0f} ms"
            )
        yield ""


def _cost(calls: float, ms: float) -> str:
    return f"{calls:,.0f} / {ms:,.0f} ms"


def markdown(report: MeasuresReport) -> Iterator[str]:
    """The same as tables."""
    yield from ("# Measures", "", f"{report.headline}.", "")
    yield "| measure | what it does | needs | instead of | lines |"
    yield "| --- | --- | --- | --- | ---: |"
    for measure in MEASURES:
        replaces, lines = ", ".join(measure.replaces) or "–", lines_of(measure.rules)
        yield f"| {measure.name} | {measure.meaning} | {measure.needs} | {replaces} | {lines} |"
    yield ""
    yield f"| | {' | '.join(trial.name for trial in report.trials)} |"
    yield f"| --- |{' :---: |' * len(report.trials)}"
    for cell in report.open_cells:
        signs = " | ".join(SYMBOLS[answer(each)] for each in cell.answers)
        yield f"| {cell.guarantee} under {cell.fault_class} | {signs} |"
    yield f"| worlds | {' | '.join(f'{trial.states:,}' for trial in report.trials)} |"
    if report.prices:
        yield from (
            "",
            "| the price of | initialize | start | stop | busy after an emergency stop |",
            "| --- " * 5 + "|",
        )
        for trial in report.trials:
            if price := price_of(report, trial):
                begin = _cost(price.initialize_calls, price.initialize_ms)
                start, stop = _cost(price.start_calls, price.start_ms), _cost(price.stop_calls, price.stop_ms)
                yield f"| {trial.name} | {begin} | {start} | {stop} | {price.busy_ms:,.0f} ms |"
    yield from ("", *(f"- {sentence}" for sentence in BEYOND), "")
