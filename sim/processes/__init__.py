"""Processes that are started, and what they must not leave behind: children, workers, temporary files, locks."""
