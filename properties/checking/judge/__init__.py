"""Judging from outside: evidence becomes an observation, and the checks of each guarantee ask it their questions."""
