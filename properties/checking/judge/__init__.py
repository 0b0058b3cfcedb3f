"""Judging from outside: evidence becomes an observation, and each guarantee asks it its questions."""
