"""The guide in our words: its clauses, and the readings where it is silent or contradicts itself. Data alone."""
