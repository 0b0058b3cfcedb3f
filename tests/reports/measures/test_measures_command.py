"""`broadcast measures` and `verify --with`: every form tells the same, and bad input gets one line."""

import json
from functools import cache
from pathlib import Path

import pytest

from broadcast_orchestrator.properties.measures.price import prices
from broadcast_orchestrator.properties.measures.table import ALL_MEASURES, GUIDE, trials
from broadcast_orchestrator.properties.verification import campaign
from broadcast_orchestrator.properties.verification.verification import SpaceSummary, Verification
from broadcast_orchestrator.reports.cli import main
from broadcast_orchestrator.reports.commands import measures as command
from broadcast_orchestrator.reports.measures import facts
from broadcast_orchestrator.reports.measures.facts import BEYOND, MeasuresReport, as_json
from broadcast_orchestrator.reports.measures.page import html
from broadcast_orchestrator.reports.measures.text import markdown, text

FEW = (GUIDE, ("fencing",), ("reconciled",), ALL_MEASURES)


@cache
def small_report() -> MeasuresReport:
    """The table where nothing goes wrong: the guide's gap alone is open, and one measure closes it."""
    wanted = FEW
    return MeasuresReport(trials(wanted, 0), prices(wanted, 2))


def test_every_form_tells_the_same() -> None:
    """The sentence on top, the measures that were tried, and what no measure can do are in each of them."""
    report = small_report()
    told = ("\n".join(text(report)), "\n".join(markdown(report)), html(report), json.dumps(as_json(report)))
    for form in told:
        assert "1 square of the matrix violated; with all 5 measures nothing is violated" in form.replace("&#39;", "'")
        assert "fencing" in form
        assert "reconciled" in form
        assert BEYOND[2][:40] in form


def test_the_text_has_a_column_for_each_set() -> None:
    """G14 is broken by design without any fault, but where the backend is reconciled."""
    row = next(line for line in text(small_report()) if line.startswith("G14"))
    assert row.split()[3:] == ["△", "△", "✓", "✓"]


def test_the_command_prints_and_is_as_claimed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code says that every measure keeps what it claims, here a few of them without faults."""
    monkeypatch.setattr(command, "sets", lambda *, pairs: FEW[:2])
    with pytest.raises(SystemExit) as ended:
        main(["measures", "--faults", "0", "--no-price", "--jobs", "1", "--format", "json"])
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["measures"] for each in told["trials"]][:2] == [[], ["fencing"]]
    assert told["verdict"] == "proved"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["measures", "--faults", "7"], "--faults 7: expected a number from 0 to 2, try --faults 1"),
        (["measures", "--jobs", "0"], "--jobs 0: expected"),
        (["verify", "--with", "reading-tea-leaves"], "--with reading-tea-leaves: unknown name 'reading-tea-leaves'"),
        (["verify", "--with", "read-bak"], "did you mean 'read-back'?"),
        (["verify", "--with", "lease", "--rules", "a:B"], "--with: is about the reference, leave out --rules"),
    ],
)
def test_bad_input_gets_one_line(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Where, what, and what to try."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert line in told
    assert told.count("\n") == 1


def test_a_core_with_measures_is_verified(capsys: pytest.CaptureFixture[str]) -> None:
    """With one reload in a run, reading back and reconciling leave nothing violated, and it is said what was judged."""
    with pytest.raises(SystemExit) as ended:
        main(["verify", "--faults", "1", "--with", "reconciled,read-back", "--faults-only", "F12"])
    assert ended.value.code == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "The core that is judged is the reference with read-back, reconciled." in told
    assert "by design" not in told


@pytest.mark.parametrize("broken", [False, True])
def test_a_verification_has_the_table_beside_its_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], broken: bool
) -> None:
    """With --measures the folder has the page and its data, each page leads to the other, and a measure that does not
    keep what it claims is seen in the exit code."""
    proved = Verification(1, 0, 0.1, small_report().guide.cells, (), (), SpaceSummary(9, 9, 9, ()), {})
    monkeypatch.setattr(campaign, "verify", lambda *_: proved)
    guide, whole = small_report().guide, small_report().whole
    failing = MeasuresReport((guide, whole._replace(cells=tuple(cell._replace(by_design="") for cell in guide.cells))))
    monkeypatch.setattr(facts, "gathered", lambda *_, **__: failing if broken else small_report())
    with pytest.raises(SystemExit) as ended:
        main(["verify", "--measures", "--out", str(tmp_path)])
    assert ended.value.code == (1 if broken else 0)
    report, table = ((tmp_path / name).read_text() for name in ("report.html", "measures.html"))
    assert 'href="measures.html"' in report
    assert report.count('class="matrix pairs"') == table.count('class="matrix pairs"') == 1
    assert 'href="report.html"' in table
    assert 'href="report.html"' not in html(small_report()), "where there is none"
    told = json.loads((tmp_path / "measures.json").read_text())
    assert told["verdict"] == ("violated" if broken else "proved")
    capsys.readouterr()
