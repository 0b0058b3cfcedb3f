"""A finding: one way in which an implementation breaks the guide, with the smallest sequence that shows it."""

from typing import Any, NamedTuple

from broadcast_orchestrator.properties.checking.judge.ranks import RANK_NAMES
from broadcast_orchestrator.sim.subjects.evidence import Evidence
from broadcast_orchestrator.sim.subjects.scenario import Scenario


class Why(NamedTuple):
    """What becomes of the smallest sequence when one of its events is left out: `necessary` if the violation goes."""

    event: str
    necessary: bool
    without: str


class Follower(NamedTuple):
    """A kind of complaint that never showed without the finding under which it is told: its id and guarantee, what it
    says, where it shows, in how many scenarios it was seen, and one of these."""

    id: str
    guarantee: str
    title: str
    place: str
    seen: int
    scenario: Scenario

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {**self._asdict(), "scenario": self.scenario.to_json()}


class Finding(NamedTuple):
    """One cause of complaints: its `kind`, the sentence (`title`), the moment and the place of the evidence at which
    the smallest sequence shows it, and what there is to say about it.

    `id` is that of the kind, the same in every run; `harm` is the gravest thing that it leads to in some scenario, if
    that is graver ("" if not); `also` says what else the same sequence breaks, guarantee and sentence; `steps` tell the
    sequence as a story; `serves` are the clauses and readings behind the guarantee with their words; `seen` in how many
    scenarios it showed, and `where` at which places, about what, in how many. `followers` are told under it.
    """

    id: str
    kind: tuple[str, str]
    title: str
    moment: int
    rank: int
    place: str
    steps: tuple[str, ...]
    expected: str
    observed: str
    harm: str
    also: tuple[tuple[str, str], ...]
    serves: tuple[tuple[str, str], ...]
    why: tuple[Why, ...]
    seen: int
    where: tuple[tuple[str, str, int], ...]
    followers: tuple[Follower, ...]
    scenario: Scenario
    evidence: Evidence

    @property
    def guarantee(self) -> str:
        """What is broken."""
        return self.kind[0]

    @property
    def guarantees(self) -> tuple[str, ...]:
        """What is broken: by itself, by the same sequence, by what follows from it."""
        names = [self.guarantee, *(name for name, _ in self.also), *(each.guarantee for each in self.followers)]
        return tuple(dict.fromkeys(names))

    @property
    def ids(self) -> tuple[str, ...]:
        """Its own id, and those of what is told under it."""
        return (self.id, *(each.id for each in self.followers))

    @property
    def events(self) -> int:
        """How many orders, faults and mishaps the smallest sequence has."""
        return self.scenario.events

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
            "harm": self.harm,
            "also": [{"guarantee": name, "title": title} for name, title in self.also],
            "serves": [{"id": name, "words": words} for name, words in self.serves],
            "why": [each._asdict() for each in self.why],
            "events": self.events,
            "seen": self.seen,
            "where": [{"place": place, "about": about, "seen": seen} for place, about, seen in self.where],
            "followers": [each.to_json() for each in self.followers],
            "replay": replay,
        }
