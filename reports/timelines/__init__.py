"""A run as a timeline: what it shows, as SVG and as text."""
