#!/usr/bin/env bash
# DuckDB 2.0.1, pyarrow 26.0.1, polars 2.1.0, Python 3.11.
# TIME '24:00:00', the end of a day, is a TIME of DuckDB. Python gets it as text, Arrow's Python values show the midnight at which
# the day began, and polars counts the value as missing. Nothing warns.
# Output seen:
#   Python '24:00:00', Arrow datetime.time(0, 0), polars None, missing 1
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0
"$folder/venv/bin/python" - <<'PY'
import datetime

import duckdb

closing = duckdb.sql("SELECT TIME '24:00:00' AS closing")
[(own,)] = closing.fetchall()
[arrow] = closing.to_arrow_table()["closing"].to_pylist()
polars = closing.pl()["closing"]
print(f"Python {own!r}, Arrow {arrow!r}, polars {polars[0]!r}, missing {polars.null_count()}")
assert own == "24:00:00"
assert arrow == datetime.time(0, 0)
assert polars[0] is None and polars.null_count() == 1, "polars keeps it now"
PY
