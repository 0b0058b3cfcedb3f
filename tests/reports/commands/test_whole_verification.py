"""The main job, once and whole: what `broadcast verify` proves with two faults, prints and writes."""

import json
from collections.abc import Iterable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import jsonschema
import pytest
from places import TESTS

from broadcast_orchestrator.properties.guarantees.by_design import BY_DESIGN
from broadcast_orchestrator.properties.guarantees.verdicts import VIOLATED, Cell
from broadcast_orchestrator.properties.model_check.scopes import SCOPES
from broadcast_orchestrator.properties.verification import campaign
from broadcast_orchestrator.properties.verification.verification import Verification
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.output.formats.schemas import schema

pytestmark = pytest.mark.usefixtures("untraced")

MATRIX = TESTS / "expected_matrix.txt"

SIZES = {
    "nothing goes wrong, commands come at any moment": "998 worlds",
    "a service is lost": "1,059 worlds",
    "neither retries nor auto-recovery nor sync": "5,701 worlds",
    "starts without a session and with two": "2,512 worlds",
    "content goes and comes": "10,682 worlds",
    "content goes and comes, commands racing": "1,996 worlds",
    "the configuration changes at any moment": "23,758 worlds",
    "two retries, no auto-recovery": "7,401 worlds",
    "three late replies in starts": "111,945 worlds",
    "replies come late, commands racing": "54,382 worlds",
    "the table is only watched": "9,045 worlds",
    "a refusal and a lost service": "9,801 worlds",
    "a refusal and a conflict": "5,031 worlds",
    "a late reply and a refusal": "404,679 worlds",
    "stops and cleanups are refused and a service is lost, commands racing": "106,941 worlds",
    "two sessions are written and replies come late, commands racing": "1,233,098 worlds",
    "content, sessions and configurations change together": "24,540 worlds",
}
"""How many worlds there are in each scope beside the plain one: what the judge remembers is part of a world, and adds
next to none."""


TWO_FAULTS: dict[tuple[str, ...], set[str]] = {("F13",): {"G2"}}
"""What the design foresees, and the matrix does not show, since it takes another fault besides (see
`tests/properties/measures`)."""


class Whole(NamedTuple):
    """What the command made of it: the exit code, what it printed, the folder that it wrote, and what it knew."""

    code: object
    out: str
    folder: Path
    verification: Verification


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """The command without any option but where to write, and as what."""
    folder, told, known = tmp_path_factory.mktemp("whole"), StringIO(), list[Verification]()
    verify = campaign.verify

    def remembered(*arguments: object, **options: object) -> Verification:
        known.append(verify(*arguments, **options))  # type: ignore[arg-type]
        return known[-1]

    with pytest.MonkeyPatch.context() as patched, redirect_stdout(told):
        patched.setattr(campaign, "verify", remembered)
        with pytest.raises(SystemExit) as left:
            main(["verify", "--json", "--out", str(folder)])
    return Whole(left.value.code, told.getvalue(), folder, known[0])


def as_text(cells: Iterable[Cell]) -> str:
    """A line for each guarantee and class of fault: the verdict at each place."""
    rows: dict[str, list[str]] = {}
    for cell in cells:
        verdict = cell.verdict if cell.arose else "cannot arise"
        rows.setdefault(f"{cell.guarantee} {cell.fault_class}", []).append(f"{cell.place}={verdict}")
    return "".join(f"{row}: {' '.join(verdicts)}\n" for row, verdicts in rows.items())


def test_the_matrix_of_the_reference_is_the_expected_one(whole: Whole) -> None:
    """With two faults and racing commands each cell says what the design says; what is broken by design says why, and
    everything shows that the design foresees: an entry that shows nowhere would be an excuse for nothing."""
    cells = whole.verification.cells
    assert as_text(cells) == MATRIX.read_text(encoding="utf-8")
    assert [cell for cell in cells if not cell.as_claimed] == []
    assert all(cell.happened > 0 for cell in cells), "sometimes every fault happens at its place"
    assert [cell for cell in cells if cell.verdict == VIOLATED and cell.witness is None] == []
    broken = [(cell.guarantee, cell.fault_class, cell.witness.violation.gap) for cell in cells if cell.witness]
    for entry in BY_DESIGN:
        for guarantee in sorted({*entry.guarantees} - TWO_FAULTS.get(entry.faults, set())):
            shown = {column for other, column, gap in broken if (other, gap) == (guarantee, entry.gap)}
            assert shown >= set(entry.faults), (guarantee, entry)
            assert shown, (guarantee, entry)


def test_every_guarantee_holds_in_every_scope(whole: Whole) -> None:
    """Each scope beside the plain one is claimed to be sound, and how many worlds it has."""
    told = {claim.claim: (claim.verdict, claim.evidence) for claim in whole.verification.claims}
    assert set(SIZES) == {named.name for named in SCOPES}
    for name, size in SIZES.items():
        verdict, evidence = told[f"every guarantee holds where {name}"]
        assert (verdict, evidence.startswith(f"{size}, ")) == ("proved", True), f"{name}: {evidence}"


def test_every_claim_holds(whole: Whole) -> None:
    """The exit code is 0: what the explorer, the queries, the procedures, Hypothesis and simulated runs say, too."""
    assert {claim.verdict for claim in whole.verification.claims} == {"proved", "held"}
    assert {"explorer", "networkx", "hypothesis", "simulator"} <= {claim.engine for claim in whole.verification.claims}
    assert whole.verification.causes == ()
    assert whole.code == 0


def test_it_prints_one_object_that_follows_the_schema(whole: Whole) -> None:
    """`--json` is one line, and tells no cell violated but by design."""
    answer = json.loads(whole.out)
    assert whole.out.count("\n") == 1
    jsonschema.Draft202012Validator(schema("report")).validate(answer)
    assert answer["verdict"] == "proved"
    assert {cell["verdict"] for cell in answer["cells"] if not cell["by_design"]} == {"proved"}


def test_no_page_of_a_witness_is_headed_by_a_violation(whole: Whole) -> None:
    """What the design foresees stays foreseen on the page of each witness, also what else the witness breaks."""
    pages = [path.read_text(encoding="utf-8") for path in sorted(whole.folder.glob("witnesses/*.html"))]
    assert len(pages) > 40
    assert [page for page in pages if 'class="top by-design"' not in page] == []


def test_it_writes_whole_files(whole: Whole) -> None:
    """The report as a page, as JSON, as Markdown and as JUnit, and the witnesses."""
    files = [".broadcast-files", "junit.xml", "report.html", "report.json", "summary.md", "witnesses"]
    assert sorted(path.name for path in whole.folder.iterdir()) == files
    assert json.loads((whole.folder / "report.json").read_text(encoding="utf-8")) == json.loads(whole.out)
    assert len((whole.folder / "report.html").read_bytes()) < 3_000_000
