"""A run as an HTML file that loads nothing: to be stepped through, and without its script a table of its steps."""

import re
from importlib import resources

from markupsafe import Markup

from broadcast_orchestrator.properties.guarantees.verdicts import HELD, VIOLATED
from broadcast_orchestrator.properties.verification.matrix import BY_DESIGN, SYMBOLS
from broadcast_orchestrator.reports.output.page_shell import environment, shell, template
from broadcast_orchestrator.reports.viewer.facts.page_facts import CallFact, StepFact, as_json
from broadcast_orchestrator.reports.viewer.facts.run_facts import RunFacts
from broadcast_orchestrator.reports.viewer.packed import packed
from broadcast_orchestrator.sim.world.faults import FAULTS

SCRIPTS = ("drawing", "places", "picture", "minimap", "stories", "viewer", "step_list", "page")
"""The parts of the script, each after those that it takes something from."""

_IMPORT = re.compile(r"^import .*\n", re.MULTILINE)


def html(facts: RunFacts, name: str, made_by: str, again: tuple[str, ...] = (), heading: str = "") -> str:
    """The whole page. `name` is what the run is called, `again` are the commands that show it anew, and `heading` says
    what it shows; left out, it is the first violation in it, or else its name."""
    breaches = [breach for step in facts.steps for breach in step.broken]
    broken = [breach for breach in breaches if not breach.gap]
    answer = VIOLATED if broken else BY_DESIGN if breaches else HELD
    return (
        environment()
        .get_template("run.html.jinja")
        .render(
            **shell(module=script(), extra_style=template("viewer.css")),
            heading=heading or (f"{broken[0].guarantee}: {broken[0].what}" if broken else name),
            name=name,
            made_by=made_by,
            symbol=SYMBOLS[answer],
            seal={HELD: "proved"}.get(answer, answer).replace(" ", "-"),
            verdict=_verdict(facts, {breach.guarantee for breach in broken}),
            faults=meanings(),
            steps=facts.steps,
            again=again,
            run=_inside(_packed(facts)),
        )
    )


def _verdict(facts: RunFacts, broken: set[str]) -> str:
    of = f"{len(facts.steps):,} {'step' if len(facts.steps) == 1 else 'steps'}"
    if broken:
        return f"{of}; broken: {', '.join(sorted(broken, key=_by_number))}."
    foreseen = ", but for what is foreseen" if any(step.broken for step in facts.steps) else ""
    return f"{of}; no guarantee is broken{foreseen}."


def meanings() -> Markup:
    """What each class of fault means, as JSON for the script."""
    return _inside(as_json({fault.id: f"{fault.name.replace('_', ' ')}, {fault.meaning}" for fault in FAULTS}))


def script() -> str:
    """The script of the page, in one piece; the monitor takes its parts one by one."""
    return "".join(_IMPORT.sub("", part(f"{name}.js")) for name in SCRIPTS)


def part(name: str) -> str:
    """One file of the script."""
    return resources.files("broadcast_orchestrator.reports.viewer").joinpath("page", name).read_text(encoding="utf-8")


def _packed(facts: RunFacts) -> str:
    """What the script is given: all that is not told in words anywhere else."""
    timed = as_json(facts.run.timed)
    steps, calls = packed(facts.steps, StepFact), packed(facts.calls, CallFact)
    return f'{{"timed":{timed},"first_look":{as_json(facts.first_look)},"steps":{steps},"calls":{calls}}}'


def _inside(json: str) -> Markup:
    """JSON that nothing in it can end, inside an element of the page."""
    return Markup(json.replace("<", "\\u003c"))


def _by_number(guarantee: str) -> tuple[int, str]:
    return int("".join(filter(str.isdigit, guarantee)) or 0), guarantee
