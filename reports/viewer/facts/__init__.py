"""What a page is told of a run: its shape, and what of a run, simulated or seen from outside, fills it."""
