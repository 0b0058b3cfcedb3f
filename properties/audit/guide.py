"""What the guide says beside its table, as data: the paths of its prose, its diagram, its queries and its backend.

Nothing is judged here, and nothing is tidied up: `properties.audit.audit` compares these sayings with the table, with
each other and with what the reference does. Each names the clauses that it paraphrases.
"""

from itertools import pairwise
from typing import NamedTuple


class Path(NamedTuple):
    """A way through the states that the guide describes; `subject` is what goes that way."""

    subject: str
    states: tuple[str, ...]
    clauses: tuple[str, ...]

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """The changes of state along the way."""
        return tuple(pairwise(self.states))


ACTIONS: tuple[Path, ...] = (
    Path("initialize", ("idle", "initializing", "ready"), ("IN-1",)),
    Path("a start", ("ready", "starting", "live"), ("SU-4", "SU-10")),
    Path("a stop", ("live", "stopping", "ready"), ("SD-2", "SD-8")),
    Path("a stop in error", ("error", "stopping", "ready"), ("SD-1", "SD-8")),
    Path("recover", ("error", "idle", "initializing", "ready"), ("RC-2", "TR-3")),
)
"""Where the prose lets each action go."""

STATES = ("idle", "initializing", "ready", "starting", "live", "stopping", "error")

OVERRIDES: tuple[Path, ...] = tuple(
    Path("an emergency stop", (state, "idle"), ("EM-3",)) for state in STATES if state != "idle"
)
"""Where an emergency stop goes, whatever the state."""

DIAGRAM: tuple[Path, ...] = (
    Path("the diagram", ("idle", "initializing", "ready", "starting", "live", "stopping", "idle"), ("ST-1",)),
    Path("the diagram", ("starting", "error", "idle"), ("ST-5", "ST-8")),
    Path("the diagram", ("live", "error", "idle"), ("ST-6", "ST-8")),
)
"""What is drawn above the table."""

STOP_ACCEPTED_IN = ("live", "error")  # SD-1
STOP_REPORTED_POSSIBLE_IN = ("live",)  # CP-1
TOGGLE = {"ready": "start_broadcast", "live": "stop_broadcast"}  # QS-2: what its one button does, by state
LOADING_STATES = ("initializing", "starting", "stopping")  # EX-4
LIMITED_PHASES = ("attempt", "forward", "shutdown")  # CF-2: what the three time limits are named after
ATTEMPTS_IN_PROSE = 3  # IN-4
RETRIES_BY_OPTION = 3  # CF-2
STEPS_OF_THE_STARTUP_TEST = ("initialize", "start_broadcast")  # UT-3

SESSION_FIELDS = (
    "broadcastState",
    "hostActive",
    "producerActive",
    "liveFeedActive",
    "broadcastStartedAt",
    "broadcastDuration",
)
"""The fields that the backend's schema gains (CX-1)."""

WRITTEN_FIELDS = ("broadcastState", "hostActive", "producerActive", "liveFeedActive", "lastActiveTime")
"""The fields that the backend's one mutation writes (CX-3)."""
