-- Parameters: the kind of the list, and its snapshot. One entry of a row stands for it: one that is used, if there is one.
INSERT INTO internal.list_entries BY NAME
SELECT
    "list", ? AS subject_type, 'rows' AS part, row_number, raw_value, ${column} AS subject, outcome, duplicate_of, reason,
    attributes::JSON AS attributes, column_used, chosen_cell,
    row_number() OVER (
        PARTITION BY row_number
        ORDER BY CASE outcome WHEN 'used' THEN 0 WHEN 'duplicate' THEN 1 ELSE 2 END, file_row_number
    ) = 1 AS is_first
FROM read_parquet(?, file_row_number = true)
