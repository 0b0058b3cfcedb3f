"""A finding: one way in which an implementation breaks the guide, with the smallest sequence that shows it."""

from typing import Any, NamedTuple

from broadcast_orchestrator.properties.checking.judge.ranks import RANK_NAMES
from broadcast_orchestrator.properties.guarantees.verdicts import Violation
from broadcast_orchestrator.sim.subjects.evidence import Evidence
from broadcast_orchestrator.sim.subjects.scenario import Scenario


class Why(NamedTuple):
    """What becomes of the smallest sequence when one of its events is left out: `necessary` if the violation goes."""

    event: str
    necessary: bool
    without: str


class Finding(NamedTuple):
    """One cause of violations: the `violation` that the smallest sequence shows, and what there is to say about it.

    `id` stays the same as long as guarantee, key and shape of the sequence do; `also` are guarantees that the
    same sequence breaks as well; `place` is where it happens; `steps` tell the sequence as a story; `serves` are the
    clauses and readings behind the guarantee with their words; `seen` in how many scenarios it showed.
    """

    id: str
    violation: Violation
    rank: int
    place: str
    steps: tuple[str, ...]
    expected: str
    observed: str
    also: tuple[str, ...]
    serves: tuple[tuple[str, str], ...]
    why: tuple[Why, ...]
    seen: int
    scenario: Scenario
    evidence: Evidence

    @property
    def guarantee(self) -> str:
        """What is broken."""
        return self.violation.guarantee

    @property
    def title(self) -> str:
        """What the finding is called: the sentence of its violation."""
        return self.violation.what

    @property
    def events(self) -> int:
        """How many orders, faults and mishaps the smallest sequence has."""
        return len(self.scenario.orders) + len(self.scenario.faults) + len(self.scenario.mishaps)

    def to_json(self, replay: str = "") -> dict[str, Any]:
        """The finding as plain data; `replay` is the command that shows it again."""
        return {
            "id": self.id,
            "guarantee": self.guarantee,
            "rank": self.rank,
            "kind": RANK_NAMES[self.rank],
            "title": self.title,
            "place": self.place,
            "steps": list(self.steps),
            "expected": self.expected,
            "observed": self.observed,
            "also": list(self.also),
            "serves": [{"id": name, "words": words} for name, words in self.serves],
            "why": [each._asdict() for each in self.why],
            "events": self.events,
            "seen": self.seen,
            "replay": replay,
        }
