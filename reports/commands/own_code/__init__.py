"""The commands for code of one's own: implementations that are checked, and components that are read."""
