"""The report of an experiment: one HTML file that loads nothing and can be read without its script."""

import base64

from broadcast_orchestrator.properties.experiments.answers import Answers, aimed_at, settings_in_words
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS
from broadcast_orchestrator.reports.charts.drawing import Chart
from broadcast_orchestrator.reports.experiment import words
from broadcast_orchestrator.reports.output.page_shell import environment, shell
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import EVERY


def page(found: Answers, pictures: tuple[Chart, ...], what: str, settings: tuple[str, ...]) -> str:
    """The whole page; `what` and `settings` are those of the command line, for the commands that it shows."""
    return (
        environment()
        .get_template("experiment.html.jinja")
        .render(
            found=found,
            experiment=found.study.experiment,
            aim=aimed_at(found.study.experiment).replace("_", " "),
            pictures=[(chart, data_address(chart)) for chart in pictures],
            **shell(images=True),
            symbols=SYMBOLS,
            measures=EVERY,
            seal={"held": "proved"}.get(found.verdict, found.verdict) if found.claims else "unknown",
            sign=SYMBOLS[found.verdict] if found.claims else "·",
            told=words.told(found),
            shown=[each for each in found.estimates if each.n],
            has_exact=any(each.exact is not None for each in found.estimates),
            settings_in_words=settings_in_words,
            label=words.label,
            number=words.number,
            interval=words.interval,
            again=lambda failure: words.replay_command(what, settings, failure.settings, failure.seed),
            command=words.command(what, settings),
            sentence=words.sentence(found),
        )
    )


def data_address(chart: Chart) -> str:
    """The picture inside the page. As PNG: the page's policy forbids the styles within an SVG."""
    return f"data:image/png;base64,{base64.b64encode(chart.png).decode()}"
