"""The exhaustive search: every world of a scope, by symbolic rules and up to symmetry."""
