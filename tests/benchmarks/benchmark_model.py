"""The model on which model checkers are compared: one orchestrator, five services and k faults, without time.

    python tests/benchmarks/benchmark_model.py K            how many states and transitions
    python tests/benchmarks/benchmark_model.py K --levels   the depth too
    python tests/benchmarks/benchmark_model.py K --check    the shortest way to a state that must never be

The control is the orchestrator's state, its procedure with the call that is awaited, and, in an emergency stop, the
calls that are awaited. The facts are what is on, and which calls nobody awaits any more but may still take effect.
"""

import sys
from collections.abc import Iterator
from typing import NamedTuple

from finite_models import Forbidden, Model, Rule, check, explore

SERVICES = ("feed", "session", "host", "producer", "conversation")
INIT = "initialize"
CALLS = (INIT, *(f"{service}+" for service in SERVICES), *(f"{service}-" for service in SERVICES))
ON = ("initialized", *SERVICES)
LATE = tuple(f"late {call}" for call in CALLS)

STARTS = CALLS[1:6]
UNDOES = CALLS[6:]
STOPS = ("producer-", "host-", "session-", "feed-", "conversation-")
EMERGENCY_STOPS = ("feed-", "session-", "host-", "producer-")


class Control(NamedTuple):
    """The state, the procedure, how far it has come (0 where it does not count), whether an emergency stop is the
    first half of a recovery, and which of the emergency stop's calls are awaited."""

    state: str
    procedure: str = "none"
    at: int = 0
    recovering: bool = False
    awaited: tuple[str, ...] = ()


READY, ERROR, LIVE = Control("ready"), Control("error"), Control("live")
INITIALIZING = Control("initializing", "initialize", 1)


def call_of(control: Control) -> str | None:
    """The one call that a procedure awaits."""
    calls = {"initialize": (INIT,) * 3, "start": STARTS, "roll back": UNDOES, "stop": STOPS}.get(control.procedure)
    return calls[control.at - 1] if calls else None


def succeed(control: Control) -> Control:
    """Where the procedure is when its call has succeeded."""
    if control.procedure == "initialize":
        return READY
    if control.procedure == "roll back":
        return ERROR if control.at == 1 else control._replace(at=control.at - 1)
    if control.at < 5:
        return control._replace(at=control.at + 1)
    return LIVE if control.procedure == "start" else READY


def fail(control: Control) -> Control:
    """Where the procedure is when its call has failed."""
    match control.procedure:
        case "initialize":
            return control._replace(procedure="wait") if control.at < 3 else ERROR
        case "start":
            return control._replace(procedure="roll back")
        case "roll back":
            return succeed(control)
    return ERROR


def rules(control: Control) -> Iterator[Rule[Control]]:
    """Everything that may happen in a control."""
    yield from commands(control)
    if control.procedure == "wait":
        yield Rule("delay over", control._replace(procedure="initialize", at=control.at + 1))
    call = call_of(control)
    if call:
        yield from replies(call, succeed(control), fail(control))
    for awaited in control.awaited:
        yield from emergency_replies(control, awaited)
    for late in CALLS:
        yield took_effect(f"land {late}", control, late, on=(f"late {late}",), clears=(f"late {late}",))
        yield Rule(f"drop {late}", control, on=(f"late {late}",), clears=(f"late {late}",))


def commands(control: Control) -> Iterator[Rule[Control]]:
    """What the user may ask for."""
    state, idle = control.state, control.procedure == "none"
    emergency = Control(state, "emergency", awaited=EMERGENCY_STOPS)
    if idle and state in ("idle", "error"):
        yield Rule("initialize", READY, on=("initialized",))
        yield Rule("initialize", INITIALIZING, off=("initialized",))
    if idle and state == "ready":
        yield Rule("start", Control("starting", "start", 1), on=("initialized",))
    if idle and state in ("live", "error"):
        yield Rule("stop", Control("stopping", "stop", 1))
    if idle and state == "error":
        yield Rule("recover", emergency._replace(recovering=True))
    if control.procedure != "emergency":
        call = call_of(control)
        yield Rule("emergency", emergency, sets=(f"late {call}",) if call else ())


def replies(
    call: str, good: Control, bad: Control, on: tuple[str, ...] = (), off: tuple[str, ...] = ()
) -> Iterator[Rule[Control]]:
    """How a call may end."""
    yield took_effect(f"ok {call}", good, call, on=on, off=off)
    yield Rule(f"fail {call}", bad, on=on, off=off, cost=1)
    yield took_effect(f"lost {call}", bad, call, on=on, off=off, cost=1)
    yield Rule(f"time out {call}", bad, on=on, off=off, sets=(f"late {call}",), cost=1)


def took_effect(
    name: str,
    to: Control,
    call: str,
    on: tuple[str, ...] = (),
    off: tuple[str, ...] = (),
    clears: tuple[str, ...] = (),
    cost: int = 0,
) -> Rule[Control]:
    """An action with the effect of a call."""
    if call.endswith("-"):
        return Rule(name, to, on, off, clears=(*clears, call[:-1]), cost=cost)
    sets = ("initialized",) if call == INIT else (call[:-1],)
    return Rule(name, to, on, off, sets=sets, clears=clears, cost=cost)


def emergency_replies(control: Control, call: str) -> Iterator[Rule[Control]]:
    """How one call of an emergency stop may end; good or bad, it is awaited no longer."""
    awaited = tuple(each for each in control.awaited if each != call)
    if awaited:
        after = control._replace(awaited=awaited)
        yield from replies(call, after, after)
    elif not control.recovering:
        yield from replies(call, Control("idle"), Control("idle"))
    else:
        yield from replies(call, READY, READY, on=("initialized",))
        yield from replies(call, INITIALIZING, INITIALIZING, off=("initialized",))


def never(control: Control) -> tuple[Forbidden, ...]:
    """Nobody is live with a service off."""
    return tuple(Forbidden(f"live without {service}", off=(service,)) for service in SERVICES) * (control == LIVE)


def benchmark_model(faults: int) -> Model[Control]:
    """The model with this many faults."""
    return Model("benchmark", ON + LATE, Control("idle"), rules, never, budget=faults)


def main() -> None:
    """Explore the model as the command line asks, and print what came of it."""
    faults, options = int(sys.argv[1]), sys.argv[2:]
    model = benchmark_model(faults)
    if "--check" in options:
        result = check(model)
        moves = ", ".join(move.action for move in result.witness or ())
        print(f"k={faults} {result.verdict}: {result.breach}; steps={len(result.witness or ())}: {moves}")
        return
    result = explore(model._replace(never=None), levels="--levels" in options)
    counts = f"states={result.states} transitions={result.transitions} depth={result.depth}"
    print(f"k={faults} {counts} engine={result.engine}")


if __name__ == "__main__":
    main()
