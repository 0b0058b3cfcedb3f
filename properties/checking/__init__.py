"""Checking any implementation from outside: search for runs that break a guarantee, shrink them, group them.

`check(make_subject, ...)` is the whole of it; `judge` judges one piece of evidence.
"""

from properties.checking.broken import Broken
from properties.checking.checking import Budget, Report, check
from properties.checking.findings import Finding
from properties.checking.judging import judge

__all__ = ["Broken", "Budget", "Finding", "Report", "check", "judge"]
