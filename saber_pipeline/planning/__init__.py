"""Which pairs are due, and whether they may be bought."""
