-- The accepted rows of a snapshot of an earlier version, which kept no others.
INSERT INTO internal.list_entries BY NAME
SELECT
    "list", ? AS subject_type, '${table}' AS part, row_number, raw_value, ${column} AS subject, 'used' AS outcome,
    attributes::JSON AS attributes, row_number() OVER (PARTITION BY row_number ORDER BY file_row_number) = 1 AS is_first
FROM read_parquet(?, file_row_number = true)
