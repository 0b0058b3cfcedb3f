"""Steps that the protocol has no words for: the reference answers none of them, and says why in one line."""

import io

import pytest

from broadcast_orchestrator.sim.subjects.protocol.messages import SubjectError
from broadcast_orchestrator.sim.subjects.protocol.serve import serve
from broadcast_orchestrator.sim.subjects.reference import ReferenceSubject

HELLO = b'{"hello":{"protocol":1}}\n'


def test_a_line_without_an_end_is_not_read_on_for_ever() -> None:
    """Whoever drives it may be anybody, and a line is kept in memory."""
    with pytest.raises(SubjectError, match="line 2: is longer than 16,777,216 bytes"):
        serve(ReferenceSubject(), io.BytesIO(HELLO + b" " * 2**25), io.BytesIO())


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (
            '{"do":"command","id":1,"command":"launch"}',
            "command: 'launch' is unknown, try one of: initialize, start_broadcast, stop_broadcast, emergency_stop, ",
        ),
        ('{"do":"lose","service":"convex"}', "service: 'convex' is unknown, try one of: "),
        ('{"do":"flip","service":"x"}', "service: 'x' is unknown, try one of: live_feed, session, host, producer"),
        ('{"do":"begin","manners":{"host.initialize":5}}', "manners: host.initialize: 5 is unknown, try one of: "),
        (
            '{"do":"begin","manners":{"host.initialise":[]}}',
            "manners: 'host.initialise' is unknown, did you mean 'host.initialize'?",
        ),
        ('{"do":"begin","config":{"max_retries":-1}}', "config: max_retries: expected a whole number from 0 to "),
        (
            '{"do":"answer","call":1,"ok":true,"form":"x"}',
            "form: 'x' is unknown, try one of: error, text, nothing, object",
        ),
        ('{"do":"advance","to_ms":1e300}', "to_ms: 1e+300 ms is more than 2^53 ms"),
        ('{"do":"set_clock","by_ms":-99999999999999999999}', "by_ms: a number of more than 18 digits ms is more than "),
        ('{"do":"effect","call":1}', "call 1: there is no such call"),
    ],
)
def test_a_step_outside_the_protocol_is_told(step: str, told: str) -> None:
    """The line, what is wrong in it and what to try; nothing is answered to it."""
    heard = io.BytesIO()
    with pytest.raises(SubjectError) as caught:
        serve(ReferenceSubject(), io.BytesIO(HELLO + b'{"steps":[{"do":"begin"},' + step.encode() + b"]}\n"), heard)
    assert str(caught.value).startswith(f"line 2: {told}")
    assert heard.getvalue().count(b"\n") == 1
