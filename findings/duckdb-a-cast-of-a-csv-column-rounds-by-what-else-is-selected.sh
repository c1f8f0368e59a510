#!/usr/bin/env bash
# DuckDB 2.0.1 (1.5.6 is consistent), Python 3.11.
# A DOUBLE becomes an INTEGER with halves to the even number, a text with halves away from zero. 2.0 moves a cast into the reader
# of a CSV file where the query reads the column in no other way, so the text is cast and not the DOUBLE that the column is said to
# be. Selecting the column itself as well, or putting the rows into a table first, changes the numbers. A condition rounds one way
# and the rows it keeps may be shown rounded the other way.
# Output seen:
#   1.5.6: cast alone [0, 2, 2, 4], beside the column [0, 2, 2, 4], from a table [0, 2, 2, 4]
#   2.0.1: cast alone [1, 2, 3, 4], beside the column [0, 2, 2, 4], from a table [0, 2, 2, 4]
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
printf 'amount\n0.5\n1.5\n2.5\n3.5\n' >"$folder/amounts.csv"
for version in 1.5.6 2.0.1; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "duckdb==$version"
  "$folder/$version/bin/python" - "$folder/amounts.csv" <<'PY'
import sys

import duckdb

con = duckdb.connect()
con.execute(f"CREATE VIEW amounts AS FROM read_csv('{sys.argv[1]}')")
assert con.execute("SELECT DISTINCT typeof(amount) FROM amounts").fetchall() == [("DOUBLE",)]
alone = [whole for (whole,) in con.execute("SELECT amount::INTEGER FROM amounts").fetchall()]
beside = [whole for _, whole in con.execute("SELECT amount, amount::INTEGER FROM amounts").fetchall()]
con.execute("CREATE TABLE loaded AS FROM amounts")
table = [whole for (whole,) in con.execute("SELECT amount::INTEGER FROM loaded").fetchall()]
print(f"{duckdb.__version__}: cast alone {alone}, beside the column {beside}, from a table {table}")
assert beside == table == [0, 2, 2, 4], "the behaviour has changed"
assert alone == {"1.5.6": [0, 2, 2, 4], "2.0.1": [1, 2, 3, 4]}[duckdb.__version__], "the behaviour has changed"
PY
done
