"""What the orchestrator is: its states, table, procedures and core, on the standard library alone."""
