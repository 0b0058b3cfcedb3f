"""The causes of what a broken core breaks: each mistake told once, with everything that it explains.

Three ways lead to them. From what was found: of all steps in which the run of a witness departs from the reference, the
cause is the first kind whose repair makes the run sound. From the reference's ground: first departures there are tried
alone, which finds mistakes, too, that others hide. And from what is still broken when all known mistakes are mended.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from broadcast_orchestrator.model.core import Core
from broadcast_orchestrator.model.events import EMERGENCY_STOP, INITIALIZE
from broadcast_orchestrator.model.state import on_air
from broadcast_orchestrator.properties.causes.alone import broken_alone, shown_alone
from broadcast_orchestrator.properties.causes.departed import DISPATCHERS, DepartedStep, Part, only, parts_of
from broadcast_orchestrator.properties.causes.deviations import Kind, Kinds
from broadcast_orchestrator.properties.causes.ground import GROUNDS, FirstDeparture, ground
from broadcast_orchestrator.properties.causes.repair import repaired
from broadcast_orchestrator.properties.guarantees.verdicts import Witness, unforeseen
from broadcast_orchestrator.properties.model_check.proof import CONFIG
from broadcast_orchestrator.properties.witness.retake import RetakenRun, Wish, retake, wish
from broadcast_orchestrator.sim.world.rules_by_name import overridden, reference_of, without_rules
from broadcast_orchestrator.sim.world.steps import Do

MOST = 80
"""How many departures are tried alone at most, the nearest first."""

AGAIN = 5
"""How many departures of one kind are tried alone until one of them breaks something."""

WAY_OUT = (Wish(Do(EMERGENCY_STOP), waits=True), Wish(Do(INITIALIZE), waits=True))
"""What comes after a run in which no step differs: what is broken where it ends has no way out from there."""


class Shown(NamedTuple):
    """Something violated: what it is called, the run that shows it, and whether that is `beside` the matrix."""

    name: str
    witness: Witness
    beside: bool = False


Again = Callable[[tuple[str, ...]], Iterable[Shown]]
"""What is still violated where the rules of these names are the reference's again."""


class RootCause(NamedTuple):
    """One mistake of a core: a sentence, the guarantees that it breaks, and the names of everything that it explains.

    `step` is the step in which it shows first, None where no step differs from the reference, and `kinds` is all that
    differs in such steps. `rule` is the overridden rule that is to blame ("" where that cannot be told), `also` are the
    sentences of other ways in which the same mistake shows. `witness` is the shortest run of the core itself that shows
    it. Where `hidden_by` is not empty no such run was found: the witness is what the reference would do with this one
    mistake, and `hidden_by` is the sentence of the mistake that comes before it in the core's own run.
    """

    sentence: str
    guarantees: tuple[str, ...]
    explains: tuple[str, ...]
    witness: Witness
    step: DepartedStep | None
    kinds: Kinds
    rule: str = ""
    also: tuple[str, ...] = ()
    hidden_by: str = ""


@dataclass
class _Mistake:
    """One mistake while causes are looked for: its sentences, the nearest first, everything that is put to it, and the
    runs that break something where it is all that is wrong."""

    rule: str
    steps: list[DepartedStep]
    kinds: Kinds
    shown: list[tuple[Shown, DepartedStep | None]] = field(default_factory=list)
    alone: list[tuple[DepartedStep, Witness]] = field(default_factory=list)


def causes_of(
    rules: type[Core],
    found: Iterable[Shown],
    faults: int = 2,
    tell: Callable[[int, int], None] = lambda done, causes: None,
    again: Again = lambda names: (),
) -> tuple[RootCause, ...]:
    """The mistakes behind everything that was `found` to be violated under these rules, those that explain most first,
    and then those that others hide, on the reference's ground with up to `faults` faults and wherever it is looked
    `again` with the known ones mended. `tell` hears how much of what was found is explained, and by how many
    mistakes."""
    search = _CauseSearch(rules)
    for done, shown in enumerate(found):
        tell(done, search.known)
        search.explain(shown)
    if rules is not reference_of(rules):
        search.try_alone(faults)
        search.look_again(again)
    return tuple(search.told())


class _CauseSearch:
    """The causes of one core while they are looked for."""

    def __init__(self, rules: type[Core]) -> None:
        self._rules, self._reference = rules, reference_of(rules)
        self._mistakes: list[_Mistake] = []

    @property
    def known(self) -> int:
        """How many mistakes there are so far."""
        return len(self._mistakes)

    # -- From the reference's ground --------------------------------------------------------------

    def try_alone(self, faults: int) -> None:
        """Keep the departures of mistakes that are not known yet and break something when they are all that is wrong;
        of the known ones keep in which other ways they show."""
        for departure in islice(self._departures(faults), MOST):
            for part in parts_of(departure.last, self._rules):
                if self._known(part) is not None:
                    self._mistake(part)
                elif (broken := broken_alone(departure, part.rules)) is not None:
                    witness = Witness(broken.violation, shown_alone(departure, broken, part.rules))
                    self._mistake(part).alone.append((departure.last, witness))

    def _departures(self, faults: int) -> Iterator[FirstDeparture]:
        """The first departures on every ground: of each kind two, with and without anything on air, unless mistakes
        that are known explain all that differs."""
        met: set[tuple[Kinds, bool]] = set()
        tried: Counter[Kinds] = Counter()

        def wanted(step: DepartedStep) -> bool:
            known = frozenset[Kind]().union(*(each.kinds for each in self._mistakes))
            return _about(step) not in met and tried[step.kinds] < AGAIN and not step.kinds <= known

        for named in GROUNDS:
            met.clear()  # what breaks nothing here may do so where more can happen
            scope = named.scope._replace(limit=min(named.scope.limit, faults))
            here = ground(named._replace(scope=scope), self._reference)  # type: ignore[arg-type]  # classes can be hashed
            for departure in here.departures(self._rules, wanted):
                met.add(_about(departure.last))
                tried[departure.last.kinds] += 1
                yield departure

    # -- From what is still broken ----------------------------------------------------------------

    def look_again(self, again: Again) -> None:
        """Mend all mistakes that are known, and keep what is to blame for anything that is violated still, as long as
        that is something new."""
        known = -1
        while known < self.known and len(names := self._mendable) < len(overridden(self._rules)):
            known, rest = self.known, without_rules(self._rules, names)
            for shown in again(names):
                if part := self._part(shown.witness, rest):
                    self._keep_alone(part, shown.witness)

    @property
    def _mendable(self) -> tuple[str, ...]:
        """The rules that are to blame for the known mistakes."""
        return tuple(sorted({each.rule for each in self._mistakes if each.rule}))

    def _keep_alone(self, part: Part, witness: Witness) -> None:
        """Keep it as a mistake where the run breaks its guarantee when nothing else is wrong."""
        if part.rule and self._known(part) is None:
            alone = _witness_under(only(self._rules, part.rule), witness)
            if alone is not None:
                self._mistake(part).alone.append((part.step, alone))

    # -- From what was found ----------------------------------------------------------------------

    def explain(self, shown: Shown) -> None:
        """Put it to the mistake whose repair makes its run sound."""
        same = ((each, step) for each in self._mistakes for known, step in each.shown if _same_run(known, shown))
        mistake, step = next(same, None) or self._cause(shown)
        mistake.shown.append((shown, step))

    def _cause(self, shown: Shown) -> tuple[_Mistake, DepartedStep | None]:
        part = self._part(shown.witness, self._rules) or self._part(shown.witness, self._rules, WAY_OUT)
        return (self._mistake(part), part.step) if part else (self._unlike_none(shown), None)

    def _part(self, witness: Witness, rules: type[Core], then: tuple[Wish, ...] = ()) -> Part | None:
        """The first part of what these rules do otherwise in the run, and in what comes `then`, that makes it sound
        when it is mended; where none does alone, the first one. None where nothing differs, or the reference is no
        better off then."""
        steps: dict[Kinds, DepartedStep] = {}
        _is_broken(witness, repaired(rules, frozenset(), lambda step: _note(steps, step)), then)
        parts = [part for step in steps.values() for part in parts_of(step, rules)]
        if then and _is_broken(witness, self._reference, then):
            return None
        mending = (part for part in parts if not _is_broken(witness, _mended(part, rules), then))
        return next(mending, parts[0] if parts else None)

    # -- Which mistake it is ----------------------------------------------------------------------

    def _mistake(self, part: Part) -> _Mistake:
        """The mistake that the part belongs to, a new one where none is known."""
        known = self._known(part)
        if known is None:
            known = _Mistake(part.rule, [], frozenset())
            self._mistakes.append(known)
        if not part.step.kinds & known.kinds:
            known.steps.append(part.step)
        known.kinds |= part.step.kinds
        return known

    def _known(self, part: Part) -> _Mistake | None:
        """The known mistake of the same rule; where no rule, or one that leads to all others, is to blame, the one that
        differs in the same way as well."""
        mine = (each for each in self._mistakes if each.rule == part.rule)
        if part.rule and part.rule not in DISPATCHERS:
            return next(mine, None)
        ways = {kind[bool(part.rule) :] for kind in part.step.kinds}  # one rule does the same wherever it is reached
        return next((each for each in mine if ways & {kind[bool(part.rule) :] for kind in each.kinds}), None)

    def _unlike_none(self, shown: Shown) -> _Mistake:
        """What is wrong although no step differs from the reference: one mistake for each complaint."""
        mine = (each for each in self._mistakes if not each.steps)
        mistake = next((each for each in mine if _complaint(each.shown[0][0]) == _complaint(shown)), None)
        if mistake is None:
            mistake = _Mistake("", [], frozenset())
            self._mistakes.append(mistake)
        return mistake

    # -- What is told -----------------------------------------------------------------------------

    def told(self) -> Iterator[RootCause]:
        """The causes that explain something that was found, then the others."""
        shown = sorted((each for each in self._mistakes if each.shown), key=lambda each: -len(each.shown))
        yield from map(_told, shown)
        yield from (self._apart(each) for each in self._mistakes if not each.shown)

    def _apart(self, mistake: _Mistake) -> RootCause:
        """One that nothing of what was found leads to: the core itself shows it on the way that shows it alone, or
        another mistake comes before it there."""
        guarantees = tuple(dict.fromkeys(witness.violation.guarantee for _, witness in mistake.alone))
        (step, witness), steps = mistake.alone[0], list[DepartedStep]()
        own = _witness_under(repaired(self._rules, frozenset(), steps.append), witness)
        first = parts_of(steps[0], self._rules) if steps else ()
        if own is not None and mistake in map(self._known, first):
            return _root_cause(mistake, guarantees, own, step)
        cause = _root_cause(mistake, guarantees, witness, step)
        return cause._replace(hidden_by=steps[0].sentence if steps else "what else is wrong")


def _mended(part: Part, rules: type[Core]) -> type[Core]:
    """The core without this mistake: with the reference's rule, or with its steps where that is no one rule."""
    if part.rule and part.rule not in DISPATCHERS:
        return without_rules(rules, (part.rule,))
    return repaired(rules, part.step.kinds)


def _is_broken(witness: Witness, rules: type[Core], then: tuple[Wish, ...]) -> bool:
    """Whether the run, and what comes `then`, breaks its guarantee under these rules, too."""
    run = _retaken(witness, rules, "", then)
    return any(each.guarantee == witness.violation.guarantee for each in unforeseen(run.violations))


def _witness_under(rules: type[Core], witness: Witness) -> Witness | None:
    """The same run under these rules, where it breaks the guarantee, too, and no gap of the guide's own explains it."""
    run = _retaken(witness, rules, witness.violation.guarantee)
    return None if run.violation is None or run.violation.gap else Witness(run.violation, run.passages)


def _retaken(witness: Witness, rules: type[Core], guarantee: str, then: tuple[Wish, ...] = ()) -> RetakenRun:
    """The run, and what comes `then`, under these rules, until they break the guarantee."""
    return retake((*map(wish, witness.passages), *then), guarantee, rules, witness.config(CONFIG))


def _note(steps: dict[Kinds, DepartedStep], step: DepartedStep) -> None:
    steps.setdefault(step.kinds, step)


def _about(step: DepartedStep) -> tuple[Kinds, bool]:
    return step.kinds, bool(on_air(step.core))


def _same_run(one: Shown, other: Shown) -> bool:
    return one.witness.passages == other.witness.passages


def _complaint(shown: Shown) -> str:
    return shown.witness.violation.what


def _told(mistake: _Mistake) -> RootCause:
    (shown, step) = min(mistake.shown, key=lambda each: (each[0].beside, len(each[0].witness.passages)))
    guarantees = tuple(dict.fromkeys(each.witness.violation.guarantee for each, _ in mistake.shown))
    cause = _root_cause(mistake, guarantees, shown.witness, step)
    return cause._replace(explains=tuple(each.name for each, _ in mistake.shown))


def _root_cause(
    mistake: _Mistake, guarantees: tuple[str, ...], witness: Witness, step: DepartedStep | None
) -> RootCause:
    sentence = step.sentence if step else witness.violation.what
    also = tuple(each.sentence for each in mistake.steps if each.sentence != sentence)
    return RootCause(sentence, guarantees, (), witness, step, mistake.kinds, mistake.rule, also)
