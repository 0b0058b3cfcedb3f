"""The audit as an HTML file that loads nothing, what is wrong coming first; all of it can be read without a script."""

from broadcast_orchestrator.model.guide.readings import READINGS
from broadcast_orchestrator.properties.audit.audited import KINDS, KNOWN_OPEN, SETTLED, WRONG, Remark
from broadcast_orchestrator.properties.traceability.standing import standings
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS
from broadcast_orchestrator.reports.output.page_shell import environment, shell

MARKS = {WRONG: "✗", KNOWN_OPEN: "?", SETTLED: "✓"}
"""A sign for every standing, in the order in which the page has them."""


def html(audited: tuple[Remark, ...], summary: str, verdict: str) -> str:
    """The whole page; `summary` is all of it in one sentence, `verdict` what the audit comes to."""
    order = list(MARKS)
    return (
        environment()
        .get_template("audit_page.html.jinja")
        .render(
            **shell(),
            remarks=sorted(audited, key=lambda remark: order.index(remark.standing)),
            wrong=any(remark.standing == WRONG for remark in audited),
            kinds=KINDS,
            marks=MARKS,
            standings=standings(),
            readings=READINGS,
            summary=summary,
            symbol=SYMBOLS[verdict],
            seal=verdict,
        )
    )
