"""Experiments: files that state a question, the runs that they ask for, and where the results are kept.

What is measured in a run is judged elsewhere (`properties.experiments.measures`); here is only its name, so that a file
can be checked before anything runs.
"""
