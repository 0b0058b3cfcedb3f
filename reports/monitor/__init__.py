"""The state monitor: the reference at the pace of a clock, to be watched, driven and disturbed.

It is for development alone: the page is served to this machine and to nobody else (clauses MO-1 to MO-4).
"""
