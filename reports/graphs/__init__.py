"""State graphs as pictures: what a graph is, where everything goes, and each format."""
