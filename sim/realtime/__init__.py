"""Runs at the pace of a wall clock: live, led by hand, played back, or of a subject; paused, stepped, looked back."""
