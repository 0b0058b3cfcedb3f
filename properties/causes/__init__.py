"""Causes: where a broken core first does otherwise than the reference, which mistake that is, and what it breaks."""
