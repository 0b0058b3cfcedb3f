"""The driver on asyncio passes the check that every implementation is put to, with services in every style."""

import pytest
from places import TESTS

from broadcast_orchestrator.properties.checking import check
from broadcast_orchestrator.sim.subjects.python.class_by_name import subject_at

pytestmark = pytest.mark.usefixtures("untraced", "importable")


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The classes can be imported."""
    monkeypatch.syspath_prepend(str(TESTS / "subjects" / "python"))


@pytest.mark.parametrize("name", ["OnAir", "OnAirWithPromises", "OnAirAtOnce"])
def test_nothing_is_found_with_promises_and_plain_functions(name: str) -> None:
    """Services as in the guide, services that all answer by something to await, and services that all have done their
    work when they return."""
    report = check(lambda: subject_at(f"on_air:{name}"), scenarios=150)
    assert [(each.title, each.place) for each in report.findings] == []


def test_with_fields_nothing_is_found_but_what_no_field_tells() -> None:
    """A field does not say which of two attempts has changed it, so the late effect of a first attempt passes for that
    of the second, which waits for the same field; nothing else is found."""
    report = check(lambda: subject_at("on_air:OnAirWithFields"), scenarios=150)
    assert {each.title for each in report.findings} <= {
        "a late answer of host.initialize changed the state from initializing to ready"
    }
