"""One file for each thing that a page can do wrong: a rule takes a page and yields the places where it does."""
