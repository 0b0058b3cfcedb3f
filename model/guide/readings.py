"""The readings: where the guide is silent or contradicts itself, and what we decided.

The table is the law. Where the guide's prose asks for what the table forbids, a reading finds a path that
keeps both. The guarantees are proved of these readings, so a changed rule here is a changed design.
"""

from typing import NamedTuple


class Reading(NamedTuple):
    """One question that the guide leaves open, and our answer.

    `guide_says` is what the guide has on it, in our words; `ours` is the answer, one rule an entry;
    `clauses` are the ids of the clauses that the answer settles (see `model.guide.clauses`).
    """

    id: str
    question: str
    guide_says: str
    ours: tuple[str, ...]
    clauses: tuple[str, ...]


WORDS: dict[str, str] = {
    "quiet": "No procedure is under way, no cleanup is due and no call is outstanding. A given-up call counts only "
    "while its effect or its reply can still come, a service's report only while it is on its way.",
    "wanted": "A service is wanted in live, and during a start from the moment its switch-on is issued.",
    "on air, as far as known": "A switch-on was issued and no switch-off has been confirmed since.",
    "residue": "The services whose switch-off was tried and not confirmed. A later confirmed switch-off clears it.",
    "settled or given up": "A call that replied, or that its limit or an accepted emergency stop ended. What a limit "
    "issues at once keeps the order and is given up on the spot.",
    "left live": "A session of the backend whose live write was issued and whose idle write is not confirmed. It is "
    "reported, and gates nothing.",
}
"""The words that the readings and the guarantees use in one fixed meaning."""

READINGS: tuple[Reading, ...] = (
    Reading(
        "R1",
        "Where does a stop land?",
        "Its table and its diagram lead from stopping to idle; its shutdown sequence and its API end in ready.",
        (
            "Both: stopping, idle, initializing and ready follow each other inside the one stop command, which "
            "settles in ready.",
            "A host that is initialized needs no new call; one that was lost is initialized with the usual retries.",
            "If that fails, the command fails with its cause.",
        ),
        ("ST-7", "SD-8"),
    ),
    Reading(
        "R2",
        "Can a stop be given in error?",
        "Its prose accepts one; its table has no row from error to stopping.",
        (
            "The shutdown steps run while the state stays error; then idle, initializing and ready follow.",
            "A stop from error that fails again keeps the first cause and attaches the new failures.",
        ),
        ("SD-1", "ST-8"),
    ),
    Reading(
        "R3",
        "What does an emergency stop do in initializing, starting and live?",
        "The state is forced to idle; its table has no such rows.",
        (
            "There are forced edges: a separate, named set, recorded in the history as forced, drawn differently, "
            "and taken by an emergency stop alone.",
            "The state stays as it was until the parallel stops have settled or shutdownTimeout has passed, and is "
            "idle then: an emergency stop always ends, also when a stop hangs or throws.",
            "It succeeds; its outcome lists the stops that failed, and they are named as residue.",
            "It is accepted in idle too: the stops are issued, and there is no transition.",
        ),
        ("EM-1", "EM-2", "EM-3"),
    ),
    Reading(
        "R4",
        "Which state does a rollback have, and when does an error begin and end?",
        "Nothing.",
        (
            "The state is starting until the rollback is over, and then error: error is entered only when the "
            "procedure that failed is over.",
            "The first cause is the error; failures of the rollback are attached to it.",
            "The text is set on entering error and cleared on leaving it, never before: text and state go together.",
            "An initialization that fails, also one from error or of a recover, makes its own first attempt's "
            "failure the cause, and lists all attempts.",
        ),
        ("ST-5", "SU-11", "QS-3", "RC-2"),
    ),
    Reading(
        "R5",
        "What becomes of a command that is refused (wrong state, missing prerequisite, busy)?",
        'It throws; the message says "Cannot start broadcast".',
        (
            "It raises, naming what is missing; state, error and services stay as they were.",
            "A second start while live or starting harms nothing.",
            "While a procedure is under way or residue is named, can_start is false and "
            'validate_transition("starting") lists the reason in its missing dependencies.',
            "Residue named in ready cannot come about: that rule is a guard there.",
        ),
        ("SB-2", "UT-2", "CS-1", "VT-2", "BP-3"),
    ),
    Reading(
        "R6",
        "Does maxRetries = 3 count attempts or retries?",
        "Both: the option is named after retries, the prose counts attempts.",
        (
            "It counts the retries after the first attempt: at most 1 + maxRetries attempts, retryDelay apart, all "
            "in initializing.",
            "maxRetries = 0 is one attempt.",
        ),
        ("IN-4", "CF-2"),
    ),
    Reading(
        "R7",
        "What does each time limit cover?",
        "A default for each, and no more.",
        (
            "initializationTimeout covers one attempt.",
            "startupTimeout covers the whole forward sequence of a start.",
            "shutdownTimeout covers the whole of a shutdown; also, each, of a rollback, of an emergency stop and of "
            "a cleanup.",
            "Nothing waits without a limit: steps not yet issued when the limit comes are issued at once and not "
            "waited for (an immediate reply counts; otherwise the step is not confirmed).",
            "A reply exactly at the limit: the explorer takes both orders, the simulator lets the reply win.",
        ),
        ("IN-3", "CF-2"),
    ),
    Reading(
        "R8",
        "Which steps does a rollback undo?",
        "That it comes by itself.",
        (
            "In reverse: every step known done, and the step that failed or timed out, since an error or a silence "
            "does not tell whether it took effect.",
            "An undo is idempotent and best effort: one that fails does not keep the next from running.",
        ),
        ("SU-11",),
    ),
    Reading(
        "R9",
        "What does a reply do that comes after its call was given up?",
        "Nothing.",
        (
            "Every call has its own id; a late reply never moves a procedure.",
            "The rules below on a late switch-on are for host, producer, feed and session; for the backend R10 alone "
            "decides.",
            "A late success of a switch-on is void once a newer switch-off of that service is confirmed, and a cleanup "
            "due for it is dismissed then. A start needs everything confirmed off, so none can come up during one.",
            "With no emergency stop under way it is ignored in live; so it is in error while something is on air as "
            "far as known, unless that service is residue.",
            "Otherwise a cleanup (the matching switch-off) runs, as a procedure of its own, as soon as no other is "
            "under way; in error too.",
            "A late success of a switch-off confirms it, and clears its residue, when no switch-on of that service "
            "has been issued since. Otherwise it is ignored: the newer call decides.",
            "A cleanup that is due when an emergency stop is accepted runs after it; one that it interrupted does not.",
            "A cleanup that fails names residue and goes to error.",
            "A successful reply is believed.",
        ),
        ("OV-2", "ST-10"),
    ),
    Reading(
        "R10",
        "When is the backend written, and when is a write of it undone?",
        "It is the last step of both sequences, and no part of an emergency stop; the session id is optional.",
        (
            "At a start: when enableConvexSync is on and a session id was given.",
            "At a stop: for every session whose live write was issued and not followed by a confirmed idle write (also "
            "one that an emergency stop left), whatever the option says by then.",
            "A sync that fails fails the start, which rolls back: the undo writes idle and all flags false.",
            "The backend is not residue: a session whose idle write is not confirmed is left live, reported and gating "
            "nothing.",
            "A late live write is void once its session's idle write is confirmed; otherwise it is cleaned up by an "
            "idle write for its own session.",
            "During a start of that session the cleanup is remembered, and dismissed if the start reaches live; in "
            "live of another session it waits for that broadcast's stop, which writes both.",
            "A late live write is never cleaned up if an emergency stop was accepted since it was issued.",
            "A backend cleanup that fails changes no state: the session stays left live.",
            "After an emergency stop, and a recover, the backend keeps saying live: the guide's own gap, reported as "
            "such and not hidden.",
            "Nothing ever writes paused.",
        ),
        ("SU-9", "SD-7", "SB-1", "SP-1", "EM-4", "CX-4"),
    ),
    Reading(
        "R11",
        "Can an initialize be given outside idle?",
        "Its table has a row from error to initializing.",
        (
            "It is accepted in idle and in error, unless something is on air as far as known, or residue: then it is "
            "refused, and a stop, a recover or an emergency stop comes first.",
            "In initializing it joins the one under way, also one that belongs to a stop or a recover (a page that "
            "mounts twice).",
            "In ready it succeeds at once; during a cleanup it is busy; elsewhere it is refused.",
        ),
        ("IN-1", "ST-8", "QS-1"),
    ),
    Reading(
        "R12",
        "What does can_stop say in error?",
        "True in live only; yet a stop is accepted in error.",
        ("Both as the guide has them.",),
        ("CP-1", "SD-1"),
    ),
    Reading(
        "R13",
        "What takes the row from ready to idle?",
        "The row, and no action for it.",
        (
            "An emergency stop in ready; there it is an ordinary transition.",
            "So are the emergency stop's transitions from stopping and from error to idle.",
        ),
        ("ST-4", "EM-3"),
    ),
    Reading(
        "R14",
        "What takes idle, ready and live to error?",
        "The rows, and no cause for them.",
        (
            "An event: a service reports that it failed (the host agent died, say).",
            "What was on stays, for a stop, a recover or an emergency stop to switch off (R9 for late replies then).",
            "The report arrives before the next reply of that service.",
            "During a start it fails the start at once; during an initialization, the attempt; during its retry delay "
            "it is noted.",
            "A rollback goes on and attaches it.",
            "A cleanup goes on and then ends in error; one interrupted by an emergency stop leaves the report noted in "
            "the outcome of that stop.",
            "A stop or an emergency stop goes on and notes it in its outcome; a note fails nothing.",
        ),
        ("ST-2", "ST-4", "ST-6"),
    ),
    Reading(
        "R15",
        "What may run beside what?",
        "Nothing.",
        (
            "One procedure at a time. While one is under way every command but an emergency stop is refused as busy; "
            "an initialize joins an initialize, an emergency stop joins an emergency stop.",
            "Once an emergency stop is accepted, the procedure that it interrupts issues no further call, and its "
            "command fails as interrupted at once, its first cause attached if it had one.",
            "An emergency stop accepted during the stops of a recover takes them over: nothing is issued twice, its "
            "own shutdownTimeout runs from its acceptance, and its outcome includes the failures from before.",
            "The recover that was taken over fails as interrupted, and the state ends in idle.",
            "An update of the configuration is never busy.",
        ),
        ("OV-1", "EM-1", "SU-4", "CF-1"),
    ),
    Reading(
        "R16",
        "What follows when a shutdown step fails?",
        "Nothing.",
        ("The remaining steps still run; then error, with every failure named.",),
        ("ST-7", "SD-2"),
    ),
    Reading(
        "R17",
        "What does an update of the configuration check, and when does it apply?",
        "That it updates.",
        (
            "It merges and validates: durations from 1 to 2^31 - 1 ms, retryDelay and maxRetries from 0 to 2^31 - 1, "
            "whole numbers.",
            "An unknown name is a clear error, and nothing is changed.",
            "A procedure keeps the configuration that it began with.",
        ),
        ("CF-1",),
    ),
    Reading(
        "R18",
        "When does the content of the live feed count?",
        "It is a prerequisite of a start.",
        ("It is required at the start, and listed in the missing dependencies when it is absent.",),
        ("SU-3", "CS-1", "VT-2"),
    ),
    Reading(
        "R19",
        "What does enableStateValidation = false do?",
        "That there is such a flag.",
        (
            "The table is then no longer enforced, only watched: a transition outside it is recorded as a violation "
            "and not refused.",
            "The prerequisites of commands still apply.",
            "A correct core never leaves the table, so only a mutant shows the flag at work; the test does that.",
        ),
        ("CF-3", "ST-9"),
    ),
    Reading(
        "R20",
        "Where does a recover end?",
        "After an emergency stop and the clearing of the error it initializes again, given auto-recovery.",
        (
            "With auto-recovery on it ends in ready, or in error if the initialization fails; with it off, in idle.",
            "If its stops leave residue it ends in error (through idle) and fails, naming the residue, the earlier "
            "first cause attached.",
            "A stop that failed and left no residue (an older switch-off was confirmed late) is only in its outcome.",
            "Outside error it is refused.",
        ),
        ("RC-1", "RC-2", "RC-3", "TR-3"),
    ),
    Reading(
        "R21",
        "When is the orchestrator transitioning?",
        "That a hook tells it.",
        ("In initializing, starting and stopping, and whenever a procedure is under way.",),
        ("HK-3",),
    ),
    Reading(
        "R22",
        "What does the history of transitions hold?",
        "That there is one.",
        (
            "Every change of state is an entry: from, to, reason, time, forced or not.",
            "Each entry begins where the last one ended.",
        ),
        ("SN-1",),
    ),
)
"""The readings, R1 to R22."""

READING: dict[str, Reading] = {reading.id: reading for reading in READINGS}
"""The readings by id."""
