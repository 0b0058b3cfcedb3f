"""A check in Markdown: a text for a bug tracker for each finding, and the summary of the whole."""

import html
from collections.abc import Iterable, Iterator

from broadcast_orchestrator.properties.checking import CheckReport, Finding
from broadcast_orchestrator.properties.checking.baseline import Compared
from broadcast_orchestrator.reports.check.words import (
    Line,
    Started,
    afterwards,
    effort,
    finding_lines,
    follower_in_words,
    replay_command,
    verdict,
    why_in_words,
)
from broadcast_orchestrator.reports.graphs.shown_text import shown_text
from broadcast_orchestrator.reports.output.formats.markdown import escaped


def markdown(finding: Finding, started: Started) -> str:
    """A text for a bug tracker."""
    lines = [f"# {finding.guarantee}: {escaped(finding.title)}", "", "## Steps", ""]
    lines += [f"{number}. {escaped(step)}" for number, step in enumerate(finding.steps, 1)]
    lines += ["", "## Expected", "", escaped(finding.expected), "", "## Observed", "", escaped(finding.observed), ""]
    if finding.also:
        lines += [
            "The same sequence also shows:",
            "",
            *(f"- {name}: {escaped(sentence)}" for name, sentence in finding.also),
            "",
        ]
    lines += ["## Why", ""]
    lines += [f"- {escaped(why_in_words(finding, why))}" for why in finding.why]
    if finding.serves:
        lines += ["", "## What the guide asks for", ""]
        lines += [f"- {name}: {words}" for name, words in finding.serves]
    if finding.followers:
        lines += ["", "## Never seen without it", ""]
        lines += [f"- {escaped(follower_in_words(each))}" for each in finding.followers]
    return shown_text("\n".join([*lines, "", "## Replay", "", "```sh", replay_command(finding, started), "```", ""]))


def summary(report: CheckReport, compared: Compared, started: Started) -> str:
    """What the terminal tells, in the same order: the verdict, a table of the findings, each finding folded, and what
    else there is to say."""
    lines = [f"# {escaped(verdict(report, compared))}", "", escaped(effort(report)), ""]
    rows = [(each, "new") for each in compared.new] + [(each, "known") for each in compared.known]
    if rows:
        lines += ["| id | guarantee | finding | events | |", "| --- | --- | --- | ---: | --- |"]
        lines += [f"| {f.id} | {f.guarantee} | {escaped(f.title)} | {f.events} | {status} |" for f, status in rows]
    for number, finding in enumerate(compared.new, 1):
        (_, _empty), (_, title), *told = finding_lines(finding, number, started)
        lines += [
            "",
            "<details>",
            f"<summary>{html.escape(' '.join(title.split()))}</summary>",
            "",
            *_listed(told),
            "",
            "</details>",
        ]
    return shown_text("\n".join([*lines, "", *_listed(afterwards(report, compared)), ""]))


def _listed(told: Iterable[Line]) -> Iterator[str]:
    """The lines as a list under their headings, a command as it is."""
    for kind, text in told:
        if kind == "head":
            yield from ["", f"## {escaped(text)}", ""] if text else [""]
        elif kind == "replay":
            yield from ["", "```sh", text.strip().removeprefix("replay: "), "```"]
        elif text:
            yield f"{'' if kind == 'step' else '- '}{escaped(text)}"
