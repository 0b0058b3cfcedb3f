"""JSON and TOML from outside: what is taken, and what is refused in words."""

import pytest

from broadcast_orchestrator.sim.input.plain_data import NoPlainData, json_value, toml_table

TOO_DEEP = "nests more than 64 tables or lists in one another, which no file of ours does"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[" * 5_000 + "]" * 5_000, TOO_DEEP),
        ('{"a":' * 65 + "1" + "}" * 65, TOO_DEEP),
        ("9" * 5_000, "has a number of more than 300 digits"),
        ("1e999", "has inf, which is no number that can be used"),
        ("NaN", "has NaN, which is no number that can be used"),
        ("-Infinity", "has -Infinity, which is no number that can be used"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "says 'c' twice in one object, leave out one of the two"),
        ('"\\ud800"', "has half a character (\\ud800 to \\udfff), which can neither be shown nor saved"),
        ('{"\\udfff": 1}', "has half a character (\\ud800 to \\udfff), which can neither be shown nor saved"),
        ("", "is not JSON: Expecting value at column 1"),
        ('{\n"a"\n}', "is not JSON: Expecting ':' delimiter at line 3, column 1"),
        ("[" + "1," * 10**6 + "1]", "has 1,000,001 values and lines, more than 1,000,000, which no file of ours has"),
    ],
)
def test_json_that_cannot_be_used_is_told(text: str, told: str) -> None:
    """What it is, in words that are not Python's, and where if that is known."""
    with pytest.raises(NoPlainData) as caught:
        json_value(text)
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = " + "[" * 5_000, TOO_DEEP),
        ("a." * 5_000 + "b = 1", TOO_DEEP),
        ('"a" . ' * 64 + "b = 1", TOO_DEEP),
        ("a = " + "9" * 5_000, "has a number of more than 300 digits"),
        ("a = 0x" + "f" * 5_000, "has a number of more than 300 digits"),
        ("a = nan", "has nan, which is no number that can be used"),
        ("a = [1, -inf]", "has -inf, which is no number that can be used"),
        ("a = 1\na = 2", "is not TOML: Cannot overwrite a value (at end of document)"),
        ("a = 1\0", "is not TOML: Expected newline or end of document after a statement (at line 1, column 6)"),
        ("a = 2026-02-31", "is not TOML: Invalid date or datetime (at line 1, column 5)"),
    ],
)
def test_toml_that_cannot_be_used_is_told(text: str, told: str) -> None:
    """The same of TOML, whose reader takes a key of thousands of parts apart for a long time otherwise."""
    with pytest.raises(NoPlainData) as caught:
        toml_table(text)
    assert str(caught.value) == told


def test_what_is_large_but_within_the_limits_is_taken() -> None:
    """Sixty-four levels, 300 digits, and line ends of another system."""
    assert json_value("[" * 64 + "]" * 64) is not None
    assert json_value("9" * 300) == int("9" * 300)
    assert json_value('{"a":\r\n1}\r\n') == {"a": 1}
    assert toml_table("a.b.c = 1\r\nd = 0.5\r\n") == {"a": {"b": {"c": 1}}, "d": 0.5}
