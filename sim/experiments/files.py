"""Experiment files: TOML text in, a checked study out: the experiment and one variant of it for each swept point."""

import copy
import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from broadcast_orchestrator.model.config import near_match, shown
from broadcast_orchestrator.sim.experiments.lines import Place, lines_of
from broadcast_orchestrator.sim.experiments.mistakes import ExperimentError, mistakes_of, spoken
from broadcast_orchestrator.sim.experiments.tables import Experiment
from broadcast_orchestrator.sim.input.plain_data import LONGEST_TOML, NoPlainData, toml_table
from broadcast_orchestrator.sim.input.text_files import text_of
from broadcast_orchestrator.sim.simulate.injection import CALLS

LIBRARY = "library"

MOST_POINTS, MOST_LETTERS = 10_000, 20_000_000
"""How many points a study may have, and how long all of them may be together, in letters of what the file says."""


class StudyPoint(NamedTuple):
    """One point of a study: the swept settings and the experiment with these settings made."""

    settings: dict[str, Any]
    experiment: Experiment


class Study(NamedTuple):
    """A checked experiment file. `data` is what it says, after all changes, as plain values: it makes the study
    again. A study without a sweep has one point without settings."""

    experiment: Experiment
    points: tuple[StudyPoint, ...]
    data: dict[str, Any]


def names() -> tuple[str, ...]:
    """The experiments that ship with the package, by name, in alphabetical order."""
    folder = resources.files("broadcast_orchestrator.sim.experiments").joinpath(LIBRARY)
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def load(what: str, changes: Mapping[str, object] | None = None) -> Study:
    """The study in the file `what`, or the shipped one of that name; `changes` are made first.

    Raises `ExperimentError`, with a line for each mistake, for a name or file that is not there and for whatever is
    wrong in it.
    """
    if what in names():
        file = resources.files("broadcast_orchestrator.sim.experiments").joinpath(LIBRARY, f"{what}.toml")
        return read(file.read_text("utf-8"), what, changes)
    if not Path(what).exists():
        raise ExperimentError(f"{what}: no such file, and no experiment of that name{near_match(what, names())}")
    return read(text_of(what, ExperimentError, "experiment", LONGEST_TOML), what, changes)


def read(text: str, where: str = "experiment", changes: Mapping[str, object] | None = None) -> Study:
    """The study that a TOML text describes; `where` is for messages. Raises `ExperimentError`."""
    try:
        data = toml_table(text)
    except NoPlainData as mistake:
        raise ExperimentError(f"{where}: {mistake}") from None
    for setting, value in (changes or {}).items():
        change(data, setting, value, "--set")
    return study(data, where, lines_of(text))


def study(data: dict[str, Any], where: str = "experiment", lines: Mapping[Place, int] | None = None) -> Study:
    """The study that plain values describe. Raises `ExperimentError`, with every mistake at once."""
    experiment = _checked(data, where, lines or {})
    _check_size(data, experiment, where)
    points = tuple(_point(data, settings, where) for settings in _settings(data, experiment))
    return Study(experiment, points, data)


def value_of(text: str) -> object:
    """The value that a text stands for where there is only text, as on the command line: TOML, else text itself."""
    try:
        return toml_table(f"value = {text}")["value"]
    except NoPlainData:
        return text


def change(data: dict[str, Any], setting: str, value: object, who: str) -> None:
    """Change one setting, named by its place in the file. Raises `ExperimentError` where there is no such place."""
    at: Any = data
    rest = setting
    while True:
        key, rest, last = _first_key(at, rest, setting, who)
        if last:
            at[key] = value
            return
        at = at[key]


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of an experiment file, made from the tables that check it."""
    made = Experiment.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def published_schema() -> dict[str, Any]:
    """The JSON Schema that ships with the package."""
    file = resources.files("broadcast_orchestrator.sim.experiments").joinpath("experiment.schema.json")
    shipped: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return shipped


# -- Inside ---------------------------------------------------------------------------------------


def _checked(data: dict[str, Any], where: str, lines: Mapping[Place, int]) -> Experiment:
    try:
        return Experiment.model_validate(data)
    except ValidationError as error:
        raise mistakes_of(error, where, lines) from None


def _check_size(data: dict[str, Any], experiment: Experiment, where: str) -> None:
    """Refuse what would take more memory than any machine likes to give: each point is a whole experiment."""
    axes = [len(sweep.values) if sweep.values is not None else sweep.steps or 0 for sweep in experiment.sweep]
    points = 1 + sum(axes) if experiment.design == "one_at_a_time" else math.prod(axes)
    most = min(MOST_POINTS, MOST_LETTERS // len(str(data)))
    if experiment.sweep and points > most:
        raise ExperimentError(
            f"{where}: sweep: makes {points:,} points, more than {most:,}; sweep fewer values at once"
        )


def _settings(data: dict[str, Any], experiment: Experiment) -> Iterator[dict[str, Any]]:
    """What each point changes: every combination, or each setting by itself around what the file says."""
    if experiment.design == "one_at_a_time":
        yield {}
        yield from ({sweep.setting: value} for sweep in experiment.sweep for value in sweep.all_values())
        return
    axes = [[(sweep.setting, value) for value in sweep.all_values()] for sweep in experiment.sweep]
    yield from (dict(chosen) for chosen in itertools.product(*axes))


def _point(data: dict[str, Any], settings: dict[str, Any], where: str) -> StudyPoint:
    changed = copy.deepcopy(data)
    for setting, value in settings.items():
        if setting.partition(".")[0] in UNSWEPT:
            raise ExperimentError(f"{where}: sweep: {setting} is the same for all points, sweep another setting")
        change(changed, setting, value, f"{where}: sweep")
    wanted = ", ".join(f"{setting} = {value}" for setting, value in settings.items())
    return StudyPoint(settings, _checked(changed, f"{where}: sweep ({wanted})" if wanted else where, {}))


UNSWEPT = ("name", "description", "question", "seed", "runs", "sweep", "design", "expect", "confidence", "aim")


def _first_key(at: Any, rest: str, setting: str, who: str) -> tuple[Any, str, bool]:
    """The key or number that `rest` begins with, what is left of it, and whether this was the last."""
    if isinstance(at, list):
        number, _, left = rest.partition(".")
        if not number.isdecimal() or not 1 <= int(number) <= len(at):
            raise ExperimentError(f"{who}: {setting}: {shown(number)} is no place from 1 to {len(at)}")
        return int(number) - 1, left, not left
    if not isinstance(at, dict):
        raise ExperimentError(f"{who}: {setting}: goes on below a value that has nothing below it")
    longest = [key for key in at if rest == key or rest.startswith(f"{key}.")]
    if longest:
        key = max(longest, key=len)
        return key, rest[len(key) + 1 :], rest == key
    if rest.startswith("config.") and at.setdefault("config", {}) is not None:
        return "config", rest[len("config.") :], False
    if "." in rest and rest not in CALLS:
        raise ExperimentError(f"{who}: {setting}: there is no {shown(rest)} in the file{near_match(rest, _places(at))}")
    return rest, "", True


def _places(at: dict[str, Any] | list[Any], before: Place = ()) -> list[str]:
    """Every setting that there is, as it is named."""
    found: list[str] = []
    items: Iterable[tuple[str | int, Any]] = at.items() if isinstance(at, dict) else enumerate(at)
    for key, value in items:
        place = (*before, key)
        found += _places(value, place) if isinstance(value, dict | list) and value else [spoken(place)]
    return found
