"""Workers that are replaced."""

import warnings
from typing import Any

import pytest

from broadcast_orchestrator.sim.processes.workers import joblib_workers


def test_nobody_is_warned_of_a_worker_that_is_replaced() -> None:
    """joblib replaces a worker that remembers much, which changes nothing in the results; what else it warns of is
    heard."""
    joblib_workers()
    said: dict[str, Any] = {
        "category": UserWarning,
        "filename": "executor.py",
        "lineno": 1,
        "module": "joblib.externals.loky",
    }
    replaced = "A worker stopped while some jobs were given to the executor. This can be caused by a memory leak."
    warnings.warn_explicit(replaced, **said)
    with pytest.raises(UserWarning, match="something else"):
        warnings.warn_explicit("something else", **said)
