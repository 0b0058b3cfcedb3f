"""What several tests share."""

from collections.abc import Iterator

import pytest
from coverage import Coverage


@pytest.fixture(scope="module")
def untraced() -> Iterator[None]:
    """Long searches, whose code shorter tests cover: to trace them line by line would double their time."""
    tracer = Coverage.current()
    if tracer is not None:
        tracer.stop()
    yield
    if tracer is not None:
        tracer.start()


LONG = ("properties/experiments", "properties/search", "properties/witness", "sim/campaign", "sim/fleet", "sim/node")
"""Folders in which most tests run long through code that shorter ones, in other folders, cover."""


@pytest.fixture(scope="module", autouse=True)
def long_folders_untraced(request: pytest.FixtureRequest) -> None:
    """No test of these folders is traced."""
    if request.path.parent.as_posix().endswith(LONG):
        request.getfixturevalue("untraced")
