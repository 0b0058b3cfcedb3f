"""The toolkit inside pytest: fixtures, options, and the summary of a session. Cheap to load."""
