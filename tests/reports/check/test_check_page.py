"""The page of `broadcast check --out`: the failure first, everything in its place, and nothing that harms a reader."""

import base64
import hashlib
import re
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from broadcast_orchestrator.properties.checking import CheckReport, check
from broadcast_orchestrator.properties.checking.baseline import Known, compared
from broadcast_orchestrator.properties.mutants.starting import DoesNotRollBack
from broadcast_orchestrator.reports.check.files import write_files
from broadcast_orchestrator.reports.check.markdown import summary
from broadcast_orchestrator.reports.check.page import html
from broadcast_orchestrator.reports.check.words import Started, lines
from broadcast_orchestrator.sim.subjects.dialect import Dialect
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject

STARTED = Started(("node", "adapter.mjs"), budget=("--scenarios", "60"))
MARKUP = "<script>alert('x')</script><b>&amp;"


@pytest.fixture(scope="module")
def report() -> CheckReport:
    """A check of a core that does not roll back, cut off."""
    return check(partial(ReferenceSubject, DoesNotRollBack), scenarios=30)


def page(report: CheckReport, baseline: tuple[Known, ...] = ()) -> str:
    """The page of a check against a baseline."""
    return html(report, compared(report.findings, baseline), STARTED, Dialect())


class Tags(HTMLParser):
    """The tags of a page with their attributes, and the content of its one script and style sheet."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.content: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Note what a script or style sheet has in it."""
        if self.tags and self.tags[-1][0] in ("script", "style"):
            self.content.setdefault(self.tags[-1][0], data)

    def all(self, name: str) -> list[str]:
        """Every value of an attribute."""
        return [attributes[name] for _, attributes in self.tags if name in attributes]


def test_each_finding_is_a_card_with_all_that_is_known_of_it(report: CheckReport) -> None:
    """Its sentence, the guarantee, the timeline, the steps, the command, the files; the gravest comes first."""
    text = page(report)
    cards = text.split('<article id="')[1:]
    assert [card.partition('"')[0] for card in cards] == [finding.id for finding in report.findings]
    for card, finding in zip(cards, report.findings, strict=True):
        for told in ("<svg", 'class="note-line breach"', "without it", "broadcast check --replay", "pytest", "vitest"):
            assert told in card
        assert f'data-guarantee="{finding.guarantee}"' in card
    assert text.index("takes effect</li>") < text.index(
        '<svg class="timeline" role="img"'
    )  # a key stands at the first timeline


def test_every_link_leads_to_a_file_or_a_place_on_the_page(report: CheckReport, tmp_path: Path) -> None:
    """Nothing is linked that is not written beside the page."""
    written = {path.name for path in write_files(report, compared(report.findings, ()), STARTED, Dialect(), tmp_path)}
    tags = Tags((tmp_path / "index.html").read_text())
    ids = tags.all("id")
    assert len(ids) == len({*ids})
    assert {target for target in tags.all("href") if not target.startswith("#")} <= written
    assert {target[1:] for target in tags.all("href") if target.startswith("#")} <= {*ids}


def test_the_policy_allows_the_one_script_and_the_one_style_sheet(report: CheckReport) -> None:
    """Both by their hashes, and nothing else; there is no style attribute and no handler in an attribute."""
    tags = Tags(page(report))
    (policy,) = (each["content"] for _, each in tags.tags if each.get("http-equiv") == "Content-Security-Policy")
    script, style = (
        base64.b64encode(hashlib.sha256(tags.content[name].encode()).digest()).decode() for name in ("script", "style")
    )
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; "
        "base-uri 'none'; form-action 'none'"
    )
    names = {name for _, attributes in tags.tags for name in attributes}
    assert not [name for name in names if name == "style" or name.startswith("on")]


def test_what_an_implementation_says_stays_text(report: CheckReport) -> None:
    """Markup in a title, in what was observed and in the name is shown as the characters that it is made of."""
    first, *rest = report.findings
    said = first._replace(title=MARKUP, observed=MARKUP, harm=MARKUP)
    text = page(replace(report, name=MARKUP, findings=(said, *rest)))
    assert text.count("<script") == 1
    assert "<b>" not in text
    assert text.count("&lt;script&gt;") >= 6


def test_headings_are_in_order(report: CheckReport) -> None:
    """One first heading, and no level is left out on the way down."""
    levels = [int(level) for level in re.findall(r"<h([1-6])", page(report))]
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_known_fixed_and_unsought_findings_stand_behind_the_new_ones(report: CheckReport) -> None:
    """A known finding has its card, folded; the page says what is fixed and what nobody looked for."""
    known = (Known(report.findings[0].id), Known("G4-0", title="long gone"))
    text = page(report, known)
    assert text.index('id="findings"') < text.index('id="baseline"') if report.findings[1:] else True
    assert "<h3>Not looked for</h3>" in text
    assert "long gone" in text
    assert f'<article id="{report.findings[0].id}"' not in text
    assert f"<summary>{report.findings[0].guarantee}: " in text


def test_the_page_says_when_it_was_made_where_that_is_given(
    report: CheckReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The day is that of SOURCE_DATE_EPOCH; without it no clock is asked, and the same check gives the same page."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert page(report) == page(report)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert "· 1970-01-02 · check of" in page(report)


def test_page_summary_and_terminal_have_one_order(report: CheckReport) -> None:
    """Findings, each with what was expected before its steps, then what was not observable, then the sweep."""
    against = compared(report.findings, ())
    told = "\n".join(text for _, text in lines(report, against, STARTED))
    title = report.findings[0].title.partition("_")[0]
    for text in (page(report).partition("<main")[2], summary(report, against, STARTED), told):
        places = [text.index(words) for words in (title, "expected", "A caller asks", "--replay", "Seen of the sweep")]
        assert places == sorted(places)
