"""Checking any implementation from outside: search for runs that break a guarantee, shrink them, group them.

`check(make_subject, ...)` is the whole of it; `judge` judges one piece of evidence and gives each `Violation` in it.
"""

from broadcast_orchestrator.properties.checking.checking import CheckBudget, CheckReport, check
from broadcast_orchestrator.properties.checking.findings import Finding
from broadcast_orchestrator.properties.checking.judge.catalogue import judge

__all__ = ["CheckBudget", "CheckReport", "Finding", "check", "judge"]
