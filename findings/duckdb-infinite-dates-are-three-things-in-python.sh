#!/usr/bin/env bash
# DuckDB 2.0.1, pandas 3.1.1, Python 3.11.
# 'infinity' is a DATE and a TIMESTAMP of DuckDB ("until further notice"). As a Python value it is the last day of the year 9999,
# finite. In a data frame the timestamp is a finite time of the year 294247, and the date is an error for the whole column. A
# comparison with 'infinity' holds in DuckDB only.
# Output seen:
#   Python 9999-12-31 and 9999-12-31 23:59:59.999999; pandas, timestamp: year 294247; pandas, date: ConversionException
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 pandas==3.1.1
"$folder/venv/bin/python" - <<'PY'
import duckdb

[(day, moment)] = duckdb.sql("SELECT DATE 'infinity', TIMESTAMP 'infinity'").fetchall()
[framed] = duckdb.sql("SELECT TIMESTAMP 'infinity' AS until").df()["until"]
try:
    duckdb.sql("SELECT DATE 'infinity' AS until").df()
    of_the_date = "a value"
except duckdb.ConversionException as error:
    of_the_date = type(error).__name__
print(f"Python {day} and {moment}; pandas, timestamp: year {framed.year}; pandas, date: {of_the_date}")
assert day.year == moment.year == 9999
assert framed.year == 294247
assert of_the_date == "ConversionException"
PY
