"""The machine and its runs in the formats of other tools, one file a format."""
