"""Mechanical mutants: the sources of the core, changed one place at a time, and what notices each."""
