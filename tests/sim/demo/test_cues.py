"""What one may say on an evening: cues that are understood, and one clear line for what is none."""

import pytest

from broadcast_orchestrator.sim.demo.cues import EVENING, CueError, cue_of, cues_of, milliseconds, service_of


def test_a_script_is_a_cue_a_line() -> None:
    """Empty lines and remarks say nothing; only a start, a kill and a wait say of what."""
    script = "# now\ninitialize\n\n  start s1 \nkill host\nwait 1.5s\nwait\nreload\nemergency\nrecover\nstop\nquit\n"
    assert cues_of(script) == (
        ("initialize", ""),
        ("start", "s1"),
        ("kill", "host"),
        ("wait", "1.5s"),
        ("wait", ""),
        ("reload", ""),
        ("emergency", ""),
        ("recover", ""),
        ("stop", ""),
        ("quit", ""),
    )
    assert [cue_of(line).verb for line in EVENING] == ["initialize", "start", "wait", "stop"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("strat", "'strat': is nothing to do on an evening, did you mean 'start'?"),
        ("kill", "'': unknown service, try one of: live_feed, session, host, producer, convex"),
        ("kill hots", "'hots': unknown service, did you mean 'host'?"),
        ("wait 3", "'3': is no duration, try 3s or 300ms"),
        ("stop now", "stop: is said alone, not with 'now'"),
    ],
)
def test_what_is_no_cue_is_told_in_one_line(line: str, said: str) -> None:
    """With what to try instead, and, in a script, with the number of the line."""
    with pytest.raises(CueError) as refused:
        cue_of(line)
    assert str(refused.value) == said
    with pytest.raises(CueError) as refused:
        cues_of(f"initialize\n{line}\n")
    assert str(refused.value) == f"line 2: {said}"


def test_durations_are_told_in_milliseconds() -> None:
    """In seconds or milliseconds, whole or not; nothing else is a duration."""
    assert [milliseconds(text) for text in ("3s", "0.25s", "300ms", "0ms")] == [3_000, 250, 300, 0]
    for text in ("3", "s", "-1s", "1e3s", "1m", "9999999s", "٣s"):
        with pytest.raises(CueError):
            milliseconds(text)
    assert service_of("convex") == "convex"
