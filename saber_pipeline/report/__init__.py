"""The report: one HTML file about what is in answers.duckdb, readable offline."""
