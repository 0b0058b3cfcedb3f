"""What several tests share."""

import signal
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from coverage import Coverage

if TYPE_CHECKING:
    from playwright.sync_api import Browser


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # begun in the background: so would be what tests start, too
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def untraced() -> Iterator[None]:
    """Long searches, whose code shorter tests cover: to trace them line by line would double their time."""
    tracer = Coverage.current()
    if tracer is not None:
        tracer.stop()
    yield
    if tracer is not None:
        tracer.start()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Headless Chromium."""
    with import_module("browsers").started() as browser:  # skips where there is no Playwright
        yield browser


LONG = ("properties/experiments", "properties/search", "properties/witness", "sim/campaign", "sim/fleet", "sim/node")
"""Folders in which most tests run long through code that shorter ones, in other folders, cover."""


@pytest.fixture(scope="module", autouse=True)
def long_folders_untraced(request: pytest.FixtureRequest) -> None:
    """No test of these folders is traced."""
    if request.path.parent.as_posix().endswith(LONG):
        request.getfixturevalue("untraced")
