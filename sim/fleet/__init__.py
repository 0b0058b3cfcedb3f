"""Fleets: many dashboards, each a real orchestrator, that share a backend of finite capacity."""
