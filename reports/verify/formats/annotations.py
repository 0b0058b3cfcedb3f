"""What is not as claimed, as annotations of GitHub Actions: lines that its runner shows beside the change."""

from collections.abc import Iterable, Iterator

from broadcast_orchestrator.properties.guarantees.verdicts import UNKNOWN, VIOLATED, Cell
from broadcast_orchestrator.properties.verification.matrix import answer
from broadcast_orchestrator.reports.verify.report import VerificationReport, same_story


def annotations(report: VerificationReport) -> Iterator[str]:
    """An error for each cause with how much it explains, for each witness that none explains, with the cells that it
    breaks, and for each further claim that is violated; a warning for whatever is unknown, a notice of what was left
    out. What the design foresees is not annotated."""
    verification = report.verification
    seed = f"seed: {verification.seed}"
    if report.left_out:
        yield annotation("notice", "what the verdict leaves out", "\n".join(report.left_out))
    for cause in report.causes:
        names = ", ".join(cause.cause.guarantees)
        yield annotation("error", f"{cause.id} breaks {names}", "\n".join((cause.short, cause.what, cause.again, seed)))
    for told in report.witnesses:
        if answer(told.cell) == VIOLATED:
            cells = [cell for cell in verification.cells if same_story(cell, told.cell)]
            told_lines = (told.what, f"under {_places(cells)}", f"replay: {told.replay}", seed)
            yield annotation("error", f"{told.cell.guarantee} is violated", "\n".join(told_lines))
    explained = {name for cause in verification.causes for name in cause.explains}
    for claim in verification.claims:
        if claim.claim not in explained and claim.verdict in (VIOLATED, UNKNOWN):
            lines = (claim.evidence, f"replay: {report.reproduce[0]}", seed)
            level = "error" if claim.verdict == VIOLATED else "warning"
            yield annotation(level, f"{claim.engine}: {claim.claim}", "\n".join(lines))
    cut_off = [cell for cell in verification.cells if cell.verdict == UNKNOWN]
    for guarantee in dict.fromkeys(cell.guarantee for cell in cut_off):
        where = _places(cell for cell in cut_off if cell.guarantee == guarantee)
        yield annotation("warning", f"{guarantee} is unknown", f"the search was cut off under {where}")


def _places(cells: Iterable[Cell]) -> str:
    return ", ".join(f"{cell.fault_class} at {cell.place}" for cell in cells)


def annotation(level: str, title: str, message: str) -> str:
    """One line for the runner; `level` is error, warning or notice. No text can end the line or begin another one."""
    return f"::{level} title={_escaped_title(title)}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_title(text: str) -> str:
    return _escaped(" ".join(text.split())).replace(":", "%3A").replace(",", "%2C")
