"""One verification: all kinds of evidence gathered into one record, and the guarantee matrix."""
