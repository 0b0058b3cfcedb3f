"""Runs at the pace of a wall clock: live, played back, or of a subject; paused, stepped, looked back at."""
