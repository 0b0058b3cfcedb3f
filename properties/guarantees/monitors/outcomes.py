"""What must hold of one moment as to what comes of it: the states it passes, who is let in, where commands end, what is
told and recorded.
"""

from broadcast_orchestrator.model.events import (
    CLEANUP,
    EMERGENCY_STOP,
    INITIALIZE,
    RECOVER,
    START_BROADCAST,
    STOP_BROADCAST,
    SUCCEEDED,
    Accepted,
    Refused,
    Settled,
    Transition,
)
from broadcast_orchestrator.model.table import (
    EDGES,
    ERROR,
    FORCED_EDGES,
    IDLE,
    INITIALIZING,
    LIVE,
    READY,
    BroadcastState,
)
from broadcast_orchestrator.properties.guarantees.memory import Glimpse
from broadcast_orchestrator.properties.guarantees.observations import Replied, Sentences, Wrong
from broadcast_orchestrator.sim.world.steps import Do

STATES = tuple(BroadcastState)


def table(glimpse: Glimpse) -> Sentences:
    """Every change of state is a row of the table, or a forced edge taken by an emergency stop that has waited for its
    stops (readings R3 and R19)."""
    if not glimpse.having(Transition):
        return
    waited = glimpse.observer.command == EMERGENCY_STOP or bool(glimpse.having(Replied))
    for command, effect in glimpse.by_command():
        if not isinstance(effect, Transition):
            continue
        edge, forced = (effect.source, effect.target), (effect.source, effect.target) in FORCED_EDGES
        if effect.target not in STATES:
            yield Wrong("unknown state", f"{effect.target} is no state of the guide")
        elif edge not in EDGES and not (forced and command == EMERGENCY_STOP and waited):
            what = f"{effect.source} → {effect.target} is not a row of the table"
            why = ", and no emergency stop is under way" if forced and command != EMERGENCY_STOP else ""
            yield Wrong(f"{effect.source} to {effect.target}", what + why)


# -- The record -----------------------------------------------------------------------------------


def record(glimpse: Glimpse) -> Sentences:
    """Every change of state is recorded, each entry beginning where the last one ended (reading R22)."""
    entries = _entries(glimpse)
    if not entries and glimpse.leaves("state"):
        return
    at: str = glimpse.before.state
    for source, target in entries:
        if source != at and target == at == glimpse.after.state:
            yield Wrong("recorded too much", f"the history has {source} → {target}, which never happened")
        elif source != at:
            yield Wrong("recorded wrongly", f"the history says {source} → {target} for {at} → {target}")
        at = target
    if at != glimpse.after.state:
        if entries and glimpse.after.state == glimpse.before.state:
            yield Wrong("recorded too much", f"the history has {' → '.join(entries[-1])}, which never happened")
        else:
            forced = "forced change " if (at, glimpse.after.state) in FORCED_EDGES else ""
            yield Wrong(f"{forced}not recorded", f"{at} → {glimpse.after.state} is not in the history")


def _entries(glimpse: Glimpse) -> tuple[tuple[str, str], ...]:
    if glimpse.onlook is not None:
        return glimpse.onlook.entries
    return tuple([(e.source, e.target) for e in glimpse.effects if isinstance(e, Transition)])


def marked(glimpse: Glimpse) -> Sentences:
    """A forced edge is marked as such in the history, and nothing else is."""
    for effect in glimpse.having(Transition):
        if effect.violation or effect.forced != ((effect.source, effect.target) in FORCED_EDGES):
            yield Wrong("marked wrongly", f"{effect.source} → {effect.target} is recorded wrongly")


def stated(glimpse: Glimpse) -> Sentences:
    """What a snapshot says agrees with the state that anyone can observe (SN-1, OV-1)."""
    state = glimpse.onlook.stated if glimpse.onlook is not None else None
    if state is not None and state != glimpse.after.state and state in STATES:
        yield Wrong("snapshot", f"the snapshot says {state} in {glimpse.after.state}")


# -- Who is let in --------------------------------------------------------------------------------

ACCEPTED_IN: dict[str, tuple[str, ...]] = {
    INITIALIZE: (IDLE, ERROR, READY),
    START_BROADCAST: (READY,),
    STOP_BROADCAST: (LIVE, ERROR),
    RECOVER: (ERROR,),
}
"""The states in which a command may be accepted (readings R2, R11, R20)."""


def gate(glimpse: Glimpse) -> Sentences:
    """Every command is let in only where the guide lets it in, and refused only elsewhere (readings R2, R5, R11, R12,
    R18 and R20); whether a start is refused for nothing, `opens` asks."""
    step = glimpse.step
    if not isinstance(step, Do) or step.command == EMERGENCY_STOP:
        return
    forbidden = _forbidden(glimpse, step.command)
    if forbidden and any(
        accepted.command == step.command and not _joins(glimpse, accepted) for accepted in glimpse.having(Accepted)
    ):
        key = "although something may be on" if glimpse.asked.residue and "may still be on" in forbidden else forbidden
        yield Wrong(f"{step.command} let in {key}", f"{step.command} was let in {forbidden}")
    for refused in glimpse.having(Refused):
        if not forbidden and _due(glimpse, step.command):
            what = f"{step.command} was refused in {glimpse.before.state}: {refused.reason}"
            yield Wrong(f"{step.command} refused", what)
    if not glimpse.having(Refused) and not glimpse.having(Accepted):
        yield Wrong("unanswered", f"{step.command} was neither accepted nor refused")


def _forbidden(glimpse: Glimpse, command: str) -> str:
    """Why the command must be refused, "" where it may be accepted."""
    before, under_way = glimpse.before, glimpse.observer.command
    if under_way:
        return f"while {under_way} was under way"
    if before.state not in ACCEPTED_IN[command]:
        return f"in {before.state}"
    if command != START_BROADCAST:
        return ""
    if not before.content and (glimpse.onlook is None or glimpse.onlook.needs_content):
        return "although the live feed has no content"
    if not before.initialized:
        return "although the host is not initialized"
    return f"although {glimpse.asked.residue[0]} may still be on" if glimpse.asked.residue else ""


def _due(glimpse: Glimpse, command: str) -> bool:
    """Whether nothing stands against the command. An outsider does not know of a cleanup that is due, unless the
    command came when all was quiet."""
    if command == INITIALIZE:
        return glimpse.before.state is READY
    return command != START_BROADCAST and (glimpse.onlook is None or glimpse.onlook.calm)


def opens(glimpse: Glimpse) -> Sentences:
    """A start that can be is not refused (CS-1)."""
    for refused in glimpse.having(Refused):
        if refused.command == START_BROADCAST and not _forbidden(glimpse, START_BROADCAST):
            what = f"{refused.command} was refused in {glimpse.before.state}: {refused.reason}"
            yield Wrong(f"{refused.command} refused", what)


def joins(glimpse: Glimpse) -> Sentences:
    """Who waits for another's procedure waits for what was asked for (readings R11 and R15)."""
    for effect in glimpse.having(Accepted):
        if effect.joined and not _joins(glimpse, effect):
            yield Wrong("joins wrongly", f"{effect.command} joined {glimpse.observer.command or 'nothing'}")


def _joins(glimpse: Glimpse, accepted: Accepted) -> bool:
    """Whether it joins what it asked for: an emergency stop its own kind, an initialize any initialization."""
    stopping = glimpse.observer.command == EMERGENCY_STOP
    initializing = glimpse.before.state is INITIALIZING and not stopping
    own_kind = {EMERGENCY_STOP: stopping, INITIALIZE: initializing}
    return accepted.joined and own_kind.get(accepted.command, False)


def harmless(glimpse: Glimpse) -> Sentences:
    """A refused command changes nothing: no state, no history, no error text, no service (reading R5)."""
    for refused in glimpse.having(Refused):
        changed = _changed(glimpse)
        if changed and refused.command != EMERGENCY_STOP:
            what = f"{refused.command} was refused, and yet it changed {changed}"
            yield Wrong(f"refused {refused.command} changes", what)


SHOWN = ("config", "initialized", "content", "written", "procedure", "session", "due")
"""What else of a core a refused command could change, as far as it is shown."""


def _changed(glimpse: Glimpse) -> str:
    before, after = glimpse.before, glimpse.after
    if before.state != after.state:
        return f"the state to {after.state}"
    if before.error != after.error:
        return f"the error to {after.error!r}"
    if _entries(glimpse):
        return "the history"
    if glimpse.touched:
        return "a service"
    if len(glimpse.effects) > 1:
        return "what is under way"
    if before is after:
        return ""
    return next((name for name in SHOWN if getattr(before, name, None) != getattr(after, name, None)), "")


def can_start(glimpse: Glimpse) -> Sentences:
    """What `can_start` says is what becomes of a start (CS-1)."""
    can = glimpse.onlook.can_start if glimpse.onlook is not None else None
    if can is None or not isinstance(glimpse.step, Do) or glimpse.step.command != START_BROADCAST:
        return
    refused = bool(glimpse.having(Refused))
    if can == refused:
        treated = "refused" if refused else "let in"
        yield Wrong(f"can_start {_yes(can)}", f"can_start was {_yes(can)}, and the start was {treated}")


def can_stop(glimpse: Glimpse) -> Sentences:
    """`can_stop` is true exactly in live (CP-1, reading R12)."""
    can = glimpse.onlook.can_stop if glimpse.onlook is not None else None
    if can is not None and can != (glimpse.after.state is LIVE):
        yield Wrong("can_stop", f"can_stop is {_yes(can)} in {glimpse.after.state}")


def _yes(value: bool) -> str:
    return "true" if value else "false"


# -- Where commands end ---------------------------------------------------------------------------


def settles(glimpse: Glimpse) -> Sentences:
    """Nothing waits without a limit: whatever is under way has a timer, and whatever ends is settled."""
    observer = glimpse.remembered
    if observer.command and observer.timer is None:
        yield Wrong("no limit", f"{observer.command} is under way and no timer is armed")
    if observer.timer is not None and not observer.command:
        yield Wrong("a limit of nothing", "a timer is armed and nothing is under way")
    if glimpse.under_way != bool(observer.command):
        yield Wrong("under way", f"{observer.command or 'nothing'} is under way, and the core sees it otherwise")


def in_time(glimpse: Glimpse) -> Sentences:
    """Every command settles within the time that its configuration bounds (reading R7)."""
    for ending in glimpse.onlook.endings if glimpse.onlook is not None else ():
        if ending.took_ms > ending.bound_ms + ending.slack_ms:
            what = f"{ending.command} took {ending.took_ms:,.0f} ms, at most {ending.bound_ms:,} can be"
            yield Wrong(f"{ending.command} settles late", what)


def settled_once(glimpse: Glimpse) -> Sentences:
    """What is settled was under way, and is settled once."""
    under_way = glimpse.observer.command
    for effect in glimpse.effects:
        if isinstance(effect, Accepted) and not effect.joined:
            under_way = effect.command
        if isinstance(effect, Settled):
            if effect.command != under_way:
                yield Wrong("settled twice", f"{effect.command} was settled and is not under way")
            under_way = ""


LANDINGS: dict[str, str] = {INITIALIZE: READY, START_BROADCAST: LIVE, STOP_BROADCAST: READY}


def lands(glimpse: Glimpse) -> Sentences:
    """A command that succeeds ends where it should; a recover in ready, or in idle without auto-recovery. (Where an
    emergency stop ends is asked by its own guarantee.)"""
    for effect in glimpse.having(Settled):
        if effect.verdict == SUCCEEDED and effect.command not in (CLEANUP, EMERGENCY_STOP):
            target = _landing(glimpse, effect.command)
            if glimpse.after.state != target:
                what = f"{effect.command} succeeded in {glimpse.after.state}, not in {target}"
                yield Wrong(f"{effect.command} lands wrongly", what)


def _landing(glimpse: Glimpse, command: str) -> str:
    if command == STOP_BROADCAST and glimpse.onlook is not None:
        return glimpse.onlook.stop_lands_in
    config = glimpse.observer.config or glimpse.before.config
    return LANDINGS.get(command, READY if config.enable_auto_recovery else IDLE)


def told(glimpse: Glimpse) -> Sentences:
    """After a stop that succeeded no session is left live."""
    for effect in glimpse.having(Settled):
        if (effect.command, effect.verdict) == (STOP_BROADCAST, SUCCEEDED) and glimpse.after.written:
            left = ", ".join(glimpse.after.written)
            yield Wrong("stop does not tell", f"a stop succeeded and did not write idle for {left}")
