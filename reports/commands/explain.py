"""`broadcast explain`: shrink a violation, say why it happens, draw it, and write a test that shows it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.text import Text

from broadcast_orchestrator.properties.witness.explain import Cause, Explanation, explain
from broadcast_orchestrator.reports.options.judged_rules import rules_for
from broadcast_orchestrator.reports.options.option_types import JsonFlag
from broadcast_orchestrator.reports.options.places import made_folder
from broadcast_orchestrator.reports.output.exit_codes import ExitCode, exit_code_if
from broadcast_orchestrator.reports.output.files import BadInput, write_whole
from broadcast_orchestrator.reports.output.formats.json_objects import print_json
from broadcast_orchestrator.reports.output.terminal import Screen
from broadcast_orchestrator.reports.timelines.picture_file import picture_file
from broadcast_orchestrator.reports.timelines.timeline import Note, timeline
from broadcast_orchestrator.reports.timelines.timeline_text import show_timeline
from broadcast_orchestrator.reports.witness.regression import pytest_file, test_name
from broadcast_orchestrator.sim.world.steps import to_json
from broadcast_orchestrator.sim.world.trace import Trace, TraceError

_STYLES = {"verdict": "bold red", "head": "bold", "needed": "", "spare": "dim", "quiet": "dim", "": ""}


def run(witness: Path, /, *, out: Path | None = None, as_json: JsonFlag = False, rules: str | None = None) -> ExitCode:
    """Explain the witness in the file; violated where a guarantee is broken.

    Parameters
    ----------
    witness
        A trace, as written by `simulate --trace` or beside a report.
    out
        A folder for the timeline, the smaller trace, and a pytest file that fails until the bug is gone.
    as_json
        Print one JSON object and nothing else.
    rules
        The core to be judged, module:Class, where that is not the reference.
    """
    with made_folder(out) as place:
        try:
            trace = Trace.load(witness)
        except TraceError as mistake:
            raise BadInput(str(mistake)) from None
        explanation = explain(trace, rules_for(rules, trace.rules))
        if as_json:
            print_json(json_object(explanation))
        elif explanation is None:
            print(f"ok: no guarantee is broken by the {len(trace.lines)} steps of this trace")
        else:
            show(Screen(), explanation)
        if explanation is not None and place is not None:
            written = write_files(explanation, place, witness.stem)
            if not as_json:
                print(*(f"{what}: {path}" for what, path in written), sep="\n")
    return exit_code_if(explanation is not None)


def show(console: Screen, explanation: Explanation) -> None:
    """Print everything there is to say."""
    for kind, text in lines(explanation):
        console.print(Text(text, style=_STYLES[kind]), soft_wrap=True)
    show_timeline(console, explanation.passages)


def lines(explanation: Explanation) -> Iterator[tuple[str, str]]:
    """The explanation in lines, each with its kind."""
    guarantee, shrunk = explanation.guarantee, explanation.shrunk
    yield "verdict", f"✗ {guarantee.id} {guarantee.name} is violated: {explanation.observed}"
    yield "", f"  expected: {guarantee.sentence}"
    yield "", f"  observed: {explanation.observed}, after {sizes(shrunk.run.size)}"
    yield "", f"  judged:   {shrunk.trace.rules}"
    if explanation.gap:
        yield "", f"  follows from a gap of the guide's own: {explanation.gap}"
    if any(shrunk.removed):
        before = tuple(now + gone for now, gone in zip(shrunk.run.size, shrunk.removed, strict=True))
        yield "quiet", f"  shrunk from {sizes(before)}"
    yield "head", "Why"
    for cause in explanation.causes:
        yield "needed" if cause.necessary else "spare", f"  {cause_in_words(cause)}"
    for sentence in turning_points(explanation):
        yield "", f"  {sentence}"
    yield "head", "What the guarantee serves"
    for name, words in explanation.serves:
        yield "quiet", f"  {name}: {words}"
    yield "head", "What happens"


def sizes(size: tuple[int, ...]) -> str:
    """How large a run is, in words."""
    named = zip(size, ("fault", "command", "step"), strict=True)
    faults, commands, steps = (f"{count} {what}{'' if count == 1 else 's'}" for count, what in named)
    return f"{faults}, {commands} and {steps}"


def cause_in_words(cause: Cause) -> str:
    """The cause and what becomes of the run without it."""
    place = f", at the place {cause.place}" if cause.place else ""
    return f"step {cause.number}, {cause.what}{place}: without it {cause.without}"


def turning_points(explanation: Explanation) -> Iterator[str]:
    """Where it could no longer be averted, and where the reference does otherwise."""
    last = len(explanation.passages)
    if explanation.inevitable == last:
        yield f"until step {last}, the last one, it could still be averted"
    elif explanation.inevitable is not None:
        yield f"after step {explanation.inevitable} it comes about by itself, with no further fault or command"
    if departure := explanation.departure:
        yield f"at step {departure.number} these rules part ways with the reference"
        yield f"  here:      {'; '.join(departure.here)}"
        yield f"  reference: {'; '.join(departure.reference)}"


def json_object(explanation: Explanation | None) -> dict[str, Any]:
    """The explanation as plain data; only its format and that nothing is violated where there is none."""
    if explanation is None:
        return {"format": 1, "violated": False}
    shrunk = explanation.shrunk
    return {
        "format": 1,
        "violated": True,
        "guarantee": explanation.guarantee.id,
        "expected": explanation.guarantee.sentence,
        "observed": explanation.observed,
        "gap": explanation.gap,
        "serves": [{"id": name, "words": words} for name, words in explanation.serves],
        "rules": shrunk.trace.rules,
        "size": dict(zip(("faults", "commands", "steps"), shrunk.run.size, strict=True)),
        "removed": dict(zip(("faults", "commands", "steps"), shrunk.removed, strict=True)),
        "steps": [to_json(passage.step) for passage in explanation.passages],
        "states": [passage.after.core.state.value for passage in explanation.passages],
        "story": list(explanation.story),
        "causes": [cause._asdict() for cause in explanation.causes],
        "inevitable": explanation.inevitable,
        "departure": explanation.departure and explanation.departure._asdict(),
    }


def write_files(explanation: Explanation, folder: Path, stem: str) -> tuple[tuple[str, Path], ...]:
    """The timeline, the smaller trace and the test, each with what it is."""
    drawn = timeline(explanation.passages, notes(explanation))
    return (
        ("timeline", write_whole(folder / f"{stem}.svg", picture_file(drawn, explanation.observed))),
        ("trace", write_whole(folder / f"{stem}-shrunk.jsonl", explanation.shrunk.trace.to_text())),
        ("test", write_whole(folder / f"test_{test_name(stem)}.py", pytest_file(explanation, stem))),
    )


def notes(explanation: Explanation) -> tuple[Note, ...]:
    """What the picture points at: the violation, and where it became inevitable."""
    last = len(explanation.passages)
    violation = Note(last - 1, f"{explanation.guarantee.id}: {explanation.observed}")
    if explanation.inevitable in (None, last):
        return (violation,)
    assert explanation.inevitable is not None
    return (Note(explanation.inevitable - 1, "inevitable from here on", "turn"), violation)
