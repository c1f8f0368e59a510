"""Alerts: events since the last round, each posted once to an address of the user."""
