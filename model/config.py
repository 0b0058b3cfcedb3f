"""The nine options of the orchestrator: their defaults, their limits, and how changes are merged and checked."""

import difflib
import reprlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class OrchestratorConfig(NamedTuple):
    """The options by the guide's names in snake case, durations in milliseconds (clauses CF-1 to CF-9).

    The fields are not checked here, so that the core can build and compare it cheaply: what comes from outside
    goes through `merged` or `update`.
    """

    initialization_timeout: int = 10_000
    startup_timeout: int = 15_000
    shutdown_timeout: int = 10_000
    max_retries: int = 3
    retry_delay: int = 1_000
    enable_auto_recovery: bool = True
    enable_convex_sync: bool = True
    enable_state_validation: bool = True
    verbose_logging: bool = True


DEFAULT_CONFIG = OrchestratorConfig()
"""What a reset to the defaults restores."""

LARGEST = 2**31 - 1
"""The longest timer that a JavaScript host can arm, in milliseconds (reading R17)."""


class Option(NamedTuple):
    """What is known of one option: `minimum` to `maximum` in `unit` ("ms" or ""), or a flag ("flag")."""

    name: str
    guide_name: str
    default: int | bool
    minimum: int
    maximum: int
    unit: str
    clause: str
    meaning: str

    @property
    def expected(self) -> str:
        """What a value has to be, in words."""
        if self.unit == "flag":
            return "true or false"
        return f"a whole number from {self.minimum} to {self.maximum}" + (f" ({self.unit})" if self.unit else "")

    def accepts(self, value: object) -> bool:
        """Whether `value` may be set; a truth value is no number, and a number no truth value."""
        if self.unit == "flag" or isinstance(value, bool):
            return self.unit == "flag" and isinstance(value, bool)
        return isinstance(value, int) and self.minimum <= value <= self.maximum


def _option(clause: str, name: str, guide_name: str, minimum: int, maximum: int, unit: str, meaning: str) -> Option:
    default = OrchestratorConfig._field_defaults[name]
    return Option(name, guide_name, default, minimum, maximum, unit, clause, meaning)


OPTIONS: tuple[Option, ...] = (
    _option("CF-1", "initialization_timeout", "initializationTimeout", 1, LARGEST, "ms", "limit of one attempt"),
    _option("CF-2", "startup_timeout", "startupTimeout", 1, LARGEST, "ms", "limit of all the steps of a start"),
    _option("CF-3", "shutdown_timeout", "shutdownTimeout", 1, LARGEST, "ms", "limit of whatever switches off"),
    _option("CF-4", "max_retries", "maxRetries", 0, LARGEST, "", "attempts to initialize after the first one"),
    _option("CF-5", "retry_delay", "retryDelay", 0, LARGEST, "ms", "pause before each further attempt"),
    _option("CF-6", "enable_auto_recovery", "enableAutoRecovery", 0, 1, "flag", "a recover initializes again"),
    _option("CF-7", "enable_convex_sync", "enableConvexSync", 0, 1, "flag", "a start tells the backend"),
    _option("CF-8", "enable_state_validation", "enableStateValidation", 0, 1, "flag", "the table is enforced"),
    _option("CF-9", "verbose_logging", "verboseLogging", 0, 1, "flag", "every transition is logged"),
)
"""Every option, in the order of the fields."""

BY_NAME: dict[str, Option] = {option.name: option for option in OPTIONS}


class ConfigError(ValueError):
    """Changes that cannot be made; the message is one line that names every mistake."""


def merged(config: OrchestratorConfig, changes: Mapping[str, object]) -> OrchestratorConfig:
    """`config` with `changes` made, all of them or none (reading R17).

    `changes` maps option names to values: durations in whole milliseconds, flags as truth values.
    Raises `ConfigError`, with every mistake at once, for an unknown name or a value outside its limits.
    """
    mistakes = [mistake for name, value in changes.items() if (mistake := _mistake(name, value))]
    if mistakes:
        raise ConfigError("; ".join(mistakes))
    checked: dict[str, Any] = dict(changes)
    return config._replace(**checked)


def update(config: OrchestratorConfig, **changes: object) -> OrchestratorConfig:
    """`merged`, with the changes as keywords: `update(config, max_retries=0)`."""
    return merged(config, changes)


def _mistake(name: str, value: object) -> str:
    option = BY_NAME.get(name)
    if option is None:
        return f"{shown(name)}: unknown option{near_match(name, BY_NAME)}"
    return "" if option.accepts(value) else f"{name}: expected {option.expected}, got {shown(value)}"


def near_match(name: object, known: Iterable[str]) -> str:
    """What to try instead of an unknown `name`, to be appended to a message: the nearest one, else all of `known`."""
    names = tuple(dict.fromkeys(known))
    meant = nearest(name, names)
    return f", try one of: {', '.join(names)}" if meant is None else f", did you mean '{meant}'?"


def nearest(name: object, known: Iterable[str]) -> str | None:
    """The one of `known` that an unknown `name` is probably meant to be; None where none is near.

    Case, underscores, hyphens and spaces do not count, so that another spelling of the same words finds its own.
    What is not text at all is near to nothing.
    """
    spellings = {_folded(candidate): candidate for candidate in known}
    found = difflib.get_close_matches(_folded(name), spellings, n=1)
    return spellings[found[0]] if found else None


def _folded(name: object) -> str:
    return name.casefold().translate(str.maketrans("", "", "_- ")) if isinstance(name, str) else ""


def shown(value: object) -> str:
    """`value` for a message: one short line, always the same, whatever the value is."""
    if isinstance(value, int) and abs(value) > 10**18:
        return "a number of more than 18 digits"
    if value is None or isinstance(value, int | float | str):
        return reprlib.repr(value)
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a table"
    return f"a value of type {type(value).__name__}"
