"""The answer of an experiment as Markdown, for the summary page of a CI run: the answer first, as on the screen."""

from broadcast_orchestrator.properties.experiments.answers import Answers, counted, label, settings_in_words
from broadcast_orchestrator.properties.experiments.conclusion import conclusion
from broadcast_orchestrator.properties.experiments.units import measured_number
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS
from broadcast_orchestrator.reports.experiment.words import (
    command,
    interval,
    replay_command,
    told,
    verdict,
    went_wrong,
)
from broadcast_orchestrator.reports.output.formats.markdown import escaped, table


def markdown(found: Answers, what: str, settings: tuple[str, ...]) -> str:
    """The whole summary; `what` and `settings` are those of the command line, for the commands that it shows."""
    experiment = found.study.experiment
    sign = f"{SYMBOLS[found.verdict]} " if found.claims else ""
    lines = [f"# {sign}{escaped(conclusion(found))}", ""]
    lines += [escaped(each) for each in (experiment.question, experiment.description) if each]
    lines += ["", *_claims(found), *_wrong(found, what, settings), *_estimates(found)]
    again = f"{command(what, settings)} --runs {experiment.runs} --seed {experiment.seed}"
    return "\n".join([*lines, "```sh", again, "```", ""])


def _claims(found: Answers) -> list[str]:
    if not found.claims:
        return []
    rows = [
        (
            f"{SYMBOLS[claim.verdict]} {claim.verdict}",
            f"{claim.claim} {settings_in_words(claim.settings)}".strip(),
            measured_number(claim.estimate, claim.claim),
            f"{claim.n:,}",
        )
        for claim in found.claims
    ]
    return [f"## {verdict(found).capitalize()}", "", *table(("verdict", "claim", "estimate", "runs"), rows), ""]


def _wrong(found: Answers, what: str, settings: tuple[str, ...]) -> list[str]:
    lines = [f"## {went_wrong(found).capitalize()}", ""]
    for cause in found.failures:
        run = cause.examples[0]
        again = replay_command(what, settings, run.settings, run.seed)
        lines += [f"- {counted(cause.runs)}: {escaped(cause.sentence)}", "", "  ```sh", f"  {again}", "  ```", ""]
    return [*lines, ""]


def _estimates(found: Answers) -> list[str]:
    rows = [
        (
            settings_in_words(each.settings),
            label(each),
            measured_number(each.estimate, each.measure),
            interval(each),
            f"{each.n:,}",
        )
        for each in told(found)
    ]
    heads = ("settings", "measure", "estimate", f"{100 * found.study.experiment.confidence:g} % interval", "runs")
    plain = len(found.study.points) == 1
    shown = table(heads[1:], [row[1:] for row in rows]) if plain else table(heads, rows)
    return ["<details>", "<summary>Estimates</summary>", "", *shown, "", "</details>", ""]
