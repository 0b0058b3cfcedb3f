"""Making the runs of an experiment, many at a time, and where their results are kept."""
