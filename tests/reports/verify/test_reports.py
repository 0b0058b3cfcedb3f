"""The reports: the same facts as HTML, JSON, JUnit XML, Markdown and timelines, and nothing that harms a reader."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from broadcast_orchestrator.model.guide.clauses import CLAUSES
from broadcast_orchestrator.model.operations import SERVICES
from broadcast_orchestrator.model.table import IDLE, INITIALIZING, BroadcastState
from broadcast_orchestrator.properties.audit.audit import Contradiction
from broadcast_orchestrator.properties.guarantees.verdicts import (
    HELD,
    PROVED,
    UNKNOWN,
    VIOLATED,
    Cell,
    Claim,
    Violation,
    Witness,
)
from broadcast_orchestrator.properties.model_check.growth import Growth
from broadcast_orchestrator.properties.model_check.space import Survey
from broadcast_orchestrator.properties.mutants.mutation_score import MutationScore, Score
from broadcast_orchestrator.properties.traceability.standing import standings
from broadcast_orchestrator.properties.verification.matrix import matrix
from broadcast_orchestrator.properties.verification.verification import SpaceSummary, Verification
from broadcast_orchestrator.reports.changes.differences import differences
from broadcast_orchestrator.reports.changes.saved import parse
from broadcast_orchestrator.reports.charts.growth_chart import panels
from broadcast_orchestrator.reports.options.asked_broadcast import broadcast, fault_of
from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.output.formats.schemas import schema
from broadcast_orchestrator.reports.timelines.timeline import timeline
from broadcast_orchestrator.reports.timelines.timeline_svg import svg
from broadcast_orchestrator.reports.timelines.timeline_text import lines
from broadcast_orchestrator.reports.verify.embedded import experiments
from broadcast_orchestrator.reports.verify.formats.annotations import annotations
from broadcast_orchestrator.reports.verify.formats.json_report import json_object, json_text
from broadcast_orchestrator.reports.verify.formats.junit import junit_xml
from broadcast_orchestrator.reports.verify.formats.markdown import markdown
from broadcast_orchestrator.reports.verify.formats.page import html
from broadcast_orchestrator.reports.verify.report import VerificationReport, gather, sentence
from broadcast_orchestrator.reports.verify.witnesses import told
from broadcast_orchestrator.sim.world.faults import HANG, REFUSE
from broadcast_orchestrator.sim.world.steps import Answer, Do, Effect, Mark, Step, Timer
from broadcast_orchestrator.sim.world.trace import Passage, take, walk

MARKUP = "<script>alert('x')</script><b>&amp;"
STEPS: tuple[Step, ...] = (
    Do("initialize"),
    Effect("host", 0),
    Answer("host", 0, ok=True),
    Do("start_broadcast", "s1"),
    Answer("live_feed", 0, ok=False, fault=REFUSE),
    Mark("live_feed", 0, HANG),
    Timer(),
)


def run(*steps: Step) -> tuple[Passage, ...]:
    """The steps, taken."""
    return tuple(take(steps or STEPS))


def cell(verdict: str = PROVED, *, fault: str = "F1", place: str = "forward", happened: int = 3) -> Cell:
    """A cell of G2; a violated one has a witness whose violation is full of markup."""
    witness = None
    if verdict == VIOLATED:
        witness = Witness(Violation("G2", MARKUP), tuple(run()))
    return Cell("G2", fault, place, verdict, 1, 1234, happened, witness)


def report(*cells: Cell, claims: tuple[Claim, ...] = (), text: str = "fine") -> VerificationReport:
    """A small report; `text` stands wherever others may write."""
    verification = Verification(
        faults=1,
        seed=7,
        seconds=1.5,
        cells=cells or (cell(),),
        claims=(*claims, Claim("simulator", f"claim {text}", HELD, f"evidence {text}")),
        findings=(Contradiction("an-id", "gap", ("ST-1",), f"finding {text}", f"computed {text}", "R1, R2"),),
        space=SpaceSummary(1234, 5678, 9, (f"bound {text}",)),
        coverage={"explorer": {(IDLE, INITIALIZING): 5}},
    )
    witnesses = tuple(told(each) for each in cells if each.witness is not None)
    return gather(verification, witnesses, run())


# -- The matrix and the verdict -------------------------------------------------------------------


def test_a_square_shows_the_worst_of_its_places() -> None:
    """One violated place makes the square violated, one unknown place unknown, whatever the others say."""
    for worst in (VIOLATED, UNKNOWN):
        ((_, squares),) = matrix((cell(), cell(worst, place="rollback"), cell(place="shutdown"))).rows
        assert [square.answer for square in squares] == [worst]


def test_a_fault_that_never_hit_proves_nothing() -> None:
    """A square whose fault hit at no place says "not reached", and F0, which is no fault, still says proved."""
    ((_, squares),) = matrix((cell(happened=0), cell(fault="F0", happened=0))).rows
    assert [(square.fault_class, square.answer) for square in squares] == [("F0", "proved"), ("F1", "not reached")]


def test_rows_and_columns_are_in_the_order_of_their_numbers() -> None:
    """G10 comes after G2, and F11 after F4."""
    cells = [Cell(name, fault, "forward", PROVED, 1, 1, 1) for name in ("G10", "G2") for fault in ("F11", "F4")]
    grid = matrix(cells)
    assert (grid.columns, [name for name, _ in grid.rows]) == (("F4", "F11"), ["G2", "G10"])


@pytest.mark.parametrize(
    ("cells", "claims", "verdict", "words"),
    [
        (
            (cell(),),
            (),
            "proved",
            "The one guarantee is proved over 1,234 worlds with up to 1 fault (bound fine), and all 1 further",
        ),
        ((cell(), cell(UNKNOWN)), (), "unknown", "Nothing is violated with up to 1 fault, but 1 answers are unknown."),
        ((cell(UNKNOWN), cell(VIOLATED)), (), "violated", "1 of 2 cells are violated with up to 1 fault: G2."),
        ((cell(),), (Claim("e", "that it rains", VIOLATED, ""),), "violated", "further claims: that it rains."),
    ],
)
def test_the_verdict_is_the_worst_answer_and_one_sentence(
    cells: tuple[Cell, ...], claims: tuple[Claim, ...], verdict: str, words: str
) -> None:
    """Violated outweighs unknown, unknown outweighs proved, and the sentence says which it is."""
    verification = report(*cells, claims=claims).verification
    assert verification.verdict == verdict
    assert words in sentence(verification)


# -- HTML -----------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.styles: list[str] = []
        self.scripts: list[str] = []
        self.policy = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the tag and what it carries."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if ("http-equiv", "Content-Security-Policy") in attrs:
            self.policy = dict(attrs)["content"] or ""

    def handle_endtag(self, tag: str) -> None:
        """What follows an end is outside."""
        self.tags.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        """Remember what stands in a style sheet or a script."""
        if self.tags and self.tags[-1] in ("style", "script"):
            (self.styles if self.tags[-1] == "style" else self.scripts).append(data)


def test_the_page_loads_nothing_and_runs_its_one_script() -> None:
    """There is no other script, no style attribute, no address of another host; each link leads into the page."""
    page = Page(html(report(cell(VIOLATED))))
    names = [name for name, _ in page.attributes]
    assert page.tags.count("script") == 1
    assert not {"link", "img", "iframe", "object"} & {*page.tags}
    assert "src" not in names
    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]
    targets = [value for name, value in page.attributes if name == "href"]
    ids = [value for name, value in page.attributes if name == "id"]
    assert {target[1:] for target in targets if target.startswith("#")} <= {*ids}
    assert [target for target in targets if not target.startswith("#")] == ["witnesses/G2-F1-forward.html"]
    assert len(ids) == len({*ids})


def test_the_policy_allows_the_one_style_sheet_and_the_one_script_alone() -> None:
    """The policy forbids everything, and then allows each of the two by the hash that the page's own one has."""
    page = Page(html(report()))
    (style,), (script,) = page.styles, page.scripts
    assert page.policy == (
        f"default-src 'none'; script-src 'sha256-{digest(script)}'; style-src 'sha256-{digest(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def digest(content: str) -> str:
    """The hash by which a policy names it."""
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def test_markup_from_elsewhere_stays_text() -> None:
    """Markup in violations, claims, findings and bounds shows up as the characters that it is made of."""
    text = html(report(cell(VIOLATED), text=MARKUP))
    assert text.count("<script") == 1
    assert "<b>" not in text
    assert text.count("&lt;script&gt;") >= 6


NASTY = MARKUP + '"onmouseover="x ]]> ```x``` | a | \n::error::x\n# x'


def test_whatever_a_text_holds_every_report_stays_whole() -> None:
    """Markup, quotes, ends of sections, backticks, pipes and commands of a runner stay text, in names, messages and
    logs alike: on the page, in the XML, in the summary and in the annotations."""
    told_by_others = Witness(Violation("G2", NASTY), ())
    others = (Claim(NASTY, NASTY, VIOLATED, NASTY), Claim("simulator", NASTY, UNKNOWN, NASTY))
    shown = report(cell(VIOLATED)._replace(witness=told_by_others), claims=others, text=NASTY)
    page = Page(html(shown))
    assert (page.tags.count("script"), page.tags.count("b")) == (1, 0)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    root = ElementTree.fromstring(junit_xml(shown))
    assert NASTY in [case.get("name") for case in root.iter("testcase")]
    assert NASTY in [failure.get("message") for failure in root.iter("failure")]
    summary = markdown(shown)
    assert "<script" not in summary
    assert not [line for line in summary.splitlines() if line.startswith(("::", "# x"))]
    assert re.search(r"\\`\\`\\`x\\`\\`\\` \\\| a", summary)
    lines = list(annotations(shown))
    assert len(lines) == 3
    assert not [line for line in lines if "\n" in line or line.count("::error") + line.count("::warning") < 1]
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::error", "::warning"]


def test_a_red_cell_leads_to_its_witness() -> None:
    """The square and the cell link to the witness, which has a story, a timeline and the command that replays it."""
    text = html(report(cell(VIOLATED), cell(place="shutdown")))
    assert text.count('href="#G2-F1-forward"') == 2
    assert '<article id="G2-F1-forward"' in text
    assert "broadcast replay witnesses/G2-F1-forward.jsonl" in text
    assert 'aria-label="Timeline of G2-F1-forward"' in text


def test_a_grey_cell_leads_to_what_is_known_of_it() -> None:
    """An unknown square leads to its row of the table place by place, which stands open."""
    text = html(report(cell(UNKNOWN)))
    assert 'href="#G2-F1"' in text
    assert '<tr id="G2-F1">' in text
    assert '<details id="G2" class="places" open>' in text


def since(before: VerificationReport, after: VerificationReport) -> VerificationReport:
    """The report, compared with an earlier one."""
    old, new = (parse(json_object(each), "report.json") for each in (before, after))
    return replace(after, changes=differences(old, new))


def test_a_report_tells_what_changed_since_the_last_one() -> None:
    """A cell that was proved before is on the front page, in the summary and in the JSON, as a change for the worse."""
    shown = since(report(), report(cell(VIOLATED)))
    text = html(shown)
    assert text.index('id="changes"') < text.index('id="matrix"')
    assert "2 got worse" in text
    assert text.count("<td>G2 under F1 at forward</td>") == 1  # all is shown at once, nothing is left to be folded
    assert "<td>G2 under F1 at forward</td><td>proved → violated</td>" in text
    assert "- worse: cell G2 under F1 at forward: proved → violated" in markdown(shown)
    data = json.loads(json_text(shown))
    jsonschema.Draft202012Validator(schema("report")).validate(data)
    assert data["changes"][1]["after"] == "violated"


def test_a_first_report_has_nothing_to_compare() -> None:
    """Without an earlier report nothing is said about changes; with an equal one that nothing changed."""
    assert 'id="changes"' not in html(report())
    assert "changes" not in json_object(report())
    assert "Nothing changed." in html(since(report(), report()))


def results(folder: Path, *sizes: int) -> Path:
    """A folder as an experiment writes it, with pictures of so many bytes."""
    claim = {"claim": f"{MARKUP} is at least 1", "verdict": "violated", "estimate": 0.5, "n": 9, "settings": {"a": 1}}
    answer = {
        "name": MARKUP,
        "seed": 7,
        "runs": 9,
        "verdict": "violated",
        "estimates": [],
        "claims": [claim],
        "failed": 2,
    }
    (folder / "pictures").mkdir(parents=True)
    (folder / "answer.json").write_text(json.dumps(answer))
    for number, size in enumerate(sizes):
        (folder / "pictures" / f"time_to_live_{number}.png").write_bytes(b"x" * size)
    return folder


def test_experiments_are_shown_beside_the_proof(tmp_path: Path) -> None:
    """The page has the claims and the pictures of an experiment, whole within it; markup in them stays text, and what
    would make the page too large is left out and counted."""
    found = experiments((results(tmp_path / "a", 3, 1_400_000), results(tmp_path / "b", 200_000, 5)))
    assert [(len(each.pictures), each.left_out) for each in found] == [(2, 0), (1, 1)]
    text = html(replace(report(), experiments=found))
    assert text.count("<script") == 1
    assert text.count('<img src="data:image/png;base64,') == 3
    assert "1 more pictures are in the folder of the experiment." in text
    assert "time to live 0" in text
    assert "img-src data:" in Page(text).policy
    assert len(text) < 3_000_000


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    """The line names the option and the folder."""
    with pytest.raises(BadInput, match="has no report"):
        experiments((tmp_path,))


def test_every_clause_and_every_state_is_on_the_page() -> None:
    """The page names each clause of the guide and each of the seven states."""
    text = html(report())
    assert not [clause.id for clause in CLAUSES if f'id="{clause.id}"' not in text]
    assert not [state for state in BroadcastState if f">{state.value}<" not in text]


# -- JSON, JUnit XML, Markdown --------------------------------------------------------------------


def test_the_json_is_what_the_schema_promises() -> None:
    """Reports with proved, violated and unknown cells all follow the published schema, which is a valid one."""
    jsonschema.Draft202012Validator.check_schema(schema("report"))
    validator = jsonschema.Draft202012Validator(schema("report"))
    for verdict in (PROVED, VIOLATED, UNKNOWN):
        validator.validate(json.loads(json_text(report(cell(verdict), text=MARKUP))))


def test_it_is_told_who_asks_for_each_demand() -> None:
    """On the page and in the JSON that the schema promises: the checks, how often what they are about was met and where
    first, the mutants, and what is missing where a demand is open."""
    whole = report()
    met = {"the matrix": {"rest in live": 7, "starting to live": 2}}
    whole = replace(whole, verification=replace(whole.verification, standings=standings(met)))
    data = json.loads(json_text(whole))
    jsonschema.Draft202012Validator(schema("report")).validate(data)
    told_of = {each["id"]: each for each in data["demands"]}
    assert told_of["SU-10"]["asked"] == [
        {
            "checks": ["G7 gives_up", "G3 all_on"],
            "sight": "starting to live",
            "times": 2,
            "scope": "the matrix",
            "mutants": ["shrugs-at-the-producer"],
        }
    ]
    assert (told_of["SU-10"]["standing"], told_of["MO-1"]["standing"]) == ("asked", "not of a run")
    assert told_of["R16"]["missing"][0] == "'stopping to error' is met in no scope"
    page = html(whole)
    assert "starting to live" in page
    assert "&#39;stopping to error&#39; is met in no scope" in page


def test_the_schema_refuses_what_is_no_report() -> None:
    """A violated cell without a witness, a verdict that does not exist and an unknown field are all refused."""
    validator = jsonschema.Draft202012Validator(schema("report"))
    for mend in ({"verdict": "violated"}, {"verdict": "maybe"}, {"colour": "red"}):
        data = json_object(report())
        data["cells"][0] |= mend
        assert not validator.is_valid(json.loads(json.dumps(data)))


def test_the_json_carries_the_replayable_steps() -> None:
    """A witness has its steps as a trace has them, and the state after each."""
    (row,) = json_object(report(cell(VIOLATED)))["cells"]
    assert row["witness"]["steps"][0] == {"step": "do", "command": "initialize"}
    assert row["witness"]["states"][0] == "initializing"
    assert row["witness"]["replay"] == "broadcast replay witnesses/G2-F1-forward.jsonl"


def thorough(*growth: Growth) -> VerificationReport:
    """A small report of a thorough verification: one mutant that was caught, one that was not."""
    caught = Score("stops-in-ready", "explorer", ("G13",), 4, 12, MARKUP, 0.25)
    missed = Score("names-no-residue", "explorer", (), None, 400, "", 1.5)
    return gather(replace(report().verification, growth=growth, teeth=MutationScore((caught, missed))))


SMALL, LARGE = Growth(0, 1, 5_636, 19_667, 51, 0.4, 70_000_000), Growth(1, 1, 247_682, 1_229_594, 60, 4.1, 160_000_000)


def test_a_thorough_report_shows_growth_and_teeth() -> None:
    """Both are on the page, in the JSON that the schema promises, and the growth is in the summary; on the page of
    any other report they are not."""
    shown = thorough(SMALL, LARGE)
    page, data = html(shown), json.loads(json_text(shown))
    jsonschema.Draft202012Validator(schema("report")).validate(data)
    assert (data["growth"][1]["transitions"], data["mutants"]["survivors"]) == (1_229_594, ["names-no-residue"])
    assert page.count("<circle") == 3 * 2 + 1  # a point in each of three panels for each search, and the legend
    assert "247,682 worlds" in page
    assert "1 of 2 mutants survive: names-no-residue" in page
    (engine,) = data["mutants"]["engines"]
    assert (engine["engine"], engine["killed"], engine["missed"]) == ("explorer", 1, ["names-no-residue"])
    assert "| 1 | 1 | 247,682 | 1,229,594 | 60 | 4.1 | 160 |" in markdown(shown)
    assert 'class="growth"' not in html(report())
    assert 'id="mutants"' not in html(report())
    assert "How the search grows" not in markdown(report())


SPACE = Survey(1, 1, 100, 250, (1, 60, 39), dict.fromkeys(BroadcastState, 14), {(IDLE, INITIALIZING): 3}, 40, 50, 1)


def test_the_pictures_of_the_space_and_of_the_coverage_are_on_the_page() -> None:
    """The graph says of each engine how often it took a row; the space has its worlds, and is in the JSON."""
    coverage = {"explorer": {(IDLE, INITIALIZING): 5}, "simulator": {(IDLE, INITIALIZING): 7}}
    shown = gather(replace(report().verification, coverage=coverage, survey=SPACE))
    page, data = html(shown), json.loads(json_text(shown))
    jsonschema.Draft202012Validator(schema("report")).validate(data)
    assert re.search(r">explorer 5×<.*>simulator 7×<", page, re.DOTALL)
    assert "100 worlds and 250 transitions with one fault, commands racing" in page
    assert (data["survey"]["widths"], data["survey"]["rows"]) == (
        [1, 60, 39],
        [{"source": "idle", "target": "initializing", "taken": 3}],
    )
    assert "The explored space" not in html(report())
    assert "survey" not in json_object(report())


def test_a_witness_is_drawn_as_a_path() -> None:
    """Each witness is a path of its own through the procedures, with the violation on its last arrow, shown as text."""
    page = html(report(cell(VIOLATED), cell(VIOLATED, fault="F6")))
    assert page.count('aria-label="witness G2-F1-forward"') == 1
    assert "3. host.initialize succeeds" in page
    assert page.count("<script") == 1
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_it_is_told_where_each_fault_struck() -> None:
    """A fault has a number for each place, 0 where it was not reached and nothing where it cannot hit at all."""
    cells = (cell(happened=1234), cell(place="rollback", happened=0), cell(fault="F10", place="anywhere", happened=6))
    shown = report(*cells, cell(fault="F0", place="anywhere", happened=9))
    refuse, bypass = json_object(shown)["strikes"]
    assert (refuse["fault_class"], refuse["total"], bypass["fault_class"], bypass["total"]) == ("F1", 1234, "F10", 6)
    assert refuse["at"] == {
        "forward": 1234, "rollback": 0, "shutdown": 0, "emergency": 0, "cleanup": 0, "abandoned": 0, "anywhere": None,
    }  # fmt: skip
    assert [place for place, count in bypass["at"].items() if count is not None] == ["anywhere"]
    page = html(shown)
    assert page.count('<span class="quiet">not reached</span>') == 5
    assert '<td class="number">1,234</td>' in page


def test_the_chart_is_logarithmic() -> None:
    """Ten times as many worlds are one tick higher, and the ticks are the powers of ten around what was measured."""
    worlds, seconds, memory = panels((SMALL, SMALL._replace(faults=1, states=56_360, seconds=0.0)))
    assert [tick.text for tick in worlds.up] == ["1,000", "10,000", "100,000"]
    low, high = worlds.curves[0].points
    assert round(low.y - high.y, 1) == round(worlds.up[0].at - worlds.up[1].at, 1)
    assert (seconds.up[0].text, [tick.text for tick in memory.up]) == ("0.001", ["10", "100"])
    assert panels(()) == ()


def test_junit_has_a_case_for_each_answer() -> None:
    """Violated is a failure with seed and replay line, unknown is skipped, and control characters do no harm."""
    shown = report(cell(), cell(VIOLATED, place="rollback"), cell(UNKNOWN, place="shutdown"), text="a\x00b")
    root = ElementTree.fromstring(junit_xml(shown))
    guarantees, simulator = root.findall("testsuite")
    assert guarantees.attrib == {"name": "guarantees", "tests": "3", "failures": "1", "errors": "0", "skipped": "1"}
    assert len(guarantees.findall("testcase")) == 3
    (failure,) = guarantees.iter("failure")
    assert "replay: broadcast replay witnesses/G2-F1-rollback.jsonl" in (failure.text or "")
    assert "seed: 7" in (failure.text or "")
    assert [case.get("name") for case in simulator] == ["claim a\ufffdb"]


def test_the_summary_begins_with_the_verdict_and_folds_the_rest() -> None:
    """The first line is the verdict, the third the sentence; witnesses and claims are folded, markup is no markup."""
    text = markdown(report(cell(VIOLATED), text=MARKUP))
    first, _, third = text.splitlines()[:3]
    assert first == "# ✗ violated"
    assert third == "1 of 1 cells are violated with up to 1 fault: G2."
    assert "<summary>Witnesses (1)</summary>" in text
    assert "<script" not in text


def test_the_summary_draws_the_states() -> None:
    """A small Mermaid graph has the seven states, and how often the change was seen that was seen."""
    block = markdown(report()).partition("```mermaid\n")[2].partition("\n```")[0]
    assert block.startswith("flowchart LR")
    assert all(f'("{state.value}")' in block for state in BroadcastState)
    assert "5" in next(line for line in block.splitlines() if line.lstrip().startswith("n0 -->"))
    assert len(block) < 10_000


def test_the_summary_stays_below_the_limit_of_a_step() -> None:
    """However much there is to tell, a step summary stays below one megabyte and says what it left out."""
    text = markdown(report(claims=tuple(Claim("e", "c" * 1000, HELD, "x") for _ in range(2000))))
    assert len(text.encode()) < 1_000_000
    assert "Left out for its length" in text


# -- Timelines ------------------------------------------------------------------------------------


def test_a_call_shows_effect_and_reply_apart() -> None:
    """The bar of a call knows the step of its issue, its effect, its reply, and what went wrong."""
    drawn = timeline(run())
    initialize, start, stop = drawn.bars
    assert (initialize.begin, initialize.effect, initialize.reply, initialize.ok) == (0, 1, 2, True)
    assert (start.operation, start.effect, start.reply, start.ok, start.faults) == (
        "live_feed.start",
        None,
        4,
        False,
        [(4, "F1")],
    )
    assert (stop.operation, stop.reply, stop.given_up, stop.end) == ("live_feed.stop", None, 6, 6)


def test_states_and_procedures_are_bands() -> None:
    """The states follow each other without a gap, and the procedure's rollback is a band of its own."""
    drawn = timeline(run())
    assert drawn.states == (("initializing", 0, 2), ("ready", 2, 3), ("starting", 3, 6), ("error", 6, 7))
    assert [band.label for band in drawn.procedures] == [
        "initialize: attempt",
        "start_broadcast",
        "start_broadcast: rollback",
    ]


def test_a_late_reply_ends_its_own_call_and_no_other() -> None:
    """Of two calls to one service under way, the older given up, each gets its own effect and its own reply."""
    studio = broadcast(1, tuple(fault_of(text) for text in ("producer.start:lost_reply", "host.stop:late")))
    drawn = timeline(walk(studio.trace))
    first, second = (bar for bar in drawn.bars if bar.operation == "host.stop")
    assert first.given_up is not None
    assert first.reply is not None
    assert not first.ok
    assert second.given_up is None
    assert second.ok


def test_the_picture_has_a_lane_for_each_service() -> None:
    """The SVG is well formed, names every service, marks faults, and keeps markup as text."""
    drawn = timeline(run(Do("initialize"), Do("start_broadcast", MARKUP)))
    root = ElementTree.fromstring(svg(drawn, MARKUP))
    texts = [element.text for element in root.iter() if element.get("class") == "lane-name"]
    assert texts == ["step", "state", "procedure", *SERVICES]
    assert root.get("aria-label") == MARKUP
    faults = ElementTree.fromstring(svg(timeline(run()), "t"))
    assert [e.text for e in faults.iter() if e.get("class") == "fault-label"] == ["F1", "F3"]


def test_the_story_is_told_in_lines() -> None:
    """The text has a line a step with time, state and what happened, and what followed stands beneath."""
    told_lines = [text for kind, text in lines(run()) if kind in ("step", "fault", "follow")]
    assert re.search(r"^ +1  initializing .*a caller asks: initialize$", told_lines[0])
    assert any("live_feed.start fails [F1 refuse]" in line for line in told_lines)
    assert told_lines[-1].endswith("start_broadcast failed: live_feed.start failed: refused; live_feed.stop timed out")
