"""What is remembered for other runs depends on no failure but those that were looked into."""

from collections.abc import Callable
from typing import Any

import pytest

from broadcast_orchestrator.model.events import REPORTED, TIMED_OUT, Failure, FailureKind
from broadcast_orchestrator.sim.world.remembered.met_failures import FailuresMet, Inquiry, MetQuestion, Remembered

HOST, FEED, LATE = (
    Failure("host", REPORTED, "lost"),
    Failure("live_feed.start", FailureKind.FAILED, "refused"),
    Failure("host.start", TIMED_OUT),
)


@pytest.mark.parametrize(
    ("look", "asked"),
    [
        (lambda one, other: one == one and one != other, {}),
        (lambda one, other: [one, other].index(other), {}),
        (lambda one, other: LATE in (one, other), {MetQuestion(0, LATE): False, MetQuestion(1, LATE): False}),
        (lambda one, other: one == HOST, {MetQuestion(0, HOST): True}),
        (lambda one, other: other.message, {MetQuestion(1): FEED}),
        (lambda one, other: str(one), {MetQuestion(0): HOST}),
        (lambda one, other: tuple(one), {MetQuestion(0): HOST}),
        (lambda one, other: hash(other), {MetQuestion(1): FEED}),
        (lambda one, other: one < other, {MetQuestion(0): HOST, MetQuestion(1): FEED}),
    ],
)
def test_whoever_looks_into_a_failure_asks(look: Callable[[Any, Any], Any], asked: dict[MetQuestion, Any]) -> None:
    """Failures that were met are told apart without a look; to compare one with another, to read, to sort and to hash
    it are questions, and what comes of them is what comes of the failures themselves."""
    inquiry = Inquiry((HOST, FEED))
    assert look(*inquiry.failures) == look(HOST, FEED)
    assert inquiry.asked == asked


def test_what_was_worked_out_is_known_where_the_answers_are_the_same() -> None:
    """A value that looks into the second failure of those whose first is that of the host is worked out once for each
    answer, whatever else was met."""
    remembered, worked_out = Remembered[str](), list[FailuresMet]()

    def second(inquiry: Inquiry) -> str:
        worked_out.append(inquiry.met)
        return inquiry.failures[1].subject if inquiry.failures[0] == HOST else "none"

    for met, value in (
        ((HOST, FEED, LATE), "live_feed.start"),
        ((HOST, FEED), "live_feed.start"),
        ((HOST, LATE), "host.start"),
        ((FEED, LATE), "none"),
        ((LATE, HOST), "none"),
    ):
        assert remembered.of("key", Inquiry(met), second) == value
    assert worked_out == [(HOST, FEED, LATE), (HOST, LATE), (FEED, LATE)]
