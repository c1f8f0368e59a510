"""The set-based half of planning, as named statements."""

PLANNING_SQL = __name__
