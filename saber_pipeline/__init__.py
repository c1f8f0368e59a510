"""AI research about accounts, as typed DuckDB tables."""

__version__ = "0.1.0"
