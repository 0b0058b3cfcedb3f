"""The search over sets of worlds as decision diagrams: for what is proved, since it has no levels and tells no way."""
