"""Mechanical mutants that nobody can notice, each with the reason why: it is equivalent, or what it changes is out of
reach. The list is of those that were looked into; a survivor that is not on it is open.

Each is named together with a digest of the lines that it changes, so that another change never inherits a reason.
"""

from broadcast_orchestrator.properties.mutants.mechanical.cores import MechanicalMutant

_SAME_INSTANT = "two things that happen in one step change places, and nothing tells which of them was first"
_NEITHER_MINDS = "two statements change places, and neither reads what the other writes"
_CLOSED_SET = "the cases before it are all that there are, as the type checker knows"
_FIVE_COMMANDS = "the interface gives no command but the five"
_SET_ANEW = "in the same step the phase is set anew, or the procedure is over"
_NEVER_LEAVES = "the reference never asks for a change that the table forbids, but in an emergency (R19)"
_NO_TIMER = "no timer comes while nothing is under way: whatever ends cancels its own"
_FORSAKEN = "the recover that is taken over has forsaken the backend already, and wrote nothing since"
_ASKS_NO_MORE = "once the stops are issued an emergency stop asks its configuration for nothing more"
_FORGOTTEN = "what a driver forgets is never answered, so that whether its call is closed decides nothing"
_OF_MEASURES = "only measures read services, and have steps that nothing undoes"
_NOTHING_TO_DRAIN = "only with measures has a recover anything left that its limit issues at once"
_BACKEND_AGAIN = (
    "older calls that still count where something is switched on are writes to the backend alone, since a start waits "
    "until every switch-off is confirmed; one that is not counted is written once more"
)
_NOTHING_TRIED = "a call that is no switch-off is never waited for while a switch-off of its service is"

SURVIVORS: dict[str, str] = {
    "core.Core.drain#4 997630bb": _SAME_INSTANT,
    "core.Core.attempt_failed#12 59b9bd3e": _SAME_INSTANT,
    "core.Core.startup_over#6 68bcc912": _SAME_INSTANT,
    "core.Core.shutdown_over#18 a3aeac24": _SAME_INSTANT,
    "core.Core.startup_over#4 8874664d": _NEITHER_MINDS,
    "core.Core.startup_over#5 de054544": _SAME_INSTANT,
    "core.Core.initialized#3 b05f8f49": _SAME_INSTANT,
    "core.Core.initialize#7 8048e938": _NEITHER_MINDS,
    "core.Core.initialize#37 8048e938": _NEITHER_MINDS,
    "core.Core.start_broadcast#23 97dfea36": _NEITHER_MINDS,
    "core.Core.start_broadcast#24 aa6a4068": _NEITHER_MINDS,
    "core.Core.stop_broadcast#7 c6c3cfbc": _NEITHER_MINDS,
    "core.Core.stop_broadcast#8 8c0e370a": _NEITHER_MINDS,
    "core.Core.recover#10 998b7725": _NEITHER_MINDS,
    "core.Core.emergency_stop#28 26c0f74d": _NEITHER_MINDS,
    "core.Core.take_over#9 6297a0c3": _NEITHER_MINDS,
    "core.Core.take_over#11 99ac92df": _NEITHER_MINDS,
    "core.Core.take_over#12 42bbb433": _NEITHER_MINDS,
    "core.Core.take_step#4 a05a4469": _NEITHER_MINDS,
    "core.Core.abandon#6 90cc8bb0": _NEITHER_MINDS,
    "core.Core.abandon#7 f829f002": _NEITHER_MINDS,
    "core.Core.drain#3 c6e5fc45": _NEITHER_MINDS,
    "turn.Turn.confirm_off#4 2bdfeaaf": _NEITHER_MINDS,
    "core.Core.begin_cleanup#6 2648423a": _NEITHER_MINDS,
    "core.Core.happen#10 e074d496": _CLOSED_SET,
    "core.Core.phase_over#9 e074d496": _CLOSED_SET,
    "core.Core.step_failed#4 e074d496": _CLOSED_SET,
    "core.Core.reply#7 e074d496": _CLOSED_SET,
    "core.Core.idle_command#6 0fc4f8fb": _FIVE_COMMANDS,
    "core.Core.idle_command#7 8758e42b": _FIVE_COMMANDS,
    "core.Core.initialize#11 abd18832": _SET_ANEW,
    "core.Core.initialize#41 abd18832": _SET_ANEW,
    "turn.Turn.move#12 19c09540": _NEVER_LEAVES,
    "turn.Turn.move#19 fd8967f1": _NEVER_LEAVES,
    "turn.Turn.may_force#3 600c73da": _NEVER_LEAVES,
    "core.Core.timer_fired#1 a61636c4": _NO_TIMER,
    "core.Core.timer_fired#4 07b18772": _NO_TIMER,
    "core.Core.timer_fired#7 fec6addc": _NO_TIMER,
    "core.Core.take_over#5 3f7c61b3": _FORSAKEN,
    "core.Core.take_over#15 58685a18": _ASKS_NO_MORE,
    "core.Core.happen#4 035abecd": _FORGOTTEN,
    "core.Core.startup_failed#11 3d6dc210": _OF_MEASURES,
    "turn.Turn.name_residue#7 88575cb2": _OF_MEASURES,
    "turn.Turn.name_residue#13 9587d290": _OF_MEASURES,
    "turn.Turn.name_residue#11 63ad9d81": _NOTHING_TRIED,
    "core.Core.attempt#7 8b7a2dc1": _NOTHING_TO_DRAIN,
    "core.Core.take_over#17 a50252b1": _NOTHING_TO_DRAIN,
    "core.Core.take_over#16 2679f6f3": "only a recover asks for the error that it has left",
    "views.void#3 f66226f3": _BACKEND_AGAIN,
    "views.void#4 12e083e3": _BACKEND_AGAIN,
    "views.void#5 f008e18e": _BACKEND_AGAIN,
}
"""The reasons by the identity of the mutant."""


def reason_of(mutant: MechanicalMutant) -> str:
    """Why nobody can notice this mutant, "" where that is not known."""
    return SURVIVORS.get(mutant.identity, "")
