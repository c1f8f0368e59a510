"""The report's queries, by file name. Each runs by itself on answers.duckdb, as the report shows it."""
