"""From many scenarios that show something to few findings: what is one cause, and what follows from it."""
