"""What each command of `broadcast` does, one file a command."""
