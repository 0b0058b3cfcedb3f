"""The guide's whole interface over the pure core: commands and their outcomes, snapshot, hooks, subscriptions,
record."""
