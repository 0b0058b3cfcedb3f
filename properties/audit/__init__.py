"""The audit of the guide: where it contradicts its table, itself or the reference, and what settles it."""
