#!/usr/bin/env bash
# DuckDB 2.0.1, pyarrow 26.0.1, Python 3.11.
# A TIME WITH TIME ZONE leaves DuckDB by Arrow as the clock of its own zone, and by Parquet as the clock of UTC. Neither type keeps
# the zone (`time64[us]` both), and nothing warns, so two exports of one value are hours apart.
# Output seen:
#   DuckDB 12:00:00+05:30, Arrow 12:00:00, Parquet 06:30:00
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import datetime

import duckdb
import pyarrow.parquet

opening = duckdb.sql("SELECT TIMETZ '12:00:00+05:30' AS opening")
opening.write_parquet("opening.parquet")
[(own,)] = opening.fetchall()
[arrow] = opening.to_arrow_table()["opening"].to_pylist()
[parquet] = pyarrow.parquet.read_table("opening.parquet")["opening"].to_pylist()
print(f"DuckDB {own}, Arrow {arrow}, Parquet {parquet}")
assert own.utcoffset() == datetime.timedelta(hours=5, minutes=30)
assert (arrow, parquet) == (datetime.time(12, 0), datetime.time(6, 30)), "they agree now, or differ otherwise"
PY
