"""Summaries: read for the domains of lists, and asked for where they are missing."""
