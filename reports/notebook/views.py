"""What a notebook shows: a picture, and a sentence or a table beside it.

Pictures are whole files inside an image, so that their style and that of the notebook leave each other alone.
"""

import base64
from collections.abc import Iterable

from matplotlib import rc_context

from broadcast_orchestrator.properties.experiments.answers import Answers
from broadcast_orchestrator.properties.experiments.conclusion import conclusion
from broadcast_orchestrator.properties.guarantees.catalogue import GUARANTEES
from broadcast_orchestrator.properties.guarantees.verdicts import Cell
from broadcast_orchestrator.properties.model_check.proof import Proof
from broadcast_orchestrator.properties.verification.matrix import SYMBOLS, Matrix, matrix
from broadcast_orchestrator.properties.verification.verification import Verification
from broadcast_orchestrator.reports.charts.drawing import STYLE, WIDE, Drawn, svg_of
from broadcast_orchestrator.reports.charts.estimates import estimates
from broadcast_orchestrator.reports.charts.settings import swept, tornado
from broadcast_orchestrator.reports.experiment.words import verdict, went_wrong
from broadcast_orchestrator.reports.output.page_shell import environment
from broadcast_orchestrator.reports.timelines.parts import part_from
from broadcast_orchestrator.reports.timelines.picture_file import picture_file
from broadcast_orchestrator.reports.timelines.timeline import timeline
from broadcast_orchestrator.reports.verify.report import headline
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.world.faults import BY_ID
from broadcast_orchestrator.sim.world.steps import fault_of
from broadcast_orchestrator.sim.world.trace import Passage, Trace, walk

MOST = 80
"""How many steps a timeline has in a notebook, or a few more; of a longer run the last ones are shown."""


def trace(shown: Trace) -> str:
    """What became of the run, and its timeline."""
    run = tuple(walk(shown))
    if not run:
        return _view("A trace without a step")
    last = part_from(run, max(0, len(run) - MOST))
    title = _in_a_sentence(run, len(last))
    return _view(title, [_image(picture_file(timeline(last), title).encode(), title)])


def studio(shown: Studio) -> str:
    """The run so far."""
    return trace(shown.trace)


def proof(shown: Proof) -> str:
    """The matrix, and what it rests on."""
    return _proved(
        shown.cells, f"{shown.states:,} worlds, {shown.transitions:,} transitions: {'; '.join(shown.bounds)}"
    )


def verification(shown: Verification) -> str:
    """The verdict in a sentence, the matrix, and what it rests on."""
    return _proved(shown.cells, "; ".join(shown.space.bounds), headline(shown))


def answers(shown: Answers) -> str:
    """The answer in words, what became of the claims and of the runs, and the picture that shows it."""
    experiment = shown.study.experiment
    told = [experiment.question, verdict(shown), went_wrong(shown)]
    return _view(conclusion(shown), [_drawn(each) for each in _pictures(shown)][:1], [each for each in told if each])


# -- Parts ----------------------------------------------------------------------------------------


def _in_a_sentence(run: tuple[Passage, ...], shown: int) -> str:
    faults = dict.fromkeys(BY_ID[fault].name for passage in run if (fault := fault_of(passage.step)))
    what = f"with {', '.join(faults)}" if faults else "without a fault"
    part = f", the last {shown} shown" if len(run) > shown else ""
    steps = f"{len(run):,} step{'' if len(run) == 1 else 's'}"
    return f"{steps}{part}, {what}; ends in {run[-1].after.core.state.value}"


def _pictures(shown: Answers) -> Iterable[Drawn]:
    one_by_one = shown.study.experiment.design == "one_at_a_time" and len(shown.study.points) > 1
    yield from tornado(shown) if one_by_one else swept(shown)
    yield from estimates(shown)


def _drawn(picture: Drawn) -> str:
    with rc_context(STYLE):  # type: ignore[arg-type]
        return _image(svg_of(picture.draw(WIDE)), picture.caption)


def _proved(cells: tuple[Cell, ...], bounds: str, title: str = "") -> str:
    made = matrix(cells)
    counts = {word: sum(each.answer == word for _, row in made.rows for each in row) for word in SYMBOLS if word}
    words = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return _view(title or f"Squares: {words}", notes=[bounds], table=made)


def _image(picture: bytes, words: str) -> str:
    """A whole SVG file as an image."""
    address = f"data:image/svg+xml;base64,{base64.b64encode(picture).decode()}"
    return environment().from_string(IMAGE).render(address=address, words=words)


def _view(title: str, images: Iterable[str] = (), notes: Iterable[str] = (), table: Matrix | None = None) -> str:
    names = {guarantee.id: guarantee.name for guarantee in GUARANTEES}
    page = environment().get_template("notebook.html.jinja")
    return page.render(title=title, images=list(images), notes=list(notes), table=table, names=names, symbols=SYMBOLS)


IMAGE = '<img src="{{ address }}" alt="{{ words }}" style="max-width: 100%; height: auto">'
