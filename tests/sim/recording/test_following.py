"""A file that grows is a recording whenever there is more of it."""

from pathlib import Path

import pytest

from broadcast_orchestrator.sim.recording.following import FollowedFile
from broadcast_orchestrator.sim.recording.recordings import RecordingError
from broadcast_orchestrator.sim.simulate.studio import Studio
from broadcast_orchestrator.sim.world.trace import END, Trace


def test_each_whole_line_is_news_once(tmp_path: Path) -> None:
    """Whatever is written in between: nothing, half a line, a line, several; the last line ends it."""
    studio = Studio(seed=1)
    studio.run(studio.orchestrator.initialize())
    text = f"{studio.trace.to_text()}{END}\n"
    file = tmp_path / "run.jsonl"
    file.touch()
    followed, seen = FollowedFile(file), list[int]()
    for at, sign in enumerate(text):
        with file.open("a") as written:
            written.write(sign)
        news = followed.news()
        assert (news is not None) == (sign == "\n")
        if news is not None:
            assert isinstance(news.run, Trace)
            seen.append(len(news.run.lines))
            assert (news.torn, news.is_over) == ("", at == len(text) - 1)
    count = len(studio.trace.lines)
    assert seen == [*range(count + 1), count]


def test_a_file_that_becomes_another_is_refused(tmp_path: Path) -> None:
    """One that is written anew, or taken away."""
    file = tmp_path / "run.jsonl"
    studio = Studio(seed=1)
    studio.run(studio.orchestrator.initialize())
    studio.trace.save(file)
    followed = FollowedFile(file)
    assert followed.news() is not None
    file.write_text('{"format":')
    with pytest.raises(RecordingError, match="has become shorter"):
        followed.news()
    file.unlink()
    with pytest.raises(RecordingError, match="cannot be read"):
        followed.news()
