"""Searches by chance: Hypothesis and random simulated runs, and what they and a test session have seen."""
