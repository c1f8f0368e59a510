INSERT INTO domains BY NAME
SELECT "list", domain, row_number, raw_value, attributes::JSON AS attributes
FROM read_parquet(?)
