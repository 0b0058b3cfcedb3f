"""What may be asked of the orchestrator at any time: whether each answer is true of the world that it is asked in."""
