"""The answer of an experiment: measures, estimates with intervals, claims, exact values, and what changed."""
