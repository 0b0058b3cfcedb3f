"""The verdicts as JUnit XML, which every CI system can show: a case for each cell and each further claim."""

from xml.etree import ElementTree

from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, UNKNOWN, VIOLATED, Cell, Claim
from broadcast_orchestrator.reports.output.formats.junit import (
    add_case,
    add_failure,
    add_output,
    add_skipped,
    add_suite,
    document,
)
from broadcast_orchestrator.reports.verify.report import VerificationReport


def junit_xml(report: VerificationReport) -> str:
    """The whole document. Violated is a failure, with its story and how to replay it; unknown is skipped."""
    verification = report.verification
    root = ElementTree.Element("testsuites", name="broadcast verify", time=f"{verification.seconds:.3f}")
    if report.left_out:
        add_output(root, " ".join(report.left_out))
    if report.causes:
        causes = add_suite(root, "causes", [VIOLATED] * len(report.causes))
        for cause in report.causes:
            case = add_case(causes, "causes", cause.id)
            add_failure(case, cause.short, "\n".join((*cause.story, cause.what, cause.again)))
    cells = add_suite(root, "guarantees", [PROVED if cell.as_claimed else cell.verdict for cell in verification.cells])
    for cell in verification.cells:
        _cell(cells, cell, report)
    for engine in dict.fromkeys(claim.engine for claim in verification.claims):
        claims = [claim for claim in verification.claims if claim.engine == engine]
        suite = add_suite(root, engine, [claim.verdict for claim in claims])
        for claim in claims:
            _claim(suite, claim, report)
    return document(root)


def _cell(suite: ElementTree.Element, cell: Cell, report: VerificationReport) -> None:
    name = f"{cell.guarantee} under {cell.fault_class} at {cell.place}"
    case = add_case(suite, f"guarantees.{cell.guarantee}", name)
    if cell.by_design:
        add_output(case, f"broken by design: {cell.by_design}")
    elif cell.verdict == VIOLATED:
        told = report.cause_of(cell) or report.told(cell)
        message = cell.witness.violation.what if cell.witness else "violated"
        story = "\n".join((told.id, *told.story, f"replay: {told.replay}")) if told else message
        add_failure(case, message, f"{story}\nseed: {report.verification.seed}")
    elif cell.verdict == UNKNOWN:
        add_skipped(case, f"cut off after {cell.states} worlds")


def _claim(suite: ElementTree.Element, claim: Claim, report: VerificationReport) -> None:
    case = add_case(suite, claim.engine, claim.claim)
    if claim.verdict == VIOLATED:
        again = f"replay: {report.reproduce[0]}\nseed: {report.verification.seed}"
        add_failure(case, claim.evidence, f"{claim.evidence}\n{again}")
    elif claim.verdict == UNKNOWN:
        add_skipped(case, claim.evidence)
