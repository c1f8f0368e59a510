-- The columns of every published table, and of the views that are tables to their readers.
SELECT table_name, column_name, data_type, "comment"
FROM duckdb_columns()
WHERE
    database_name = 'answers'
    AND schema_name = 'main'
    AND (
        table_name IN (SELECT unnest($views::VARCHAR[]))
        OR table_name IN (
            SELECT table_name FROM duckdb_tables() WHERE database_name = 'answers' AND schema_name = 'main'
        )
    )
ORDER BY table_name, column_index
