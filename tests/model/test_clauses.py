"""The clauses cover the guide, and what refers to clauses and readings refers to ones that exist."""

import re

from broadcast_orchestrator.model.guide.clauses import CLAUSE, CLAUSES
from broadcast_orchestrator.model.guide.readings import READING, READINGS, WORDS
from broadcast_orchestrator.model.table import FORCED, TABLE

NUMBERS = {
    "OV": 3, "QS": 3, "ST": 10, "SU": 11, "SD": 8, "IN": 4, "SB": 3, "SP": 1,
    "EM": 4, "RC": 3, "SN": 3, "CS": 1, "CP": 1, "VT": 2, "HK": 3, "CF": 4,
    "EX": 4, "UT": 3, "MO": 4, "LG": 2, "CX": 4, "BP": 4, "TR": 3, "SM": 2,
}  # fmt: skip

HEADINGS = (
    "Overview",
    "Quick Start",
    "Quick Start / 1. Initialize the Orchestrator",
    "Quick Start / 2. Refactor Components to Use Orchestrator",
    "State Machine",
    "State Machine / States",
    "State Machine / Startup Sequence",
    "State Machine / Shutdown Sequence",
    "API Reference",
    "API Reference / Core Actions",
    "API Reference / Core Actions / initialize()",
    "API Reference / Core Actions / startBroadcast(sessionId?)",
    "API Reference / Core Actions / stopBroadcast()",
    "API Reference / Core Actions / emergencyStop()",
    "API Reference / Core Actions / recover()",
    "API Reference / State Inspection",
    "API Reference / State Inspection / getSnapshot()",
    "API Reference / State Inspection / canStartBroadcast()",
    "API Reference / State Inspection / canStopBroadcast()",
    "API Reference / State Inspection / validateTransition(to)",
    "API Reference / Utility Hooks",
    "API Reference / Configuration",
    "API Reference / Configuration / updateConfig(config)",
    "Migration Examples",
    "Migration Examples / Example 1: Simple Toggle Button",
    "Migration Examples / Example 2: Conditional Controls",
    "Migration Examples / Example 3: Error Handling",
    "Migration Examples / Example 4: State-Dependent UI",
    "Testing",
    "Testing / Unit Tests",
    "Debugging",
    "Debugging / State Monitor Component",
    "Debugging / Console Logging",
    "Convex Integration (TODO)",
    "Convex Integration (TODO) / Backend Schema Extension",
    "Convex Integration (TODO) / Mutation",
    "Convex Integration (TODO) / Orchestrator Integration",
    "Best Practices",
    "Best Practices / DO",
    "Best Practices / DON'T",
    "Troubleshooting",
    "Troubleshooting / Problem: Button doesn't work",
    'Troubleshooting / Problem: State "skips" when switching tabs',
    "Troubleshooting / Problem: Orchestrator stuck in error state",
    "Summary",
)


def test_ids_are_unique() -> None:
    """No two clauses share an id."""
    assert len(CLAUSE) == len(CLAUSES)


def test_ids_are_numbered_in_order() -> None:
    """The ids come in the order of the guide, and under each prefix they run from 1 to its last without a gap."""
    ids = [f"{prefix}-{number}" for prefix, last in NUMBERS.items() for number in range(1, last + 1)]
    assert [clause.id for clause in CLAUSES] == ids


def test_every_heading_has_a_clause() -> None:
    """Each heading of the guide has a clause, its own or one of a heading below it."""
    used = [clause.heading for clause in CLAUSES]
    bare = [name for name in HEADINGS if not any(path == name or path.startswith(f"{name} / ") for path in used)]
    assert bare == []


def test_every_clause_has_a_heading_of_the_guide() -> None:
    """No clause comes from a heading that the guide does not have."""
    assert [clause.id for clause in CLAUSES if clause.heading not in HEADINGS] == []


def test_count() -> None:
    """The guide makes between 60 and 90 demands."""
    assert 60 <= len(CLAUSES) <= 90


def test_a_demand_is_one_sentence() -> None:
    """Every demand is one sentence: a capital first, a full stop last and none between."""
    assert [clause.id for clause in CLAUSES if not re.fullmatch(r"[A-Z][^.]{15,}\.", clause.demand)] == []


def test_no_demand_is_made_twice() -> None:
    """No two clauses ask for the same thing in the same words."""
    assert len({clause.demand for clause in CLAUSES}) == len(CLAUSES)


def test_open_clauses_give_their_reason() -> None:
    """A clause has a note exactly when it is open."""
    assert [clause.id for clause in CLAUSES if (clause.status == "open") != bool(clause.note)] == []


def test_what_is_open() -> None:
    """Nothing is: the last to be was what only the users' own applications do (SM-2), which `broadcast lint` reads."""
    assert [clause.id for clause in CLAUSES if clause.status == "open"] == []


def test_the_states_follow_the_table() -> None:
    """ST-2 to ST-8 name the source and the targets that the guide's table gives to each state, in its order."""
    said = {name: re.findall(r"\b[a-z]+\b", CLAUSE[name].demand) for name in (f"ST-{n}" for n in range(2, 9))}
    states = ["idle", "initializing", "ready", "starting", "live", "stopping", "error"]
    assert {name: [word for word in words if word in states] for name, words in said.items()} == {
        "ST-2": ["idle", "initializing", "error"],
        "ST-3": ["initializing", "ready", "error"],
        "ST-4": ["ready", "starting", "idle", "error"],
        "ST-5": ["starting", "live", "error"],
        "ST-6": ["live", "stopping", "error"],
        "ST-7": ["stopping", "idle", "error"],
        "ST-8": ["error", "idle", "initializing"],
    }


def test_every_row_has_its_clause_and_reading() -> None:
    """Each row of the table and each forced edge names a clause that exists, and a reading that settles it if any."""
    for row in TABLE + FORCED:
        assert row.clause in CLAUSE, row
        assert not row.reading or row.clause in READING[row.reading].clauses, row


def test_readings_are_complete() -> None:
    """There are twenty-two readings, R1 to R22 in order, each found by its id."""
    ids = [reading.id for reading in READINGS]
    assert ids == [f"R{number}" for number in range(1, 23)]
    assert list(READING) == ids


def test_readings_say_something() -> None:
    """Each reading asks a question, says what the guide has on it and answers in whole sentences."""
    for reading in READINGS:
        assert reading.question.endswith("?"), reading.id
        assert reading.guide_says.endswith("."), reading.id
        assert reading.ours, reading.id
        assert all(re.fullmatch(r"(?s).{15,}\.", rule) for rule in reading.ours), reading.id


def test_readings_settle_clauses_that_exist() -> None:
    """Each reading settles at least one clause, and only clauses that exist."""
    assert [reading.id for reading in READINGS if not reading.clauses] == []
    assert [name for reading in READINGS for name in reading.clauses if name not in CLAUSE] == []


def test_readings_refer_to_readings_that_exist() -> None:
    """A reading that points to another points to one that exists."""
    rules = [rule for reading in READINGS for rule in reading.ours]
    assert [name for rule in rules for name in re.findall(r"\bR\d+\b", rule) if name not in READING] == []


def test_words_have_one_meaning() -> None:
    """The six words that the readings use in a fixed meaning are all explained."""
    assert list(WORDS) == [
        "quiet",
        "wanted",
        "on air, as far as known",
        "residue",
        "settled or given up",
        "left live",
    ]
    assert all(meaning.endswith(".") for meaning in WORDS.values())
