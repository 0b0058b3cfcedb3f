"""The pictures of numbers: experiments, fleets, the growth of the search."""
