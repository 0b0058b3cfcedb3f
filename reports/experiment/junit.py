"""The answer of an experiment as JUnit XML, which every CI system can show: a case for each claim at each point."""

from xml.etree import ElementTree

from broadcast_orchestrator.properties.experiments.answers import Answers, Judged, counted, settings_in_words
from broadcast_orchestrator.properties.experiments.units import measured_number
from broadcast_orchestrator.properties.guarantees.verdicts import UNKNOWN, VIOLATED
from broadcast_orchestrator.reports.experiment.words import command, replay_command
from broadcast_orchestrator.reports.output.formats.junit import add_case, add_failure, add_skipped, add_suite, document

FEW = 3
"""How many causes are named beside a violated claim, each with a run."""


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
        add_case(suite, name, f"{counted(sum(found.runs))} made")
    for claim in found.claims:
        where = settings_in_words(claim.settings)
        case = add_case(suite, name, f"{claim.claim} [{where}]" if where else claim.claim)
        message = f"{measured_number(claim.estimate, claim.claim)} in {counted(claim.n)}"
        if claim.verdict == VIOLATED:
            add_failure(case, message, "\n".join((message, *_again(found, claim, what, settings))))
        elif claim.verdict == UNKNOWN:
            add_skipped(case, f"undecided: {message}")
    return document(root)


def _again(found: Answers, claim: Judged, what: str, settings: tuple[str, ...]) -> tuple[str, ...]:
    experiment = found.study.experiment
    wrong = [(cause, run) for cause in found.failures for run in cause.examples if run.settings == claim.settings]
    return (
        *(
            f"run {run.run}, {cause.sentence}: {replay_command(what, settings, run.settings, run.seed)}"
            for cause, run in wrong[:FEW]
        ),
        f"replay: {command(what, settings)} --runs {experiment.runs} --seed {experiment.seed}",
        f"seed: {experiment.seed}",
    )
