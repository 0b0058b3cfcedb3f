"""Following a file that grows: the recording that it holds so far, whenever there is more of it."""

from pathlib import Path

from broadcast_orchestrator.sim.input.text_files import bytes_of
from broadcast_orchestrator.sim.recording.recordings import (
    WHAT,
    NothingRecorded,
    Recording,
    RecordingError,
    recording_of,
)


class FollowedFile:
    """A file that somebody is still writing. Its last line may not be whole yet; that says nothing."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen, self._size = 0, -1

    def news(self) -> Recording | None:
        """The recording so far, where it has become longer by a whole line and there is anything to judge; else None.

        Raises `RecordingError` where the file is none, cannot be read, or has become shorter.
        """
        try:
            if self._file.stat().st_size == self._size:
                return None
        except OSError as mistake:
            raise RecordingError(f"{self._file}: cannot be read: {mistake.strerror}") from None
        data = bytes_of(self._file, RecordingError, WHAT)
        self._size = len(data)
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < self._seen:
            raise RecordingError(f"{self._file}: has become shorter, so it is another recording; follow it anew")
        if len(whole) == self._seen and whole:
            return None
        self._seen = len(whole)
        try:
            return recording_of(data, str(self._file))
        except NothingRecorded:
            return None
