"""What a caller may ask for, checked before anything runs."""
