"""Telling others: what happened since the last look, posted once to an address of the user's."""
