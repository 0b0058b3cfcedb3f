"""The world: what can happen next and what comes of it, one service at a time; faults, steps, traces. No clock."""
