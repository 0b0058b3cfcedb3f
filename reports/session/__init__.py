"""The report of a pytest session."""
