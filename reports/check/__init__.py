"""What a check of another implementation writes and says."""
