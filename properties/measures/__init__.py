"""What measures are worth: which cells of the matrix each turns green, what stays open, and what it costs."""
