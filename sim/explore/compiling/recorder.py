"""A step, written down: what it asks the services and what it changes, for every answer that they may give.

`perform` reads and changes services only through the two doors of a `Stage`. A `Recorder` is a stage that writes down
what goes through them instead of doing it, each service apart, as a small `Program`: questions with the answers that
were given, and changes, in their order.

Nothing of the services is known but the open call that is answered, if any. They answer yes or no by a script, and why
all scripts together are complete, `recordings` says.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

from broadcast_orchestrator.model import views
from broadcast_orchestrator.model.state import CoreState
from broadcast_orchestrator.model.views import OpenCall
from broadcast_orchestrator.sim.world import service_state
from broadcast_orchestrator.sim.world.service_state import ServiceState

Answered = TypeVar("Answered")

YES_OR_NO = (
    *(views.is_on_air, views.is_residue, views.is_uncertain),
    *(service_state.is_overdue, service_state.may_command_elsewhere),
)
"""The questions that a step may ask of services."""

_ALONE = [(each,) for each in YES_OR_NO]


class SymbolicMove(NamedTuple):
    """One thing that a step does to one service: a question with its answer, or a change."""

    function: Callable[..., Any]
    details: tuple[Any, ...]
    question: bool
    answer: Any = None


Program = tuple[SymbolicMove, ...]


def run(program: Program, state: ServiceState) -> ServiceState | None:
    """What the program makes of the service; None where an answer is not the one that the rule was made for."""
    for move in program:
        if not move.question:
            state = move.function(state, *move.details)
        elif move.function(state, *move.details) != move.answer:
            return None
    return state


class UnknownAnswer(TypeError):
    """A step asks what a search cannot answer: its questions are the rules' own, so they have to be changed."""


class KnownCall(NamedTuple):
    """The open call that is answered, the place where the core has it among those of its service, and how it stands in
    `truth`, for the judge."""

    service: str
    position: int
    call: OpenCall
    truth: OpenCall | None = None


class Recorder:
    """A scene that writes down what a step asks and changes.

    Services answer by the `script`; a question beyond its end is answered no, and remembered as one to try with yes.
    Which open call is answered is `known`.
    """

    def __init__(self, core: CoreState, script: list[bool], known: "KnownCall | None" = None) -> None:
        self.core = core
        self.faults = 0
        self.script = script
        self._asked, self._known = 0, known
        self._moves: dict[str, list[SymbolicMove]] = {}
        self._answers: dict[tuple[str, Any, Any], Any] = {}

    def ask(self, service: str, question: Callable[..., Answered], *details: Any) -> Answered:
        """The answer: the call that is known, or as scripted."""
        if self._known is not None and (service, *details) == (
            self._known.service,
            views.open_call,
            self._known.position,
        ):
            known: Any = self._known.call
            return known  # type: ignore[no-any-return]
        key = (service, question, details)
        if key not in self._answers:
            self._answers[key] = self._scripted(service, question, details)
            self._moves.setdefault(service, []).append(SymbolicMove(question, details, True, self._answers[key]))
        answer: Answered = self._answers[key]
        return answer

    def _scripted(self, service: str, question: Callable[..., Any], details: tuple[Any, ...]) -> bool:
        if question not in YES_OR_NO and details[:1] not in _ALONE:
            raise UnknownAnswer(f"{question} has more answers than yes and no, and nobody knows that of {service}")
        if self._asked == len(self.script):
            self.script.append(False)
        self._asked += 1
        return self.script[self._asked - 1]

    def change(self, service: str, change: Callable[..., ServiceState], *details: Any) -> None:
        """Write the change down."""
        self._moves.setdefault(service, []).append(SymbolicMove(change, details, False))
        self._answers = {key: answer for key, answer in self._answers.items() if key[0] != service}

    def touched(self) -> list[str]:
        """The services that were changed."""
        return [service for service, moves in self._moves.items() if any(not move.question for move in moves)]

    def questions(self) -> tuple[tuple[str, Program], ...]:
        """What was asked of services before they were changed: all there is to say of a step that goes no further."""
        asked = {}
        for service, moves in self._moves.items():
            first = next((at for at, move in enumerate(moves) if not move.question), len(moves))
            asked[service] = tuple(moves[:first])
        return tuple(asked.items())

    def programs(self) -> tuple[tuple[str, Program], ...]:
        """What was written down, each service apart."""
        return tuple((service, tuple(moves)) for service, moves in self._moves.items())


def recordings(core: CoreState, known: KnownCall | None, attempt: Callable[[Recorder], bool]) -> Iterator[Recorder]:
    """Every way in which a step can go: `attempt` is repeated until each question has had both answers. Ways in which
    it says that it cannot go are left out.

    The scripts are the paths of a tree. A step decides by the core, by the call that is answered and by the answers of
    the services, and by nothing else; so with the same answers it asks the same next question, and after an unknown one
    it goes on with no, while the same answers with yes at its end are put on the list. A question that was asked since
    the service changed last is not asked again. So any services there may be answer along one path of the tree, and
    along one only: of the programs of all recordings together, exactly one recording's accept them. Some paths no
    service can answer; their programs accept nothing.
    """
    scripts: list[list[bool]] = [[]]
    while scripts:
        script = scripts.pop()
        length = len(script)
        recorder = Recorder(core, script, known)
        if attempt(recorder):
            yield recorder
        scripts.extend([*script[:at], True] for at in range(length, len(script)))
