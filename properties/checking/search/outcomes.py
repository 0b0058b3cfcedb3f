"""What comes of each command, once all is quiet, compared with what comes of it in the reference, aspect by aspect.

That much can be compared whatever else is broken, and however the implementation gets there: whether it polls, in which
order it lets joined callers know, at which instant. After the first command that ends otherwise both are elsewhere, and
nothing more is compared.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from broadcast_orchestrator.model.operations import ON_AIR_SERVICES
from broadcast_orchestrator.properties.checking.judge.observation import NEVER, Observation
from broadcast_orchestrator.sim.subjects.scenario import Scenario


class CommandOutcome(NamedTuple):
    """What came of a command: its number and name, the moment in which all was quiet after it and its time, the state
    it was given in and the one it landed in, whether it succeeded (None: it is not over), what is on air, which
    sessions the backend calls live, and whether there is an error text (None: none is ever shown)."""

    number: int
    command: str
    moment: int
    at_ms: float
    given_in: str
    state: str
    ok: bool | None
    active: tuple[bool, ...]
    backend: tuple[str, ...]
    error: bool | None


class OutcomeDifference(NamedTuple):
    """The first command of which something else comes: how the implementation's outcome differs, the gravest aspect
    first, as (aspect, sentence)."""

    outcome: CommandOutcome
    aspects: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:
        """What kind of difference it is."""
        return f"differs in {self.aspects[0][0]} after {self.outcome.command}"


def calm(scenario: Scenario) -> bool:
    """Whether everything that happens in the scenario waits until all is quiet, so that both live through the same."""
    return all(event.after is None for event in (*scenario.orders, *scenario.meanwhile))


def outcomes(sight: Observation) -> tuple[CommandOutcome, ...]:
    """What came of each command after which all was quiet."""
    shows_text = any(sight.texts)
    found: dict[int, CommandOutcome] = {}
    for rest in sight.rests:
        given = [asked for asked in sight.asked if asked.moment <= rest.moment]
        if given:
            last = given[-1]
            found[last.id] = CommandOutcome(
                number=last.id,
                command=last.name,
                moment=rest.moment,
                at_ms=rest.at_ms,
                given_in=last.state,
                state=rest.state,
                ok=None if last.settled == NEVER or last.forgotten else last.ok,
                active=rest.truth.active,
                backend=rest.truth.backend,
                error=bool(sight.texts[rest.moment]) if shows_text else None,
            )
    return tuple(found.values())


def outcome_difference(
    ours: tuple[CommandOutcome, ...], theirs: tuple[CommandOutcome, ...]
) -> OutcomeDifference | None:
    """The first command of which something else comes than in the reference; None where there is none."""
    expected = {each.number: each for each in theirs}
    for outcome in ours:
        other = expected.get(outcome.number)
        if other is not None and (aspects := tuple(_aspects(outcome, other))):
            return OutcomeDifference(outcome, aspects)
    return None


def _aspects(ours: CommandOutcome, theirs: CommandOutcome) -> Iterator[tuple[str, str]]:
    for aspect, says in ASPECTS:
        mine, reference = says(ours), says(theirs)
        if mine != reference and "" not in (mine, reference):
            yield aspect, f"{mine}, in the reference {reference}"


def _on(outcome: CommandOutcome) -> str:
    on = [service for service, active in zip(ON_AIR_SERVICES, outcome.active, strict=True) if active]
    return f"{_listed(on)} on air"


def _landed(outcome: CommandOutcome) -> str:
    return f"{outcome.command} lands in {outcome.state}"


def _ended(outcome: CommandOutcome) -> str:
    verdicts = {True: "succeeds", False: "fails", None: "never ends"}
    return f"{outcome.command} {verdicts[outcome.ok]}"


def _told(outcome: CommandOutcome) -> str:
    return f"the backend calls {_listed(list(outcome.backend))} live"


def _said(outcome: CommandOutcome) -> str:
    return "" if outcome.error is None else f"there is {'an' if outcome.error else 'no'} error text"


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "nothing"


ASPECTS: tuple[tuple[str, Callable[[CommandOutcome], str]], ...] = (
    ("what is on", _on),
    ("what the backend says", _told),
    ("where it lands", _landed),
    ("how it ends", _ended),
    ("the error", _said),
)
"""What is compared, the gravest first; "" where it is not shown."""
