"""The report, read as text."""
