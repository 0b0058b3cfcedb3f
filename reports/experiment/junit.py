"""The answer of an experiment as JUnit XML, which every CI system can show: a case for each claim at each point."""

from xml.etree import ElementTree

from broadcast_orchestrator.properties.experiments.answers import Answers, Judged, settings_in_words
from broadcast_orchestrator.properties.guarantees.verdicts import UNKNOWN, VIOLATED
from broadcast_orchestrator.reports.experiment.words import command, number, replay_command
from broadcast_orchestrator.reports.output.junit import add_case, add_failure, add_skipped, add_suite, document

FEW = 3
"""How many of the runs that went wrong are named beside a violated claim."""


def junit_xml(found: Answers, what: str, settings: tuple[str, ...]) -> str:
    """The whole document; `what` and `settings` are those of the command line, for the commands that it names.

    Violated is a failure, with the seed and how to make it again; undecided is skipped. An experiment that claims
    nothing is one case, which passes.
    """
    experiment = found.study.experiment
    root = ElementTree.Element("testsuites", name="broadcast experiment")
    name = f"experiment.{experiment.name}"
    suite = add_suite(root, name, [claim.verdict for claim in found.claims] or [""])
    if not found.claims:
        add_case(suite, name, f"{sum(found.runs):,} runs are made")
    for claim in found.claims:
        where = settings_in_words(claim.settings)
        case = add_case(suite, name, f"{claim.claim} [{where}]" if where else claim.claim)
        message = f"{number(claim.estimate, claim.claim)} in {claim.n:,} runs"
        if claim.verdict == VIOLATED:
            add_failure(case, message, "\n".join((message, *_again(found, claim, what, settings))))
        elif claim.verdict == UNKNOWN:
            add_skipped(case, f"undecided: {message}")
    return document(root)


def _again(found: Answers, claim: Judged, what: str, settings: tuple[str, ...]) -> tuple[str, ...]:
    experiment = found.study.experiment
    wrong = [failure for failure in found.failures if failure.settings == claim.settings]
    return (
        *(
            f"run {each.run}, {each.why}: {replay_command(what, settings, each.settings, each.seed)}"
            for each in wrong[:FEW]
        ),
        f"replay: {command(what, settings)} --runs {experiment.runs} --seed {experiment.seed}",
        f"seed: {experiment.seed}",
    )
