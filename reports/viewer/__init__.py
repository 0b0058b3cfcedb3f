"""A run to step through: what there is to see of each step, packed into a page, and the script that shows it."""
