"""The pictures: which ones an experiment gets, and that they show its numbers; their looks are for eyes."""

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

from broadcast_orchestrator.properties.experiments.answers import Answers, answers
from broadcast_orchestrator.properties.experiments.exact.exact import with_exact
from broadcast_orchestrator.properties.experiments.measured import columns, work
from broadcast_orchestrator.reports.charts.charts import charts
from broadcast_orchestrator.reports.charts.drawing import Chart
from broadcast_orchestrator.reports.charts.runs import left_on, outcomes, time_to_live
from broadcast_orchestrator.reports.charts.settings import swept, tornado
from broadcast_orchestrator.sim.campaign.running import conduct
from broadcast_orchestrator.sim.campaign.store import ResultStore
from broadcast_orchestrator.sim.experiments.files import read

START = """
[[commands]]
at_ms = 0
command = "initialize"
[[commands]]
when = "ready"
command = "start_broadcast"
"""
LATENCY = '[latency]\n"*" = { distribution = "exponential", mean_ms = 20 }\n'
REFUSE = '[[faults]]\ncall = "host.start"\nkind = "refuse"\nprobability = 0.4\n'
RESIDUE = '[[faults]]\ncall = "live_feed.stop"\nkind = "refuse"\n'
SWEEP = '[[sweep]]\nsetting = "faults.1.probability"\nvalues = [0.1, 0.9]\n'


def results(folder: Path, text: str, runs: int = 60) -> tuple[Answers, ResultStore]:
    """The answers and the store of an experiment."""
    study = read(text)
    store = ResultStore.begin(folder / "results.sqlite", study, columns(study.experiment))
    return with_exact(answers(study, store, conduct(study, store, work, runs))), store


def places(line: Line2D) -> list[tuple[float, float]]:
    """The points of a line."""
    return [(float(x), float(y)) for x, y in np.asarray(line.get_xydata())]


def lines(figure: Figure) -> dict[str, list[tuple[float, float]]]:
    """The points of every labelled line of a figure."""
    return {
        str(line.get_label()): places(line)
        for line in figure.axes[0].get_lines()
        if not str(line.get_label()).startswith("_")
    }


def test_an_experiment_gets_the_pictures_that_it_has_numbers_for(tmp_path: Path) -> None:
    """A sweep with faults and residue has all four; without faults and without a start there is nothing to draw."""
    found, store = results(tmp_path, f'name = "x"\n{LATENCY}{REFUSE}{RESIDUE}{START}{SWEEP}')
    made = charts(found, store)
    assert [chart.name for chart in made] == ["swept", "time_to_live", "outcomes", "left_on"]
    assert made == charts(found, store)
    assert all(_is_whole(chart) for chart in made)
    store.close()
    (tmp_path / "none").mkdir()
    found, store = results(tmp_path / "none", f'name = "x"\n{LATENCY}[[commands]]\nat_ms = 0\ncommand = "initialize"\n')
    assert charts(found, store) == ()
    store.close()


def _is_whole(chart: Chart) -> bool:
    """A picture has a caption, and both its files can be read."""
    picture = Image.open(io.BytesIO(chart.png))
    picture.load()
    return picture.width > 600 and b"</svg>" in chart.svg and chart.caption.endswith(".")


def test_the_swept_picture_shows_the_estimates_their_bands_and_the_exact_values(tmp_path: Path) -> None:
    """The points of the line are the estimates, the crosses the exact values, the band reaches from low to high."""
    found, store = results(tmp_path, f'name = "x"\n{LATENCY}{REFUSE}{START}{SWEEP}')
    ((_, _, figure),) = swept(found)
    shares = [each for each in found.estimates if each.measure == "start_succeeds"]
    drawn = lines(figure)
    assert [x for x, _ in drawn["exact"]] == [0.1, 0.9]
    assert [y for _, y in drawn["exact"]] == pytest.approx([0.9, 0.1])
    assert drawn["estimate"] == [(0.1, shares[0].estimate), (0.9, shares[1].estimate)]
    band = np.asarray(figure.axes[0].collections[0].get_paths()[0].vertices)
    assert {float(y) for x, y in band if x == 0.1} == {shares[0].low, shares[0].high}
    store.close()


def test_the_distribution_ends_at_the_share_that_succeeds_and_marks_the_limit(tmp_path: Path) -> None:
    """Starts that fail never are live, so the curve ends below one; the startup timeout is a line at its time."""
    found, store = results(tmp_path, f'name = "x"\n[config]\nstartup_timeout = 2_000\n{LATENCY}{REFUSE}{START}')
    ((_, _, figure),) = time_to_live(found, store)
    (share,) = (each.estimate for each in found.estimates if each.measure == "start_succeeds")
    curve, plateau, limit, _ = map(places, figure.axes[0].get_lines())
    assert curve[-1][1] == share
    assert plateau == [curve[-1], (2000.0, share)]
    assert [x for x, _ in limit] == [2000.0, 2000.0]
    assert "startup timeout, 2 s" in lines(figure)
    store.close()


def test_the_heat_map_has_a_cell_for_each_fault_and_service(tmp_path: Path) -> None:
    """A refused host start makes every start fail; a refused switch-off of the feed hits only runs that roll back."""
    found, store = results(tmp_path, f'name = "x"\n{LATENCY}{REFUSE}{RESIDUE}{START}')
    ((_, _, figure),) = outcomes(found, store)
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["live feed", "host"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["refuse"]
    assert [text.get_text().split("\n")[0] for text in axes.texts] == ["0 %", "0 %"]
    store.close()


def test_residue_over_time_ends_with_the_share_that_keeps_it(tmp_path: Path) -> None:
    """Every run that rolls back keeps its feed on to the end, and nothing else."""
    found, store = results(tmp_path, f'name = "x"\n{LATENCY}{REFUSE}{RESIDUE}{START}[[events]]\nat_ms = 9_000\n'
                           'event = "fill_feed"\n')  # fmt: skip
    ((_, _, figure),) = left_on(found, store)
    drawn = lines(figure)
    assert list(drawn) == ["live feed"]
    failed = [each.estimate for each in found.estimates if each.measure == "leaves_on"]
    assert drawn["live feed"][200][1] == failed[0]
    store.close()


def test_the_tornado_puts_the_strongest_setting_on_top(tmp_path: Path) -> None:
    """The chance of a fault moves the success of a start, the number of retries of another call does not."""
    sweeps = SWEEP + '[[sweep]]\nsetting = "config.max_retries"\nvalues = [0, 5]\n'
    found, store = results(tmp_path, f'name = "x"\ndesign = "one_at_a_time"\n{LATENCY}{REFUSE}{START}{sweeps}')
    ((_, _, figure),) = tornado(found)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["config.max_retries", "faults.1.probability"]
    assert "0, 5: no difference" in [text.get_text() for text in figure.axes[0].texts]
    store.close()
