"""Results of experiments inside the report of a verification: their claims and their pictures."""

import base64
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.sim.input.text_files import content_of

if TYPE_CHECKING:
    from broadcast_orchestrator.reports.changes.saved import SavedAnswer, SavedJudged

MOST = 1_500_000
"""How many bytes of pictures one report takes, so that the page stays small."""


class Picture(NamedTuple):
    """A picture with its name in words, as an address that holds all of it."""

    name: str
    address: str


class Shown(NamedTuple):
    """What a report shows of an experiment, and how many pictures it had no room for."""

    answer: "SavedAnswer"
    pictures: tuple[Picture, ...]
    left_out: int

    @property
    def claims(self) -> "tuple[SavedJudged, ...]":
        """The claims with their verdicts."""
        return self.answer.claims


def experiments(folders: tuple[Path, ...]) -> tuple[Shown, ...]:
    """What there is to show of the results in these folders, as `broadcast experiment --out` has written them.

    Raises BadInput, one line, for a folder without any.
    """
    room, found = MOST, []
    for folder in folders:
        shown, taken = _shown(folder, room)
        room -= taken
        found.append(shown)
    return tuple(found)


def _shown(folder: Path, room: int) -> tuple[Shown, int]:
    from broadcast_orchestrator.reports.changes.saved import SavedAnswer, load  # pydantic

    try:
        answer = load(folder)
    except BadInput as mistake:
        raise BadInput(f"--experiment {mistake}") from None
    if not isinstance(answer, SavedAnswer):
        raise BadInput(f"--experiment {folder}: is a verification, try a folder of broadcast experiment --out")
    files = sorted((folder / "pictures").glob("*.png")) if folder.is_dir() else []
    taken, pictures = 0, []
    for file in files:
        try:
            data = content_of(file, room)
        except OSError as mistake:
            raise BadInput(f"--experiment {file}: cannot be read: {mistake.strerror}") from None
        if taken + len(data) <= room:
            taken += len(data)
            address = f"data:image/png;base64,{base64.b64encode(data).decode()}"
            pictures.append(Picture(file.stem.replace("_", " "), address))
    return Shown(answer, tuple(pictures), len(files) - len(pictures)), taken
