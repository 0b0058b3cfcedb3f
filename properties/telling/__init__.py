"""Runs in words: what each step means, told by one module whoever made the run."""
