"""The report of an experiment: one HTML file that loads nothing and can be read without its script."""

from markupsafe import Markup

from broadcast_orchestrator.properties.experiments.answers import (
    Answers,
    FailedRun,
    aimed_at,
    counted,
    label,
    settings_in_words,
)
from broadcast_orchestrator.properties.experiments.conclusion import conclusion
from broadcast_orchestrator.properties.experiments.units import measured_number, setting_in_words
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS
from broadcast_orchestrator.reports.charts.drawing import Chart
from broadcast_orchestrator.reports.experiment import words
from broadcast_orchestrator.reports.output.page_shell import environment, shell
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import EVERY


def page(
    found: Answers, pictures: tuple[Chart, ...], stories: tuple[Markup, ...], what: str, settings: tuple[str, ...]
) -> str:
    """The whole page; `stories` are the timelines of the causes that were found, as SVG, `what` and `settings` those of
    the command line, for the commands that it shows."""
    first, _, more = conclusion(found).replace(" %", "\N{NO-BREAK SPACE}%").partition("; ")
    return (
        environment()
        .get_template("experiment.html.jinja")
        .render(
            found=found,
            experiment=found.study.experiment,
            aim=aimed_at(found.study.experiment).replace("_", " "),
            pictures=[(chart, Markup(chart.wide), Markup(chart.narrow)) for chart in pictures],
            **shell(),
            symbols=SYMBOLS,
            measures=EVERY,
            seal={"held": "proved"}.get(found.verdict, found.verdict) if found.claims else "unknown",
            sign=SYMBOLS[found.verdict] if found.claims else "·",
            told=words.told(found),
            shown=[each for each in found.estimates if each.n],
            has_exact=any(each.exact is not None for each in found.estimates),
            settings_in_words=settings_in_words,
            label=label,
            number=measured_number,
            setting=setting_in_words,
            counted=counted,
            interval=words.interval,
            again=lambda run: words.replay_command(what, settings, run.settings, run.seed),
            stories=stories,
            place_of=place_of,
            command=words.command(what, settings),
            answer=first,
            more=more,
            verdict=words.verdict(found),
            went_wrong=words.went_wrong(found),
        )
    )


def place_of(run: FailedRun) -> str:
    """Where in the folder of an experiment a run that went wrong is, without what its files end in."""
    return f"failures/{run.point}-{run.run}"
