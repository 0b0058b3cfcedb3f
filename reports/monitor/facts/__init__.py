"""What a page is told: its shape, and what of a run, simulated or seen from outside, fills it."""
