"""Proofs by exploration and by graphs: every world judged, liveness, bounds, the space and how it grows."""
