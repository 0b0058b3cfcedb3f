"""The subject protocol: its messages, their JSON, child processes that speak it, and what an answer may be."""
