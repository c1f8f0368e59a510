#!/usr/bin/env bash
# DuckDB 2.0.1, pyarrow 26.0.1, Python 3.11.
# The sum of whole numbers is a HUGEINT, for which Parquet has no type: COPY writes a DOUBLE and loses the last digits beyond 2^53,
# without a warning. By Arrow the same column is a decimal128(38, 0) and exact, up to the numbers of 39 digits that HUGEINT has as
# well: those are handed over in a type that they do not fit, which only a full validation tells.
# Output seen:
#   sum 9007199254740993, in Parquet 9007199254740992.0 (double), in Arrow 9007199254740993 (decimal128(38, 0))
#   39 digits in Arrow: Column 0: In chunk 0: Invalid: Decimal value 1…00 does not fit in precision of decimal128(38, 0)
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import duckdb
import pyarrow as pa
import pyarrow.parquet

total = duckdb.sql("SELECT sum(n) AS total FROM (VALUES (9007199254740992::BIGINT), (1)) numbers(n)")
duckdb.sql("COPY (FROM total) TO 'total.parquet'")
[(exact,)] = total.fetchall()
parquet = pyarrow.parquet.read_table("total.parquet")["total"]
arrow = total.to_arrow_table()["total"]
print(f"sum {exact}, in Parquet {parquet[0]} ({parquet.type}), in Arrow {arrow[0]} ({arrow.type})")
assert exact == 2**53 + 1 == arrow[0].as_py()
assert parquet.type == pa.float64() and parquet[0].as_py() == 2**53, "Parquet keeps it now"

long = duckdb.sql(f"SELECT {10**38}::HUGEINT AS long").to_arrow_table()
long.validate()
try:
    long.validate(full=True)
except pa.ArrowInvalid as error:
    print("39 digits in Arrow:", str(error).replace("0" * 36, "…"))
else:
    raise AssertionError("39 digits fit now")
PY
