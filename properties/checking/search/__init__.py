"""The search over scenarios: in order, at random, on the bench, against the reference, and shrinking."""
