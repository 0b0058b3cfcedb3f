"""Runs of real services: written down as they happen, and read again, also where the file ends in the midst of one."""
