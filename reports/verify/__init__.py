"""The report of a verification, in every format."""
