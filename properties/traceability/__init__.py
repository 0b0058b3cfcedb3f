"""Who asks for each demand of the guide: the checks, where their premise is reached, and what dies by them."""
