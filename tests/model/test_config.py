"""The nine options: their defaults, merging, and refusals that say everything in one line (reading R17)."""

import pytest

from broadcast_orchestrator.model.config import (
    DEFAULT_CONFIG,
    OPTIONS,
    ConfigError,
    OrchestratorConfig,
    merged,
    near_match,
    update,
)

DURATIONS = ("initialization_timeout", "startup_timeout", "shutdown_timeout")
COUNTS = ("max_retries", "retry_delay")
FLAGS = ("enable_auto_recovery", "enable_convex_sync", "enable_state_validation", "verbose_logging")


def refusal(changes: dict[str, object]) -> str:
    """The one line with which the changes are refused."""
    with pytest.raises(ConfigError) as caught:
        merged(DEFAULT_CONFIG, changes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_defaults_are_those_of_the_guide() -> None:
    """Without a change the nine options have the values that the guide gives them."""
    assert DEFAULT_CONFIG._asdict() == {
        "initialization_timeout": 10_000,
        "startup_timeout": 15_000,
        "shutdown_timeout": 10_000,
        "max_retries": 3,
        "retry_delay": 1_000,
        "enable_auto_recovery": True,
        "enable_convex_sync": True,
        "enable_state_validation": True,
        "verbose_logging": True,
    }


def test_every_option_has_one_row() -> None:
    """The rows describe the fields, in their order, each with its own clause and the guide's spelling."""
    assert tuple(option.name for option in OPTIONS) == OrchestratorConfig._fields
    assert tuple(option.default for option in OPTIONS) == tuple(DEFAULT_CONFIG)
    assert len({option.clause for option in OPTIONS}) == 9
    assert [option.guide_name for option in OPTIONS] == [
        "initializationTimeout",
        "startupTimeout",
        "shutdownTimeout",
        "maxRetries",
        "retryDelay",
        "enableAutoRecovery",
        "enableConvexSync",
        "enableStateValidation",
        "verboseLogging",
    ]


def test_a_change_is_merged_into_what_was_there() -> None:
    """Named options change, all others keep their value, and the old configuration is untouched."""
    before = OrchestratorConfig(max_retries=7)
    after = merged(before, {"startup_timeout": 500, "verbose_logging": False})
    assert after == OrchestratorConfig(startup_timeout=500, max_retries=7, verbose_logging=False)
    assert before == OrchestratorConfig(max_retries=7)
    assert update(before, startup_timeout=500, verbose_logging=False) == after


def test_no_change_changes_nothing() -> None:
    """An empty update is the same configuration, equal in value and in hash."""
    assert merged(DEFAULT_CONFIG, {}) == DEFAULT_CONFIG
    assert hash(merged(DEFAULT_CONFIG, {})) == hash(DEFAULT_CONFIG)


@pytest.mark.parametrize(("name", "smallest"), [(name, 1) for name in DURATIONS] + [(name, 0) for name in COUNTS])
def test_numbers_have_both_limits(name: str, smallest: int) -> None:
    """The smallest and the largest whole number are taken; the next beyond each is refused."""
    for value in (smallest, 2_147_483_647):
        assert getattr(merged(DEFAULT_CONFIG, {name: value}), name) == value
    for value in (smallest - 1, 2_147_483_648):
        assert refusal({name: value}).startswith(f"{name}: expected a whole number from {smallest} to 2147483647")


@pytest.mark.parametrize("name", DURATIONS + COUNTS)
@pytest.mark.parametrize("value", [True, False, 1.0, 1.5, float("nan"), float("inf"), "15", None, [5], {}])
def test_a_number_is_a_whole_number(name: str, value: object) -> None:
    """Truth values, fractions, text and nothing at all are no whole numbers."""
    assert refusal({name: value}).startswith(f"{name}: expected a whole number")


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("value", [0, 1, "true", None, 1.0])
def test_a_flag_is_true_or_false(name: str, value: object) -> None:
    """A flag takes the two truth values and nothing that merely resembles them."""
    assert getattr(merged(DEFAULT_CONFIG, {name: False}), name) is False
    assert refusal({name: value}).startswith(f"{name}: expected true or false, got ")


def test_messages_name_the_option_the_limits_and_the_value() -> None:
    """The line says where, what is expected and what came instead, with the unit where there is one."""
    assert refusal({"retry_delay": -5}) == "retry_delay: expected a whole number from 0 to 2147483647 (ms), got -5"
    assert refusal({"max_retries": 2.5}) == "max_retries: expected a whole number from 0 to 2147483647, got 2.5"
    assert refusal({"verbose_logging": "no"}) == "verbose_logging: expected true or false, got 'no'"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("max_retrys", "max_retries"),
        ("startup_timout", "startup_timeout"),
        ("initializationTimeout", "initialization_timeout"),
        ("enableConvexSync", "enable_convex_sync"),
        ("retry-delay", "retry_delay"),
        ("VERBOSE_LOGGING", "verbose_logging"),
    ],
)
def test_an_unknown_name_is_refused_with_its_near_match(written: str, meant: str) -> None:
    """A slip, and the guide's own spelling in camel case, lead to the name in snake case."""
    assert refusal({written: 1}) == f"'{written}': unknown option, did you mean '{meant}'?"


def test_a_name_near_to_nothing_gets_the_whole_list() -> None:
    """Where no name resembles it, every name that could be meant is listed."""
    message = refusal({"colour": 1})
    assert message.startswith("'colour': unknown option, try one of: initialization_timeout, startup_timeout, ")
    assert message.endswith(", verbose_logging")
    assert near_match("x", ("one", "two")) == ", try one of: one, two"


def test_every_mistake_is_reported_at_once_and_nothing_changes() -> None:
    """Three mistakes beside a good change are named in their order, and the good change is not made either."""
    message = refusal({"max_retries": -1, "startup_timeout": 9, "maxRetrys": 2, "enable_convex_sync": 1})
    assert message == (
        "max_retries: expected a whole number from 0 to 2147483647, got -1; "
        "'maxRetrys': unknown option, did you mean 'max_retries'?; "
        "enable_convex_sync: expected true or false, got 1"
    )
    assert DEFAULT_CONFIG.startup_timeout == 15_000


@pytest.mark.parametrize(
    "value",
    [10**5_000, -(10**5_000), "x" * 10_000, "two\nlines", object(), [1] * 10_000],
    ids=["huge", "hugely negative", "long text", "two lines", "an object", "a long list"],
)
def test_any_value_at_all_gets_one_short_line(value: object) -> None:
    """However large or strange the value, the refusal stays one short line."""
    assert len(refusal({"startup_timeout": value})) < 160
