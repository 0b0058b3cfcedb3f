"""The rules for pages: which clauses of the guide each serves, what it says and what to write instead.

Nothing here needs the parser, so that whoever only names the rules needs no extra.
"""

from enum import StrEnum
from typing import NamedTuple


class PageRule(StrEnum):
    """Every rule, by the name that a report, a comment and a baseline give it."""

    STORE_OPERATION = "store-operation"
    STORE_FIELD = "store-field"
    STORE_STATE = "store-state"
    MIXED_CONTROL = "mixed-control"
    LOCAL_STATE = "local-state"
    UNHANDLED_COMMAND = "unhandled-command"
    HANDLER_COMMAND = "handler-command"
    INITIALIZE_PLACE = "initialize-place"
    INITIALIZE_AGAIN = "initialize-again"
    UNASKED_BUTTON = "unasked-button"
    MONITOR_SHIPPED = "monitor-shipped"


BYPASSING = (PageRule.STORE_OPERATION, PageRule.STORE_FIELD, PageRule.STORE_STATE)
"""The rules of which any finding says that a component has not moved to the orchestrator yet."""


class RuleWords(NamedTuple):
    """The `clauses` that a rule serves, what it forbids in one sentence, and what to write `instead`."""

    clauses: tuple[str, ...]
    forbids: str
    instead: str


RULES: dict[PageRule, RuleWords] = {
    PageRule.STORE_OPERATION: RuleWords(
        ("BP-2",),
        "A store's operation is called or handed on outside the orchestrator.",
        "take the command from the orchestrator's hook, and leave the stores to it",
    ),
    PageRule.STORE_FIELD: RuleWords(
        ("BP-2", "OV-1"),
        "A field that says what is on is set outside the orchestrator.",
        "give the orchestrator a command; it sets the stores, in their order",
    ),
    PageRule.STORE_STATE: RuleWords(
        ("OV-1", "EX-1", "EX-4"),
        "A component decides by a store's flag what the orchestrator's hooks tell.",
        "ask useBroadcastState() or useBroadcastSnapshot()",
    ),
    PageRule.MIXED_CONTROL: RuleWords(
        ("SM-2", "BP-2"),
        "One component gives commands to the orchestrator and switches stores itself.",
        "move the whole component: commands only, no operation of a store",
    ),
    PageRule.LOCAL_STATE: RuleWords(
        ("BP-4", "TR-2"),
        "A component keeps a copy of its own of what the orchestrator's hooks tell.",
        "drop the copy, and read the hook where the value is needed",
    ),
    PageRule.UNHANDLED_COMMAND: RuleWords(
        ("QS-3",),
        "Nobody awaits a command's promise or catches its failure.",
        "await it in try and catch, add .catch(...), or say void where the error is shown elsewhere",
    ),
    PageRule.HANDLER_COMMAND: RuleWords(
        ("SB-1", "QS-3"),
        "A command is given straight to an event handler, which passes it the event and drops its promise.",
        "wrap it, so that the event stays outside",
    ),
    PageRule.INITIALIZE_PLACE: RuleWords(
        ("QS-1",),
        "A component that comes and goes initializes the orchestrator.",
        "initialize in the layout that holds the page; recover() leads out of an error",
    ),
    PageRule.INITIALIZE_AGAIN: RuleWords(
        ("QS-1", "IN-1"),
        "An effect initializes again whenever something changes.",
        "useEffect(() => { initialize(); }, [initialize])",
    ),
    PageRule.UNASKED_BUTTON: RuleWords(
        ("BP-3", "EX-1", "EX-2"),
        "A start or stop button is enabled without asking the orchestrator.",
        "disable it by the orchestrator's answer",
    ),
    PageRule.MONITOR_SHIPPED: RuleWords(
        ("MO-1",),
        "The state monitor is shown outside development.",
        "{process.env.NODE_ENV === 'development' && <BroadcastStateMonitor />}",
    ),
}
"""The words of each rule."""


def rules_for(clause: str) -> tuple[PageRule, ...]:
    """The rules that ask for this clause of the guide, in pages."""
    return tuple(rule for rule, words in RULES.items() if clause in words.clauses)
