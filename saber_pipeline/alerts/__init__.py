"""Telling others: what happened since the last round, posted once to an address of the user's."""
