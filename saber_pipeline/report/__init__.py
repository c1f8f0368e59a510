"""The report: one HTML file about answers.duckdb, readable offline."""
