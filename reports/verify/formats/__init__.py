"""The report of a verification in each of its formats: for people, for pipelines, for programs."""
