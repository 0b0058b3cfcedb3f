"""What happens to the orchestrator: services with latency and faults, the world, and the drivers over it."""
