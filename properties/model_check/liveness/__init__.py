"""What must happen in the end, and how soon: circles without progress, and the longest way of each command."""
