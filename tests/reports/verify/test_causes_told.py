"""Causes in the report: told before the cells in every format, with what the verdict leaves out."""

import json
import re
from dataclasses import replace
from io import StringIO
from xml.etree import ElementTree

import jsonschema
from rich.console import Console

from broadcast_orchestrator.properties.causes.causes import RootCause
from broadcast_orchestrator.properties.guarantees.verdicts import PROVED, VIOLATED, Cell, Violation, Witness
from broadcast_orchestrator.properties.mutants.starting import DoesNotRollBack
from broadcast_orchestrator.properties.verification.verification import SpaceSummary, Verification, VerificationScope
from broadcast_orchestrator.reports.output.formats.schemas import schema
from broadcast_orchestrator.reports.verify.formats.annotations import annotations
from broadcast_orchestrator.reports.verify.formats.events import Events
from broadcast_orchestrator.reports.verify.formats.json_report import json_text
from broadcast_orchestrator.reports.verify.formats.junit import junit_xml
from broadcast_orchestrator.reports.verify.formats.markdown import markdown
from broadcast_orchestrator.reports.verify.formats.page import html
from broadcast_orchestrator.reports.verify.formats.screen import show_verification
from broadcast_orchestrator.reports.verify.report import gather, sentence
from broadcast_orchestrator.sim.world.steps import Do
from broadcast_orchestrator.sim.world.trace import take

WITNESS = Witness(Violation("G2", "session is on <b>"), tuple(take((Do("initialize"),))))
CELLS = tuple(Cell("G2", "F1", place, VIOLATED, 1, 10, 3, WITNESS) for place in ("forward", "rollback"))
NAMES = tuple(cell.name for cell in CELLS)
SHOWN = RootCause(
    "when x fails, the core does not undo it", ("G2",), NAMES, WITNESS, None, frozenset(), "startup_failed", ("also y",)
)
HIDDEN = SHOWN._replace(
    sentence="when y fails, the core stops", explains=(), rule="", also=(), hidden_by="when x fails"
)
VERIFICATION = Verification(
    faults=1,
    seed=0,
    seconds=1.0,
    cells=CELLS,
    claims=(),
    findings=(),
    space=SpaceSummary(10, 20, 3, ("commands come racing", "at most 1 fault in all", "F1 mixed")),
    coverage={},
    causes=(SHOWN, HIDDEN),
    asked=VerificationScope(guarantees=("G2",), rules=DoesNotRollBack),
)
REPORT = gather(VERIFICATION)
FIRST_LINE = (
    "1 cause in 2 of 2 cells with up to 1 fault: when x fails, the core does not undo it; and behind them 1 hidden one."
)


def test_the_first_line_counts_causes_before_cells() -> None:
    """How many there are, in how many cells, the first of them, and how many are hidden."""
    assert sentence(VERIFICATION) == FIRST_LINE
    many = replace(VERIFICATION, causes=tuple(SHOWN._replace(sentence=f"mistake {n}") for n in range(5)))
    assert "5 causes in 2 of 2 cells with up to 1 fault: mistake 0; mistake 1; mistake 2; and 2 more." in sentence(many)


def test_what_is_left_out_is_told() -> None:
    """Guarantees, scopes, the core that is judged, and the engines that were not asked."""
    path = "broadcast_orchestrator.properties.mutants.starting:DoesNotRollBack"
    assert REPORT.left_out == (
        "Only these guarantees were asked for: G2; nothing is said of others.",
        "The scopes beside the plain one were not explored.",
        f"The core that is judged is {path}, not the reference.",
        "The explorer alone was asked: no search by Hypothesis, no simulated runs, no graphs of procedures and of "
        "progress, no audit of the guide.",
    )
    whole = gather(replace(VERIFICATION, asked=VerificationScope()))
    assert whole.left_out == ()
    asked = [("Nothing was found." in page, "The guide was not asked" in page) for page in map(html, (REPORT, whole))]
    assert asked == [(False, True), (True, False)]


def test_the_json_has_the_causes_and_each_cell_its_own() -> None:
    """The published schema allows it, and the witness of a cell is replayed by that of its cause."""
    data = json.loads(json_text(REPORT))
    jsonschema.Draft202012Validator(schema("report")).validate(data)
    shown, hidden = data["causes"]
    assert (shown["id"], shown["rule"], shown["explains"]) == ("cause-1", "startup_failed", list(NAMES))
    assert shown["replay"].startswith("broadcast replay witnesses/cause-1.jsonl --rules ")
    assert (hidden["hidden_by"], hidden["replay"], hidden["explain"]) == ("when x fails", "", "")
    assert [cell["cause"] for cell in data["cells"]] == ["cause-1", "cause-1"]
    assert data["cells"][0]["witness"]["replay"] == shown["replay"]
    assert data["left_out"] == list(REPORT.left_out)


def test_the_page_begins_with_the_causes_and_folds_what_is_sound() -> None:
    """The head counts them and lists each with a link to its card; a row that breaks stands before the fold."""
    sound = tuple(Cell("G1", "F1", place, PROVED, 1, 10, 3) for place in ("forward", "rollback"))
    page = html(gather(replace(VERIFICATION, cells=(*sound, *CELLS))))
    head, main = page.split("<main", 1)
    assert "</span>1 cause in 2 of 4 cells with up to 1 fault</h1>" in head
    assert "verification of broadcast_orchestrator.properties.mutants.starting:DoesNotRollBack" in head
    assert [head.count(f'<a href="#cause-{number}">') for number in (1, 2)] == [1, 1]
    assert main.index('<a href="#G2">') < main.index("1 more: nothing breaks G1</summary>") < main.index('href="#G1"')
    assert main.index('aria-label="Key of the timelines"') < main.index('aria-label="Timeline of cause-1"')
    assert '<details class="rows">' not in html(gather(replace(VERIFICATION, cells=sound, causes=())))


def test_page_and_markdown_tell_causes_before_the_matrix() -> None:
    """Each mistake once, whatever is in its texts, and the squares lead to it."""
    page, text = html(REPORT), markdown(REPORT)
    assert page.index('id="causes"') < page.index('id="matrix"')
    assert 'href="#cause-1"' in page
    assert "session is on <b>" not in page
    assert text.index("## Causes") < text.index("| **G2** |")
    assert "Breaks G2 in 2 cells." in text
    assert "Explored: commands come racing; at most 1 fault in all; F1 mixed." in text
    for told in (page, text):
        assert "Only these guarantees were asked for: G2" in told


def test_junit_and_annotations_have_a_failure_for_each_cause() -> None:
    """The first suite is that of the causes; every annotation is one line."""
    suites = ElementTree.fromstring(junit_xml(REPORT)).findall("testsuite")
    assert (suites[0].get("name"), suites[0].get("failures")) == ("causes", "2")
    notice, *errors = annotations(REPORT)
    assert notice.startswith("::notice title=what the verdict leaves out::Only these guarantees")
    assert [line.split("::")[1] for line in errors] == [
        "error title=cause-1 breaks G2",
        "error title=cause-2 breaks G2",
    ]


def test_the_terminal_and_the_events_tell_them_too() -> None:
    """A line a cause before the matrix; an event a cause before the last one, as the schema has it."""
    screen, stream = StringIO(), StringIO()
    show_verification(Console(file=screen, width=300), VERIFICATION, {"G2": "rollback"})
    assert screen.getvalue().startswith(
        "cause-1 [startup_failed]: When x fails, the core does not undo it. (G2; 2 cells)"
    )
    assert REPORT.left_out[0] in screen.getvalue()
    Events(stream).finish(REPORT)
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    for event in events:
        jsonschema.Draft202012Validator(schema("events")).validate(event)
    assert [event["event"] for event in events] == ["cause", "cause", "finish"]
    assert (events[-1]["causes"], events[-1]["left_out"]) == (2, list(REPORT.left_out))


def test_on_paper_the_verdict_comes_with_causes_matrix_and_bounds_alone() -> None:
    """What a reader of paper cannot fold is left out: every other section says so, and the matrix is whole."""
    page = html(REPORT)
    sections = re.findall(r'<section id="(\w+)"( class="off-paper")?', page)
    assert [name for name, off in sections if not off] == ["causes", "matrix", "grounds", "reproduce"]
    printed = page.partition("@media print")[2].partition("</style>")[0]
    for rule in (".off-paper", ".rows::details-content { content-visibility: visible", "#matrix { break-inside: avoid"):
        assert rule in printed
