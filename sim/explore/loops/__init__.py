"""The inner loops of a search, twice: over whole arrays, and as machine code for large searches."""
