"""`broadcast audit`: what it says of the guide, where each remark stands, and the forms that it comes in."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from node_parts import need
from places import ROOT
from test_cli import broadcast

from broadcast_orchestrator.properties.audit.audit import Contradiction
from broadcast_orchestrator.properties.audit.audited import Remark, of_clauses, of_demands, of_finding, remarks, verdict
from broadcast_orchestrator.properties.audit.evidence import EVIDENCE
from broadcast_orchestrator.properties.guarantees.asking import Asking
from broadcast_orchestrator.properties.model_check.procedures import ProcedureGraph, explore
from broadcast_orchestrator.properties.traceability.standing import standings
from broadcast_orchestrator.reports.audit.page import html
from broadcast_orchestrator.reports.audit.sarif import sarif_text
from broadcast_orchestrator.reports.commands import audit as audit_command
from broadcast_orchestrator.reports.commands.audit import markdown, plain, told

NODE = ROOT / "tests" / "node"


@pytest.fixture(scope="module")
def exploration() -> ProcedureGraph:
    """What the reference does."""
    return explore()


@pytest.fixture(scope="module")
def found(exploration: ProcedureGraph) -> tuple[Remark, ...]:
    """The audit."""
    return remarks(exploration)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, exploration: ProcedureGraph) -> None:
    """The command, with that exploration instead of one more."""
    monkeypatch.setattr(audit_command, "explore", lambda: exploration)


# -- Where a remark stands ------------------------------------------------------------------------


def test_nothing_is_wrong(found: tuple[Remark, ...], exploration: ProcedureGraph) -> None:
    """Readings settle 25 remarks; two findings and what no run can show are open, and it is said of each why."""
    standings = [remark.standing for remark in found]
    assert (standings.count("settled"), standings.count("wrong")) == (25, 0)
    opened = [remark for remark in found if remark.standing == "open"]
    assert [remark.id for remark in opened if remark.kind not in ("open_clause", "not_of_a_run")] == [
        "startup-test-without-content",
        "schema-fields-never-written",
    ]
    assert sum(remark.kind == "not_of_a_run" for remark in opened) == 23
    assert all(remark.because for remark in found)
    assert verdict(found, exploration) == "proved"


def test_what_pages_are_asked_for_is_told(found: tuple[Remark, ...]) -> None:
    """A clause about an application's pages names the rules by which `broadcast lint` reads them: SM-2, component by
    component, by what mixes both ways."""
    asked = {remark.id: remark.evidence for remark in found}
    assert asked["apart-SM-2"] == (
        "asked by tests/guide/test_guide_summary.py; of an application's pages by broadcast lint: mixed-control"
    )
    assert asked["apart-BP-4"].endswith("; of an application's pages by broadcast lint: local-state")
    assert asked["apart-UT-1"] == "asked by tests/guide/test_guide_testing.py"


def test_a_demand_that_nobody_asks_for_is_wrong(exploration: ProcedureGraph) -> None:
    """A clause or reading without a check, without a scope that has what it is about, or without a mutant fails the
    audit, and each says which of them is missing."""
    row = Asking("R16", ("order",), "rest on the moon", ())
    found = tuple(of_demands(standings(rows=(row,))))
    wrong = {remark.id: remark.because for remark in found if remark.standing == "wrong"}
    assert wrong["unasked-R16"] == "'rest on the moon' is met in no scope; there is no mutant that breaks it"
    assert wrong["unasked-SU-5"] == "no check asks for it"
    assert "unasked-MO-1" not in wrong
    assert verdict(found, exploration) == "violated"
    sarif = json.loads(sarif_text(found))["runs"][0]["results"]
    assert {result["ruleId"] for result in sarif if result["level"] == "error"} == {"unasked"}


def test_the_audit_lists_who_asks(found: tuple[Remark, ...], exploration: ProcedureGraph) -> None:
    """For each demand a line with the checks, what is met and where, and the mutants; in SARIF as properties."""
    line = (
        "  SU-10 G7 gives_up, G3 all_on: starting to live, met where nothing goes wrong, commands come at any moment; "
        "kills shrugs-at-the-producer"
    )
    assert line in told(found, exploration, "text").splitlines()
    assert "| SU-10 | G7 gives\\_up, G3 all\\_on | starting to live: where" in told(found, exploration, "markdown")
    demands = json.loads(told(found, exploration, "sarif"))["runs"][0]["properties"]["demands"]
    assert [each["id"] for each in demands if each["standing"] == "open"] == []
    assert len(demands) == 112


def test_a_dead_row_is_wrong() -> None:
    """Without a fault no row leads to error, so the search shows dead rows, and the audit fails."""
    nothing_fails = explore(faults=0)
    seen = remarks(nothing_fails)
    (wrong,) = [remark for remark in seen if remark.standing == "wrong"]
    assert (wrong.id, wrong.kind) == ("dead-rows", "model")
    assert "initializing → error" in wrong.evidence
    assert verdict(seen, nothing_fails) == "violated"


def test_a_search_that_was_cut_off_proves_nothing(found: tuple[Remark, ...], exploration: ProcedureGraph) -> None:
    """An audit on half a search is neither fine nor wrong."""
    assert verdict(found, exploration._replace(complete=False)) == "unknown"


def test_what_nobody_has_answered_is_wrong() -> None:
    """A finding is settled by readings that exist; one that names another, or none and is not known, is wrong."""
    finding = Contradiction("new", "gap", ("ST-1",), "Something is missing.", "computed", "open")
    assert of_finding(finding).standing == "wrong"
    assert of_finding(finding._replace(reading="R1, R99")).because == "there is no reading R99"
    settled = of_finding(finding._replace(reading="R1, R2"))
    assert (settled.standing, settled.readings) == ("settled", ("R1", "R2"))


def test_a_clause_without_evidence_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clause that is said to be served, and that nothing stands for, is wrong; none is open today."""
    assert list(of_clauses()) == []
    monkeypatch.setattr(
        "broadcast_orchestrator.properties.audit.audited.EVIDENCE",
        tuple(each for each in EVIDENCE if each[0] != "QS-1"),
    )
    wrong = [remark.id for remark in of_clauses() if remark.standing == "wrong"]
    assert wrong == ["clause-QS-1"]


# -- The command ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("quick")
def test_it_prints_the_audit(capsys: pytest.CaptureFixture[str]) -> None:
    """The text has each kind under a heading, each remark with what settles it, and ends with the sum."""
    code, out, err = broadcast(capsys, "audit")
    assert (code, err) == (0, "")
    assert "steps of the prose outside the table (4)\n  ✓ stop-from-stopping-to-ready (SD-2, SD-8, ST-7)\n" in out
    assert "      settled: R1: Where does a stop land?\n" in out
    assert "\nclauses that no run can show (23)" in out
    last = r"\d+ remarks: 25 settled by 14 readings, \d+ open and known to be, nothing wrong"
    assert re.fullmatch(last, out.splitlines()[-1])


def test_it_fails_when_something_is_wrong(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code is 1 when a remark is wrong, and 3 when the search was cut off."""
    monkeypatch.setattr(audit_command, "explore", lambda: explore(faults=0))
    code, out, _ = broadcast(capsys, "audit")
    assert code == 1
    assert "  ✗ dead-rows (ST-9)" in out
    assert out.splitlines()[-1].endswith(" open and known to be, 1 wrong")
    monkeypatch.setattr(audit_command, "explore", lambda: explore(faults=1, limit=10))
    code, out, _ = broadcast(capsys, "audit")
    assert code == 3
    assert out.splitlines()[-1].endswith("the search was cut off, so rows may be taken that it did not see")


@pytest.mark.usefixtures("quick")
def test_it_writes_to_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With --out the screen stays empty; an unknown format is refused with the known ones."""
    assert broadcast(capsys, "audit", "--format", "markdown", "--out", str(tmp_path / "audit.md"))[:2] == (0, "")
    assert (tmp_path / "audit.md").read_text(encoding="utf-8").startswith("# The guide, audited\n")
    code, _, err = broadcast(capsys, "audit", "--format", "sraif")
    assert code == 2
    assert '"sarif"' in err


# -- Markdown -------------------------------------------------------------------------------------


def test_markdown_has_a_row_for_each_remark(found: tuple[Remark, ...]) -> None:
    """Each kind has its table, each remark its row of five cells."""
    lines = list(markdown(found))
    rows = [line for line in lines if line.startswith(("| ✓", "| ?", "| ✗"))]
    assert len(rows) == len(found)
    assert all(row.count(" | ") == 4 for row in rows)
    assert next(line for line in lines if line.startswith("## ")) == "## Steps of the prose outside the table"


def test_markdown_cells_hold_no_markup() -> None:
    """What would be markup, or would end a cell or a line, is shown as it is."""
    assert plain("a | b\n<i>*c*</i> [d](e) `f`") == r"a \| b \<i\>\*c\*\</i\> \[d\](e) \`f\`"


# -- HTML -----------------------------------------------------------------------------------------


def test_the_page_has_a_card_for_each_remark(found: tuple[Remark, ...]) -> None:
    """What is wrong comes first and is listed at once, what is settled last; each link leads to a place on the page."""
    wrong = Remark("x", "gap", "wrong", "A <b>sentence</b>.", "seen", ("SU-6",), "nobody has answered")
    page = html((*found, wrong), "all of it", "violated")
    cards = re.findall(r'<article id="remark-([^"]+)" class="card" data-standing="(\w+)"', page)
    assert len(cards) == len(found) + 1
    assert cards[0] == ("x", "wrong")
    assert [standing for _, standing in cards] == sorted(
        (each[1] for each in cards), key=["wrong", "open", "settled"].index
    )
    assert "A &lt;b&gt;sentence&lt;/b&gt;." in page
    assert "<details open><summary>All of them" in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len({*ids})
    assert {*re.findall(r' href="#([^"]+)"', page)} <= {*ids}


# -- SARIF ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sarif(found: tuple[Remark, ...], exploration: ProcedureGraph) -> dict[str, Any]:
    """The audit as SARIF."""
    log: dict[str, Any] = json.loads(told(found, exploration, "sarif"))
    return log


def test_sarif_keeps_to_its_schema(sarif: dict[str, Any]) -> None:
    """The log is valid by the official schema of SARIF 2.1.0, which a log without a tool is not."""
    need(NODE)
    file = NODE / "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    validator = jsonschema.Draft7Validator({**schema, "$schema": "http://json-schema.org/draft-07/schema#"})
    assert [error.message for error in validator.iter_errors(sarif)] == []
    broken = {**sarif, "runs": [{"results": []}]}
    assert [error.message for error in validator.iter_errors(broken)] == ["'tool' is a required property"]


def test_sarif_has_a_result_for_each_remark(sarif: dict[str, Any], found: tuple[Remark, ...]) -> None:
    """Each result has a rule that is declared, a level that says where it stands, and a fingerprint of its own."""
    (run,) = sarif["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    results = run["results"]
    assert len(results) == len(found) == len({result["partialFingerprints"]["remark/v1"] for result in results})
    for result, remark in zip(results, found, strict=True):
        assert rules[result["ruleIndex"]] == result["ruleId"] == remark.kind
        assert result["level"] == {"settled": "note", "open": "warning", "wrong": "error"}[remark.standing]
        assert ("suppressions" in result) == (remark.standing == "settled")


def test_sarif_points_at_the_clause(sarif: dict[str, Any]) -> None:
    """The line that a result points at is that of its first clause."""
    for result in sarif["runs"][0]["results"]:
        (location,) = result["locations"]
        place = location["physicalLocation"]
        lines = (ROOT / place["artifactLocation"]["uri"]).read_text(encoding="utf-8").splitlines()
        clause = result["properties"]["clauses"][0]
        assert lines[place["region"]["startLine"] - 1].lstrip().startswith(f'"{clause}":')
        assert location["logicalLocations"][0]["name"] == clause
