"""What must hold: the catalogue, its checks, what they remember, the verdicts, and what is broken by design."""
