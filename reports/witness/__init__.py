"""One run: read from a file, and written as a test."""
