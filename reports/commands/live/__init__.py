"""The state monitor, for a browser and for a terminal: the commands that stay until somebody leaves them."""
