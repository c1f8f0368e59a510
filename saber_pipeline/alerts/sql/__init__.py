"""The statements of looking for what is to be told."""

ALERTS_SQL = __name__
