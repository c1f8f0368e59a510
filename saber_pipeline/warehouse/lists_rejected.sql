INSERT INTO rejected_inputs BY NAME
SELECT "list", row_number, raw_value, reason, ? AS subject_type
FROM read_parquet(?)
