"""Outcomes, highlights and what is in flight, as named statements."""

RUNS_SQL = __name__
