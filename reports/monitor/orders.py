"""What a page may ask for: every order checked, each with its one action."""

from collections.abc import Callable, Mapping
from typing import Any

from broadcast_orchestrator.model.config import near_match, shown
from broadcast_orchestrator.model.operations import CONVEX, OPERATIONS
from broadcast_orchestrator.reports.monitor.problem import Problem
from broadcast_orchestrator.reports.monitor.session import Session
from broadcast_orchestrator.sim.realtime.chosen_run import ChosenRun
from broadcast_orchestrator.sim.realtime.live_run import LiveRun
from broadcast_orchestrator.sim.simulate.injection import KINDS
from broadcast_orchestrator.sim.world.steps import from_json

LONGEST_TEXT = 200
"""How many characters any text in an order may have."""


def obey(session: Session, order: Mapping[str, Any]) -> str:
    """Do what a page asks for under "do"; the answer is a refusal of the orchestrator's, or "".

    Raises `Problem` for an order that makes no sense, and for one that would change a playback.
    """
    what = order.get("do")
    action = _ANY.get(what) or _LIVE.get(what) if isinstance(what, str) else None
    if action is None:
        raise Problem(f"do: {shown(what)} is unknown{near_match(what, [*_ANY, *_LIVE])}")
    if session.read_only and what in _LIVE:
        raise Problem("this is the playback of a trace, which is only looked at; close it first")
    try:
        answer = action(session, order)
    except ValueError as mistake:
        raise Problem(str(mistake)) from None
    session.tell(always=True)
    return answer or ""


def kinds_for(operation: str) -> tuple[str, ...]:
    """The names of the faults that the next call of this operation can be hit by."""
    of_backend = OPERATIONS[operation].service == CONVEX
    never = ("lost_service", "lost_unnoticed") if of_backend else ("conflict", "lost_unnoticed")
    return tuple(kind for kind in KINDS if kind not in never)


# -- What an order says ---------------------------------------------------------------------------


def _text(order: Mapping[str, Any], name: str, longest: int = LONGEST_TEXT) -> str:
    value = order.get(name)
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise Problem(f"{name}: expected text of at most {longest} characters, got {shown(value)}")
    return value


def _truth(order: Mapping[str, Any], name: str) -> bool:
    value = order.get(name)
    if not isinstance(value, bool):
        raise Problem(f"{name}: expected true or false, got {shown(value)}")
    return value


def _number(order: Mapping[str, Any], name: str) -> int:
    value = order.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Problem(f"{name}: expected a whole number, got {shown(value)}")
    return value


def _operation(order: Mapping[str, Any]) -> str:
    name = _text(order, "operation")
    if name not in OPERATIONS:
        raise Problem(f"operation: {shown(name)} is unknown{near_match(name, OPERATIONS)}")
    return name


# -- What is done ---------------------------------------------------------------------------------


def _command(session: Session, order: Mapping[str, Any]) -> str:
    return session.live.command(_text(order, "name"), _text({"session": "", **order}, "session") or None)


def _fail_next(session: Session, order: Mapping[str, Any]) -> None:
    operation, kind = _operation(order), _text(order, "kind")
    if kind and kind not in kinds_for(operation):
        raise Problem(f"kind: {shown(kind)} cannot hit {operation}{near_match(kind, kinds_for(operation))}")
    session.live.fail_next(operation, kind)


def _slow(session: Session, order: Mapping[str, Any]) -> None:
    session.live.slow(_operation(order), _text(order, "latency").strip())


def _lose(session: Session, order: Mapping[str, Any]) -> None:
    session.live.lose(_text(order, "service"), noticed=_truth({"noticed": True, **order}, "noticed"))


def _bypass(session: Session, order: Mapping[str, Any]) -> None:
    session.live.bypass(_text(order, "service"))


def _conflict(session: Session, order: Mapping[str, Any]) -> None:
    session.live.conflict(refusing=_truth(order, "refusing"))


def _reload(session: Session, _: Mapping[str, Any]) -> None:
    session.live.reload()


def _suspend(session: Session, order: Mapping[str, Any]) -> None:
    session.live.suspend(_number(order, "ms"))


def _elsewhere(session: Session, order: Mapping[str, Any]) -> None:
    session.live.elsewhere(_text(order, "name"))


def _fill(session: Session, order: Mapping[str, Any]) -> None:
    session.live.fill(present=_truth(order, "present"))


def _new(session: Session, order: Mapping[str, Any]) -> None:
    seed = order.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise Problem(f"seed: expected a whole number from 0, got {shown(seed)}")
    session.begin(seed)


def _pause(session: Session, order: Mapping[str, Any]) -> None:
    session.run.paused = _truth(order, "paused")


def _pick(session: Session, order: Mapping[str, Any]) -> str:
    step, number = order.get("step"), _number(order, "at")
    if not isinstance(step, dict):
        raise Problem(f"step: expected a step as the choices tell it, got {shown(step)}")
    if not 0 <= number <= session.run.shown:
        raise Problem(f"at: there are {session.run.shown} steps, got {number}")
    return session.pick(number, from_json(step))


def _branch(session: Session, order: Mapping[str, Any]) -> None:
    session.show_branch(_number(order, "number"))


def _step(session: Session, _: Mapping[str, Any]) -> str:
    return "" if session.run.step() else "nothing is left to happen"


def _speed(session: Session, order: Mapping[str, Any]) -> None:
    session.run.set_speed(order.get("speed"))


def _close(session: Session, _: Mapping[str, Any]) -> None:
    session.close()


def _show_all(session: Session, _: Mapping[str, Any]) -> None:
    if isinstance(session.run, LiveRun | ChosenRun) or not session.read_only:
        raise Problem("a live run has no end to go to")
    session.run.show_all()


def _rewind(session: Session, _: Mapping[str, Any]) -> None:
    session.rewind()


Action = Callable[[Session, Mapping[str, Any]], str | None]

_LIVE: dict[str, Action] = {
    "command": _command,
    "fail_next": _fail_next,
    "slow": _slow,
    "lose": _lose,
    "bypass": _bypass,
    "conflict": _conflict,
    "fill": _fill,
    "reload": _reload,
    "suspend": _suspend,
    "elsewhere": _elsewhere,
}
"""What changes the run."""

_ANY: dict[str, Action] = {
    "new": _new,
    "pause": _pause,
    "pick": _pick,
    "branch": _branch,
    "step": _step,
    "speed": _speed,
    "close": _close,
    "show_all": _show_all,
    "rewind": _rewind,
}
"""What changes how it is looked at, or which run it is."""
