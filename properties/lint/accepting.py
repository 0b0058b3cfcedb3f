"""Findings that somebody accepted, with a reason: by a comment at the place, or by a baseline.

The comment stands on the line, or on lines of its own right above it:

    // broadcast-lint accept store-operation: the studio's own mute button, see the decision of March
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from broadcast_orchestrator.properties.checking.baseline import Known, quoted
from broadcast_orchestrator.properties.lint.findings import PageFinding
from broadcast_orchestrator.properties.lint.page import ELEMENTS, Page, Site
from broadcast_orchestrator.properties.lint.reading.syntax import line, text

_COMMENT = re.compile(r"broadcast-lint accept ([\w-]+(?:, ?[\w-]+)*)(?::[ \t]*([^\n]*))?")


class Acceptance(NamedTuple):
    """A comment: the lines for which it holds, the rules that it accepts, and why ("" where it does not say)."""

    line: int
    holds: range
    rules: tuple[str, ...]
    because: str

    def covers(self, page: Page, site: Site) -> bool:
        """Whether it is about this place: about its line, or about the line of the element that it is an attribute
        of."""
        if site.rule not in self.rules:
            return False
        elements = (each for each in page.syntax.ancestors(site.node) if each.type in ELEMENTS)
        return any(line(each) in self.holds for each in (site.node, *elements))


def acceptances(page: Page) -> tuple[Acceptance, ...]:
    """Every comment that accepts something, in the order of the text."""
    return tuple(
        found for node in page.syntax.nodes if node.type == "comment" for found in _of(page, text(node), line(node))
    )


def _of(page: Page, comment: str, first: int) -> Iterator[Acceptance]:
    if match := _COMMENT.search(comment):
        rules = tuple(each.strip() for each in match[1].split(","))
        because = (match[2] or "").strip().removesuffix("*/").strip()
        yield Acceptance(first, range(first, _code_after(page, first + comment.count("\n")) + 1), rules, because)


def _code_after(page: Page, last: int) -> int:
    """The line of code that a comment ending on this line is about: this one, or the next that is no comment."""
    lines = page.syntax.lines
    if not _only_comment(lines[last - 1]):
        return last
    return next((number for number in range(last + 1, len(lines) + 1) if not _only_comment(lines[number - 1])), last)


def _only_comment(code: str) -> bool:
    stripped = code.strip()
    return not stripped or stripped.startswith(("//", "/*", "*", "{/*")) or stripped.endswith(("*/", "*/}"))


def against_baseline(
    findings: Iterable[PageFinding], known: tuple[Known, ...]
) -> tuple[tuple[PageFinding, ...], tuple[PageFinding, ...], tuple[Known, ...]]:
    """The findings that are new, those that a baseline knows, with its reasons, and the known ones that are gone."""
    found = tuple(findings)
    reasons = {each.id: each.because or "known by the baseline" for each in known}
    seen = {finding.id for finding in found}
    return (
        tuple(finding for finding in found if finding.id not in reasons),
        tuple(finding._replace(because=reasons[finding.id]) for finding in found if finding.id in reasons),
        tuple(each for each in known if each.id not in seen),
    )


def lint_baseline(findings: Iterable[PageFinding], known: tuple[Known, ...] = ()) -> str:
    """A baseline with these findings, as `properties.checking.baseline` reads it; reasons given before are kept."""
    reasons = {each.id: each.because for each in known}
    rows = ["# Findings that are known and do not fail `broadcast lint --baseline`.", ""]
    for finding in findings:
        title = f"{finding.path}: {finding.unit}: {finding.what}"
        because = reasons.get(finding.id, "")
        rows += [
            "[[known]]",
            *(
                f"{name} = {quoted(value)}"
                for name, value in (("id", finding.id), ("title", title), ("because", because))
            ),
            "",
        ]
    return "\n".join(rows)
