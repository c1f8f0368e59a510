INSERT INTO ${table} BY NAME
SELECT "list", ${column}, row_number, raw_value, attributes::JSON AS attributes
FROM read_parquet(?)
