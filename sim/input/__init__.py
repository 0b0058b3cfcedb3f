"""What comes from outside: files that someone named, read and checked."""
