"""The pictures: which ones an experiment gets, and that they show its numbers; their looks are for eyes."""

import io
from collections.abc import Iterator
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
from broadcast_orchestrator.reports.charts.drawing import Chart, Drawn
from broadcast_orchestrator.reports.charts.estimates import estimates
from broadcast_orchestrator.reports.charts.runs import left_on, strikes, time_to_live
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


def drawn(pictures: Iterator[Drawn]) -> Figure:
    """The one picture that there is."""
    (picture,) = pictures
    return picture.draw(8.0)


def words(figure: Figure) -> list[str]:
    """What is written in the first axes, but for ticks and titles."""
    return [text.get_text() for text in figure.axes[0].texts]


def lines(figure: Figure) -> dict[str, list[tuple[float, float]]]:
    """The points of every labelled line of a figure."""
    return {
        str(line.get_label()): places(line)
        for line in figure.axes[0].get_lines()
        if not str(line.get_label()).startswith("_")
    }


def test_an_experiment_gets_the_pictures_that_it_has_numbers_for(tmp_path: Path) -> None:
    """A sweep with faults and residue has all four; without faults and a start there are the estimates alone."""
    found, store = results(tmp_path, f'name = "x"\n{LATENCY}{REFUSE}{RESIDUE}{START}{SWEEP}')
    made = charts(found, store)
    assert [chart.name for chart in made] == ["swept", "time_to_live", "strikes", "left_on"]
    assert made == charts(found, store)
    assert all(_is_whole(chart) for chart in made)
    store.close()
    (tmp_path / "none").mkdir()
    found, store = results(tmp_path / "none", f'name = "x"\n{LATENCY}[[commands]]\nat_ms = 0\ncommand = "initialize"\n')
    assert [chart.name for chart in charts(found, store)] == ["estimates"]
    store.close()


def _is_whole(chart: Chart) -> bool:
    """A picture has a caption, both its files can be read, and what stands in a page needs no style and no address."""
    picture = Image.open(io.BytesIO(chart.png))
    picture.load()
    parts = [chart.wide, chart.narrow]
    inline = all("</svg>" in part and "style=" not in part and "data:" not in part for part in parts)
    return picture.width > 600 and b"</svg>" in chart.svg and chart.caption.endswith(".") and inline


def test_the_swept_picture_shows_the_estimates_their_bands_and_the_exact_values(tmp_path: Path) -> None:
    """The points of the line are the estimates, the crosses the exact values, the band reaches from low to high."""
    found, store = results(tmp_path, f'name = "x"\n{LATENCY}{REFUSE}{START}{SWEEP}')
    figure = drawn(swept(found))
    shares = [each for each in found.estimates if each.measure == "start_succeeds"]
    shown = lines(figure)
    assert [x for x, _ in shown["exact"]] == [0.1, 0.9]
    assert [y for _, y in shown["exact"]] == pytest.approx([0.9, 0.1])
    assert shown["estimate"] == [(0.1, shares[0].estimate), (0.9, shares[1].estimate)]
    band = np.asarray(figure.axes[0].collections[0].get_paths()[0].vertices)
    assert {float(y) for x, y in band if x == 0.1} == {shares[0].low, shares[0].high}
    store.close()


def test_the_distribution_ends_at_the_share_that_succeeds_and_marks_the_limit(tmp_path: Path) -> None:
    """Starts that fail never are live, so the curve ends below one; the startup timeout is a line at its time."""
    found, store = results(tmp_path, f'name = "x"\n[config]\nstartup_timeout = 2_000\n{LATENCY}{REFUSE}{START}')
    figure = drawn(time_to_live(found, store))
    (share,) = (each.estimate for each in found.estimates if each.measure == "start_succeeds")
    curve, plateau, limit = map(places, figure.axes[0].get_lines())
    assert curve[-1][1] == share
    assert plateau == [curve[-1], (2000.0, share)]
    assert [x for x, _ in limit] == [2000.0, 2000.0]
    assert words(figure) == ["startup timeout, 2 s"]
    store.close()


def test_the_heat_map_has_a_cell_for_each_call_and_place_that_faults_struck(tmp_path: Path) -> None:
    """A refused host start makes every start fail; a refused switch-off of the feed hits only runs that roll back."""
    found, store = results(tmp_path, f'name = "x"\n{LATENCY}{REFUSE}{RESIDUE}{START}')
    figure = drawn(strikes(found, store))
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["live feed.stop", "host.start"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["forward", "rollback"]
    assert [text.split("\n") for text in words(figure)] == [["0 %", f"{found.failed} runs"]] * 2
    store.close()


def test_an_experiment_without_a_sweep_shows_its_estimates_with_their_intervals_and_claims(tmp_path: Path) -> None:
    """What it is about comes first; a line reaches from low to high, a bar across stands where something is claimed."""
    claim = '[[expect]]\nmeasure = "start_succeeds"\nat_least = 0.9\n'
    found, store = results(tmp_path, f'name = "x"\n{LATENCY}{REFUSE}{START}{claim}')
    axes = drawn(estimates(found)).axes[0]
    share = next(each for each in found.estimates if each.measure == "start_succeeds")
    assert axes.get_yticklabels()[0].get_text() == "Start succeeds"
    interval, point, limit, *_ = map(places, axes.get_lines())
    assert interval == [(share.low, 0.0), (share.high, 0.0)]
    assert point == [(share.estimate, 0.0)]
    assert [x for x, _ in limit] == [0.9, 0.9]
    assert axes.texts[0].get_text() == f"{100 * (share.estimate or 0):.1f} %"
    store.close()


def test_curves_that_coincide_are_one_and_say_so(tmp_path: Path) -> None:
    """The number of retries changes no start, so that its three curves are one with the labels of all; the claim is a
    line, the setting has its unit, and values that lie far apart stand on a logarithmic scale."""
    sweeps = '[[sweep]]\nsetting = "config.startup_timeout"\nvalues = [1_000, 4_000, 16_000]\n'
    sweeps += '[[sweep]]\nsetting = "config.max_retries"\nvalues = [0, 1, 2]\n'
    claim = '[[expect]]\nmeasure = "start_succeeds"\nat_least = 0.9\n'
    found, store = results(tmp_path, f'name = "x"\n{LATENCY}{REFUSE}{START}{sweeps}{claim}')
    figure = drawn(swept(found))
    axes = figure.axes[0]
    assert words(figure) == ["claimed: at least 90 %", "0 or 1 or 2"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1 s", "4 s", "16 s"]
    assert axes.get_xscale() == "log"
    store.close()


def test_residue_over_time_ends_with_the_share_that_keeps_it(tmp_path: Path) -> None:
    """Every run that rolls back keeps its feed on to the end, and nothing else."""
    found, store = results(tmp_path, f'name = "x"\n{LATENCY}{REFUSE}{RESIDUE}{START}[[events]]\nat_ms = 9_000\n'
                           'event = "fill_feed"\n')  # fmt: skip
    figure = drawn(left_on(found, store))
    shown = lines(figure)
    assert list(shown) == ["live feed"]
    failed = [each.estimate for each in found.estimates if each.measure == "leaves_on"]
    assert shown["live feed"][200][1] == failed[0]
    store.close()


def test_the_tornado_puts_the_strongest_setting_on_top(tmp_path: Path) -> None:
    """The chance of a fault moves the success of a start, the number of retries of another call does not."""
    sweeps = SWEEP + '[[sweep]]\nsetting = "config.max_retries"\nvalues = [0, 5]\n'
    found, store = results(tmp_path, f'name = "x"\ndesign = "one_at_a_time"\n{LATENCY}{REFUSE}{START}{sweeps}')
    figure = drawn(tornado(found))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["max retries", "faults.1.probability"]
    assert "0, 5: no difference" in [text.get_text() for text in figure.axes[0].texts]
    store.close()
