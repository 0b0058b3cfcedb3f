"""What the core knows of one service, and how that changes: the local half of the readings R9 and R10.

Every function here looks at one service alone. The rules in `model.core` decide by asking such questions and
making such changes through `Views`, and by nothing else; so a search may treat each service on its own.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeVar

from broadcast_orchestrator.model.closed_set import ClosedSet
from broadcast_orchestrator.model.operations import CALLABLE, CONVEX, SERVICES


class CallStanding(ClosedSet):
    """The standing of an open call: its procedure waits for it; nobody does, but a late success still counts;
    or a late success means nothing any more (reading R9)."""

    AWAITED = "awaited"
    GIVEN_UP = "given up"
    VOID = "void"


AWAITED, GIVEN_UP, VOID = CallStanding


class SwitchOff(ClosedSet):
    """What became of the last switch-off of a service: confirmed or never needed; issued; tried and not confirmed."""

    FINE = "fine"
    TRIED = "tried"
    RESIDUE = "residue"


FINE, TRIED, RESIDUE = SwitchOff

INDEX = {service: index for index, service in enumerate(SERVICES)}
"""Where each service stands in a tuple of views."""


class OpenCall(NamedTuple):
    """A call without an answer yet."""

    operation: str
    standing: CallStanding
    session: str | None = None


class View(NamedTuple):
    """What the core knows of one service: `on_air` means that a switch-on was issued and no switch-off
    has been confirmed since; `calls` are the open ones, oldest first."""

    on_air: bool = False
    off: SwitchOff = FINE
    calls: tuple[OpenCall, ...] = ()


# -- Questions ------------------------------------------------------------------------------------


def is_on_air(view: View) -> bool:
    """On air, as far as is known."""
    return view.on_air


def is_residue(view: View) -> bool:
    """A switch-off was tried and not confirmed since."""
    return view.off == RESIDUE


def is_uncertain(view: View) -> bool:
    """Not known to be off (reading R11)."""
    return view.on_air or view.off == RESIDUE


def open_call(view: View, index: int) -> OpenCall:
    """The open call that is `index`-th oldest."""
    return view.calls[index]


# -- Changes --------------------------------------------------------------------------------------


def issue(view: View, operation: str, session: str | None) -> View:
    """A call is made. It is newer than every open one, so older switch-offs mean nothing beside a switch-on."""
    turns_on = CALLABLE[operation].turns_on
    if turns_on:
        view = void(view, False, session)
    if CALLABLE[operation].service != CONVEX:  # the backend is neither on air nor residue (reading R10)
        if turns_on:
            view = view._replace(on_air=True)
        elif turns_on is False and view.off == FINE:
            view = view._replace(off=TRIED)
    return view._replace(calls=(*view.calls, OpenCall(operation, AWAITED, session)))


def close(view: View, index: int) -> View:
    """The call has been answered, or never will be."""
    return view._replace(calls=view.calls[:index] + view.calls[index + 1 :])


def void(view: View, turns_on: bool, session: str | None = None) -> View:
    """From now on a late success of these calls, switch-ons or switch-offs, means nothing."""
    return view._replace(
        calls=tuple(
            call._replace(standing=VOID)
            if CALLABLE[call.operation].turns_on is turns_on and call.session == session
            else call
            for call in view.calls
        )
    )


def confirm_off(view: View, session: str | None) -> View:
    """A switch-off succeeded: no older switch-on can matter."""
    return void(view, True, session)._replace(on_air=False, off=FINE)


def name_residue(view: View) -> View:
    """A switch-off ended without success: residue, unless another one was confirmed since it was issued."""
    return view._replace(off=RESIDUE) if view.off == TRIED else view


def name_found(view: View) -> View:
    """It is on, and nobody knows why."""
    return view._replace(off=RESIDUE)


def find_off(view: View) -> View:
    """It is off, and nothing is on its way that could switch it on."""
    return view if view.calls else view._replace(on_air=False)


def give_up(view: View) -> View:
    """No call of this service is waited for any more. An attempt to initialize is void at once: its late
    success moves nothing."""
    return view._replace(calls=tuple(_given_up(call) if call.standing == AWAITED else call for call in view.calls))


def _given_up(call: OpenCall) -> OpenCall:
    return call._replace(standing=VOID if CALLABLE[call.operation].turns_on is None else GIVEN_UP)


# -- The two doors --------------------------------------------------------------------------------

Answer = TypeVar("Answer")


class Services(Protocol):
    """The views of all services while a turn lasts, behind two doors: ask one service, or change one."""

    def ask(self, service: str, question: Callable[..., Answer], *details: Any) -> Answer:
        """What `question` answers about the service."""

    def change(self, service: str, change: Callable[..., View], *details: Any) -> None:
        """Let `change` happen to the service."""

    def result(self) -> tuple[View, ...]:
        """All views, in the order of `SERVICES`."""


class Views:
    """The doors of a plain tuple of views."""

    def __init__(self, views: tuple[View, ...]) -> None:
        self._views = list(views)

    def ask(self, service: str, question: Callable[..., Answer], *details: Any) -> Answer:
        """What `question` answers about the service."""
        return question(self._views[INDEX[service]], *details)

    def change(self, service: str, change: Callable[..., View], *details: Any) -> None:
        """Let `change` happen to the service."""
        self._views[INDEX[service]] = change(self._views[INDEX[service]], *details)

    def result(self) -> tuple[View, ...]:
        """All views, in the order of `SERVICES`."""
        return tuple(self._views)
