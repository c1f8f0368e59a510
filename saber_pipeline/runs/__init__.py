"""One run from top to bottom, for each product; what a run asked for and what became of it."""
