"""What the monitor answers where something cannot be done."""


class Problem(ValueError):
    """Something that cannot be done; the message is one line for whoever asked."""
