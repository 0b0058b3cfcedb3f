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
