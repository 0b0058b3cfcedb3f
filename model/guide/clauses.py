"""Every demand of the guide, in our words, with an id and the heading that it comes from.

Two rules say what belongs here. A clause is one demand that evidence can meet or miss; and what the guide
says more than once is a clause where the guide spells it out, so that no two clauses ask for the same thing.
Model rows, readings, properties and tests name the clauses that they serve; the reports trace them back.
"""

from typing import Literal, NamedTuple

Status = Literal["served", "open"]


class Clause(NamedTuple):
    """One demand of the guide.

    `id` is a prefix for the part of the guide and a number; `heading` is the path of headings above it,
    joined by " / "; `demand` is a single sentence that a test can prove or refute. `status` is "served"
    where a property or a test stands for it and "open" where nothing does; `note` then says why.
    """

    id: str
    heading: str
    demand: str
    status: Status = "served"
    note: str = ""


_DEMANDS: dict[str, dict[str, str]] = {
    "Overview": {
        "OV-1": "The orchestrator's own state is the one truth about the broadcast: no two views of it ever differ.",
        "OV-2": "Live feed, session, host and producer are switched together, so that none is on or off by itself.",
        "OV-3": "Whoever watches the orchestrator learns of each change of state when it happens.",
    },
    "Quick Start / 1. Initialize the Orchestrator": {
        "QS-1": "A dashboard that calls initialize when it mounts needs nothing else to reach ready.",
    },
    "Quick Start / 2. Refactor Components to Use Orchestrator": {
        "QS-2": "One toggle serves both ways: it stops when live, starts when that is possible, else is blocked.",
        "QS-3": "A start or stop of which a step fails raises at its caller and leaves its text in the error.",
    },
    "State Machine / States": {
        "ST-1": "There are exactly seven states: idle, initializing, ready, starting, live, stopping and error.",
        "ST-2": "From idle the next state is initializing or error.",
        "ST-3": "From initializing the next state is ready or error.",
        "ST-4": "From ready the next state is starting, idle or error.",
        "ST-5": "From starting the next state is live or error.",
        "ST-6": "From live the next state is stopping or error.",
        "ST-7": "From stopping the next state is idle or error.",
        "ST-8": "From error, which can always be left, the next state is idle or initializing.",
        "ST-9": "A change of state that the table does not list never happens.",
        "ST-10": "In idle nothing is on, in ready a broadcast can begin, and in live the broadcast really is on.",
    },
    "State Machine / Startup Sequence": {
        "SU-1": "A start is accepted in the state ready only.",
        "SU-2": "A start needs a host agent that is initialized.",
        "SU-3": "A start needs a live feed with content.",
        "SU-4": "An accepted start moves to starting first and then takes its steps in their order, one after another.",
        "SU-5": "The first startup step switches the live feed on.",
        "SU-6": "The second startup step opens the broadcast session.",
        "SU-7": "The third startup step starts the host and waits for it.",
        "SU-8": "The fourth startup step starts the producer and waits for it.",
        "SU-9": "The fifth startup step tells the backend, when syncing is enabled.",
        "SU-10": "Once every startup step has succeeded, and not before, the state is live.",
        "SU-11": "A start that fails is rolled back by itself.",
    },
    "State Machine / Shutdown Sequence": {
        "SD-1": "A stop is accepted in live and in error, and in no other state.",
        "SD-2": "A stop from live moves to stopping first and then undoes the startup, the last service first.",
        "SD-3": "The first shutdown step stops the producer and waits for it.",
        "SD-4": "The second shutdown step stops the host and waits for it.",
        "SD-5": "The third shutdown step closes the broadcast session.",
        "SD-6": "The fourth shutdown step switches the live feed off.",
        "SD-7": "The fifth shutdown step tells the backend, when syncing is enabled.",
        "SD-8": "A stop that succeeds ends in ready.",
    },
    "API Reference / Core Actions / initialize()": {
        "IN-1": "An initialize in idle goes through initializing, and reaches ready once every service is.",
        "IN-2": "The host agent is initialized if, and only if, it is not initialized yet.",
        "IN-3": "An attempt to initialize is given up after a time limit, ten seconds by default.",
        "IN-4": "A failed attempt to initialize is repeated by itself, with three as the default number.",
    },
    "API Reference / Core Actions / startBroadcast(sessionId?)": {
        "SB-1": "The session id is optional: without one the backend is not written, with one it is.",
        "SB-2": "A start whose prerequisites are not met raises.",
        "SB-3": "A start of which any step fails raises.",
    },
    "API Reference / Core Actions / stopBroadcast()": {
        "SP-1": "A stop writes to the backend if the broadcast was written there before.",
    },
    "API Reference / Core Actions / emergencyStop()": {
        "EM-1": "An emergency stop takes effect at once and does not go through the ordered shutdown.",
        "EM-2": "An emergency stop issues the stops of all services in parallel.",
        "EM-3": "An emergency stop forces the state to idle.",
        "EM-4": "An emergency stop writes nothing to the backend.",
    },
    "API Reference / Core Actions / recover()": {
        "RC-1": "A recover is accepted in the state error only.",
        "RC-2": "A recover runs an emergency stop, and the error is cleared by it.",
        "RC-3": "A recover initializes again exactly when auto-recovery is enabled.",
    },
    "API Reference / State Inspection / getSnapshot()": {
        "SN-1": "The snapshot has the orchestrator's own part: its state and the history of its transitions.",
        "SN-2": "The snapshot has a part for each service: host, producer, live feed, session and the backend's sync.",
        "SN-3": "The snapshot has the computed flags, each equal to the answer of the query of that name.",
    },
    "API Reference / State Inspection / canStartBroadcast()": {
        "CS-1": "A start is reported possible exactly in ready, with the host initialized and content in the feed.",
    },
    "API Reference / State Inspection / canStopBroadcast()": {
        "CP-1": "A stop is reported possible exactly in the state live.",
    },
    "API Reference / State Inspection / validateTransition(to)": {
        "VT-1": "A transition is reported valid exactly when one may go from the present state to the one asked for.",
        "VT-2": "A transition that is not valid comes with the reason, and with the dependencies that are missing.",
    },
    "API Reference / Utility Hooks": {
        "HK-1": "Ready-made selectors tell whether it is broadcasting, whether it can start and whether it can stop.",
        "HK-2": "Ready-made selectors give the state, whether there is an error, its text, and the whole snapshot.",
        "HK-3": "A ready-made selector tells whether the orchestrator is between two states of rest.",
    },
    "API Reference / Configuration / updateConfig(config)": {
        "CF-1": "An update names some of the nine options and leaves the others as they were.",
        "CF-2": "The defaults are 10000 ms to initialize, 15000 to start, 10000 to stop, and 3 retries 1000 ms apart.",
        "CF-3": "Auto-recovery, backend sync and state validation can each be switched off, and are on by default.",
        "CF-4": "Verbose logging can be switched on and off, and is on by default during development.",
    },
    "Migration Examples / Example 1: Simple Toggle Button": {
        "EX-1": "A button needs to know of no service, only whether it is broadcasting and whether it is busy.",
    },
    "Migration Examples / Example 2: Conditional Controls": {
        "EX-2": "Separate start and stop buttons are enabled by the two queries alone, beside a badge with the state.",
    },
    "Migration Examples / Example 3: Error Handling": {
        "EX-3": "The text of a failed start can be shown although its caller kept nothing of the failure.",
    },
    "Migration Examples / Example 4: State-Dependent UI": {
        "EX-4": "The state alone tells which view to show: on air in live, loading in the three passing states, error.",
    },
    "Testing / Unit Tests": {
        "UT-1": "A new orchestrator is in idle.",
        "UT-2": 'A start without an initialize is refused with "Cannot start broadcast" in its message.',
        "UT-3": "After an initialize it is ready, and after a start live, with host, producer and live feed all on.",
    },
    "Debugging / State Monitor Component": {
        "MO-1": "During development, and then only, a monitor follows the state live.",
        "MO-2": "The monitor shows the history of transitions and the error.",
        "MO-3": "The monitor has buttons that start, stop and recover.",
        "MO-4": "The monitor shows the raw snapshot as JSON, in a panel that folds away.",
    },
    "Debugging / Console Logging": {
        "LG-1": "With verbose logging on, each transition and each milestone of a procedure writes a tagged line.",
        "LG-2": "The line of a transition names the state it left, the state it reached and the reason.",
    },
    "Convex Integration (TODO) / Backend Schema Extension": {
        "CX-1": "A session may record its broadcast's state, three flags and two times, and is found by the state.",
    },
    "Convex Integration (TODO) / Mutation": {
        "CX-2": "The mutation takes a session id, one of idle, live and paused, and three booleans, and nothing else.",
        "CX-3": "The mutation changes the fields it was given and the time of last activity, and returns nothing.",
    },
    "Convex Integration (TODO) / Orchestrator Integration": {
        "CX-4": "The sync of a start writes live and all three flags true, to the session that the start named.",
    },
    "Best Practices / DO": {
        "BP-1": "Transitions can be tested together with the services, from a user's own test suite.",
    },
    "Best Practices / DON'T": {
        "BP-2": "Only the orchestrator switches the stores: nothing else does so behind its back.",
        "BP-3": "Whoever asks whether a start is possible learns whether a start given then is accepted.",
        "BP-4": "A page keeps no broadcast state of its own.",
    },
    "Troubleshooting / Problem: Button doesn't work": {
        "TR-1": "State, possibility of a start and error together explain why a start button does nothing.",
    },
    'Troubleshooting / Problem: State "skips" when switching tabs': {
        "TR-2": "A view that goes and comes back, or is opened late, reads the present state and skips nothing.",
    },
    "Troubleshooting / Problem: Orchestrator stuck in error state": {
        "TR-3": "A recover, auto-recovery being enabled, leads from error through idle and initializing to ready.",
    },
    "Summary": {
        "SM-1": "The whole public interface is typed.",
        "SM-2": "An application moves to the orchestrator component by component.",
    },
}

_OPEN: dict[str, str] = {}
"""Why nothing stands for a clause, by its id; none is open now."""


def _clause(clause_id: str, heading: str, demand: str) -> Clause:
    note = _OPEN.get(clause_id, "")
    return Clause(clause_id, heading, demand, "open" if note else "served", note)


CLAUSES: tuple[Clause, ...] = tuple(
    _clause(clause_id, heading, demand)
    for heading, demands in _DEMANDS.items()
    for clause_id, demand in demands.items()
)
"""Every clause, in the order of the guide."""

CLAUSE: dict[str, Clause] = {clause.id: clause for clause in CLAUSES}
"""The clauses by id."""
