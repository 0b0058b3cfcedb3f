"""A graph that is too large to be seen at once, on a page of its own: to be moved about in, and part by part."""
