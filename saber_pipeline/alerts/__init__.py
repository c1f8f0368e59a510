"""Alerts: events since the last round, each posted once to the user's address."""
