INSERT INTO rejected_inputs BY NAME
SELECT "list", row_number, raw_value, reason
FROM read_parquet(?)
