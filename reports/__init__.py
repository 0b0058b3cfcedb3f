"""What a person sees: the verdicts, graphs and timelines, and the command line."""
