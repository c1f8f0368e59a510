"""Contact research: people from lists, bought once, followed by their ids."""
