"""For each kind of landed object that is no signal: its tables, and how they are filled."""
