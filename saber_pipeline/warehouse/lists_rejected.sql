-- The rejected rows of a snapshot of an earlier version.
INSERT INTO internal.list_entries BY NAME
SELECT "list", ? AS subject_type, 'rejected' AS part, row_number, raw_value, 'rejected' AS outcome, reason, true AS is_first
FROM read_parquet(?)
