"""What was seen of each kind of complaint, over all that was tried: how often, beside what, and in which scenario."""

from collections import Counter
from dataclasses import dataclass, field

from broadcast_orchestrator.properties.checking.judge.complaints import Complaint, Kind
from broadcast_orchestrator.properties.checking.search.bench import TriedScenario
from broadcast_orchestrator.sim.subjects.scenario import Scenario


@dataclass
class Sighting:
    """What was seen of one kind. `scenario` is the one that shows it and the fewest other kinds (those of `beside`), of
    these the smallest; `first` is the complaint there. `always` are the kinds, and `common` the features of the run,
    that showed in every scenario in which it did; `near` are those of `always` that showed after the same command as
    it did. `seen` counts scenarios of the search, `where` those for each place
    and what is named there."""

    scenario: Scenario
    first: Complaint
    beside: frozenset[Kind]
    always: frozenset[Kind]
    near: frozenset[Kind]
    common: frozenset[str]
    seen: int = 0
    where: Counter[tuple[str, str]] = field(default_factory=Counter)


class Sightings:
    """All kinds that were seen, of those that no reading accepts or of those that one does, and the features of the
    runs that showed them."""

    def __init__(self, accepted: bool = False) -> None:
        self.accepted = accepted
        self.of: dict[Kind, Sighting] = {}
        self._usual: set[str] = set()
        self._passed: Counter[str] = Counter()
        self._shown: Counter[tuple[str, Kind]] = Counter()

    def note(self, scenario: Scenario, tried: TriedScenario) -> None:
        """Remember what a scenario of the search showed, and how it went."""
        spots = self.learn(scenario, tried)
        self._usual.update(tried.usual if tried.complaints else tried.features)
        self._passed.update(tried.features)
        for kind, where in spots.items():
            self.of[kind].seen += 1
            self.of[kind].where.update(where)
            self._shown.update((feature, kind) for feature in tried.features)

    def learn(self, scenario: Scenario, tried: TriedScenario) -> dict[Kind, set[tuple[str, str]]]:
        """Remember beside what the kinds showed, without counting the scenario; the answer is what it showed where."""
        told = [each for each in tried.complaints if each.accepted == self.accepted]
        spots: dict[Kind, set[tuple[str, str]]] = {}
        commands: dict[Kind, set[int]] = {}
        for each in told:
            spots.setdefault(each.kind, set()).add((each.place, each.about))
            commands.setdefault(each.kind, set()).add(each.command)
        for each in {each.kind: each for each in reversed(told)}.values():
            near = frozenset(kind for kind, given in commands.items() if each.command in given) - {each.kind}
            beside = frozenset(spots) - {each.kind}
            self._meet(Sighting(scenario, each, beside, beside, near, frozenset(tried.features)))
        return spots

    def _meet(self, new: Sighting) -> None:
        known = self.of.setdefault(new.first.kind, new)
        known.always &= new.always
        known.near &= new.near
        known.common &= new.common
        if (len(new.beside), new.scenario.events) < (len(known.beside), known.scenario.events):
            known.scenario, known.first, known.beside = new.scenario, new.first, new.beside

    def explained(self, other: Kind, kind: Kind, share: float) -> bool:
        """Whether something quite usual that goes with every sighting of the kind brings the other about by itself: a
        feature that sound runs have as well, and of whose runs without the kind at least this share shows the other."""
        seen = self.of[kind].seen
        without = ((feature, self._passed[feature] - seen) for feature in self._usual & self.of[kind].common)
        return any(self._shown[feature, other] - seen >= share * runs > 0 for feature, runs in without)
