"""Contact research: one purchase for each person in the lists, followed by its id."""
