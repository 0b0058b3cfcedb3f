"""The exact answer of an experiment, where there is one: what the estimates of many runs are compared with."""
