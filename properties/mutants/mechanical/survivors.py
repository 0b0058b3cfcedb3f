"""Mechanical mutants that nobody can notice, each with the reason why: it is equivalent, or what it changes is out of
reach."""

SURVIVORS: dict[str, str] = {}
"""The reasons by the name of the mutant."""
