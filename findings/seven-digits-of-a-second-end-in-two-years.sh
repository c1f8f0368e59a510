#!/usr/bin/env bash
# msgspec 0.23.0, DuckDB 1.4.4 and 2.0.1, pydantic 2.14.4, pandas 3.1.1, Python 3.11.
# .NET and Go write times with seven or nine digits of a second, which RFC 3339 allows. To microseconds, msgspec rounds
# them; Python's fromisoformat, pydantic and DuckDB's cast to TIMESTAMP cut them. DuckDB 2 does both: a text cast to
# TIMESTAMP is cut, and the same text cast to TIMESTAMP_NS and then to TIMESTAMP is rounded, which 1.4 cut too. So the last
# moment of a year is in this year or the next, by who read it, and a time that one reads and another loads is not equal.
# Output seen, for 2026-12-31T23:59:59.9999996Z:
#   msgspec                      2027-01-01 00:00:00
#   fromisoformat                2026-12-31 23:59:59.999999
#   pydantic                     2026-12-31 23:59:59.999999
#   pandas, to_pydatetime        2026-12-31 23:59:59.999999
#   DuckDB 1.4.4, by TIMESTAMP   2026-12-31 23:59:59.999999
#   DuckDB 1.4.4, by _NS         2026-12-31 23:59:59.999999
#   DuckDB 2.0.1, by TIMESTAMP   2026-12-31 23:59:59.999999
#   DuckDB 2.0.1, by _NS         2027-01-01 00:00:00
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
for version in 1.4.4 2.0.1; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "duckdb==$version" pytz
done
"$folder/2.0.1/bin/pip" install --quiet --disable-pip-version-check msgspec==0.23.0 pydantic==2.14.4 pandas==3.1.1
"$folder/2.0.1/bin/python" -W ignore - <<'PY'
from datetime import datetime

import msgspec
import pandas
from pydantic import TypeAdapter

WRITTEN = "2026-12-31T23:59:59.9999996Z"
read = {
    "msgspec": msgspec.json.decode(f'"{WRITTEN}"', type=datetime),
    "fromisoformat": datetime.fromisoformat(WRITTEN),
    "pydantic": TypeAdapter(datetime).validate_python(WRITTEN),
    "pandas, to_pydatetime": pandas.Timestamp(WRITTEN).to_pydatetime(),
}
for name, moment in read.items():
    print(f"{name:<28} {moment.replace(tzinfo=None)}")
assert {name for name, moment in read.items() if moment.year == 2027} == {"msgspec"}, "they round alike now"
PY
for version in 1.4.4 2.0.1; do
  "$folder/$version/bin/python" - <<'PY'
import duckdb

WRITTEN = "2026-12-31T23:59:59.9999996Z"
cut, rounded = duckdb.sql(f"SELECT '{WRITTEN}'::TIMESTAMP, '{WRITTEN}'::TIMESTAMP_NS::TIMESTAMP").fetchall()[0]
print(f"{f'DuckDB {duckdb.__version__}, by TIMESTAMP':<28} {cut}")
print(f"{f'DuckDB {duckdb.__version__}, by _NS':<28} {rounded}")
assert (cut.year, rounded.year) == (2026, 2027 if duckdb.__version__ > "2" else 2026), "the casts changed"
PY
done
