#!/usr/bin/env bash
# DuckDB 2.0.1, pyarrow 26.0.1, Python 3.11.
# The difference of two timestamps is an INTERVAL. Parquet's interval has milliseconds and no sign: COPY drops the microseconds
# without a warning, and refuses the whole export when the difference of one row is negative. DuckDB reads the file back as an
# INTERVAL, pyarrow as 12 bytes without a meaning. By Arrow the same column is exact.
# Output seen:
#   DuckDB 2 days 02:00:00.001234, Parquet 2 days 02:00:00.001, Arrow 2 days and 7200001234000 ns
#   pyarrow reads the file as fixed_size_binary[12]
#   one negative row: IOException
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import duckdb
import pyarrow.parquet

waited = duckdb.sql("SELECT TIMESTAMP '2026-11-03 11:00:00.001234' - TIMESTAMP '2026-11-01 09:00:00' AS waited")
waited.write_parquet("waited.parquet")
[(own,)] = duckdb.sql("SELECT waited::VARCHAR FROM waited").fetchall()
[(parquet,)] = duckdb.sql("SELECT waited::VARCHAR FROM 'waited.parquet'").fetchall()
[arrow] = waited.to_arrow_table()["waited"].to_pylist()
print(f"DuckDB {own}, Parquet {parquet}, Arrow {arrow.days} days and {arrow.nanoseconds} ns")
read_as = pyarrow.parquet.read_schema("waited.parquet").field("waited").type
print(f"pyarrow reads the file as {read_as}")
try:
    duckdb.sql("SELECT -waited AS waited FROM waited").write_parquet("early.parquet")
    refused = "written"
except duckdb.Error as error:
    refused = type(error).__name__
print(f"one negative row: {refused}")
assert (own, parquet) == ("2 days 02:00:00.001234", "2 days 02:00:00.001"), "microseconds are kept now, or lost otherwise"
assert (arrow.days, arrow.nanoseconds, str(read_as), refused) == (2, 7_200_001_234_000, "fixed_size_binary[12]", "IOException")
PY
