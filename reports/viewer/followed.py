"""A recording that goes on, as a run that grows: whatever has been written is shown at once."""

from pathlib import Path

from broadcast_orchestrator.reports.output.files import BadInput
from broadcast_orchestrator.reports.viewer.opened import playback_of
from broadcast_orchestrator.sim.realtime.playback import Playback
from broadcast_orchestrator.sim.realtime.subject_run import PacedSubjectRun
from broadcast_orchestrator.sim.recording.following import FollowedFile
from broadcast_orchestrator.sim.subjects.evidence import Evidence
from broadcast_orchestrator.sim.world.trace import Trace


class FollowedRun:
    """The run in a file that somebody is still writing; `run` is None until there is anything to show, and stands still
    while it is paused. `is_over` says that nothing comes any more."""

    def __init__(self, file: Path, rules_path: str | None = None) -> None:
        self.name = file.name
        self.run: Playback | PacedSubjectRun | None = None
        self.is_over = False
        self._file, self._rules_path = FollowedFile(file), rules_path

    def look(self) -> bool:
        """Whether there was more of it, which is shown by now, unless it is paused; raises `BadInput` where the file is
        no recording, or no longer the same, or was made by other rules."""
        if self.is_over:
            return False
        try:
            news = self._file.news()
            if news is None:
                return False
            self.is_over = news.is_over
            self._take(news.run)
        except ValueError as mistake:
            self.is_over = True
            raise BadInput(str(mistake)) from None
        return True

    def _take(self, recorded: Trace | Evidence) -> None:
        match self.run, recorded:
            case Playback() as run, Trace():
                run.grow(recorded)
            case PacedSubjectRun() as run, Evidence():
                run.grow(recorded)
            case _:
                self.run = run = playback_of(recorded, self._rules_path)
        if not run.paused:
            run.show_all()
