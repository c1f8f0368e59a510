#!/usr/bin/env bash
# DuckDB 1.4.2 (1.4.4 and later are right), Python 3.11.
# A VARCHAR column that holds only NULLs, in a file of storage version v1.4.0, is compressed as DICT_FSST. `WHERE v IS NULL` then
# finds none of its rows, without an error. 1.4.3 reads a file that 1.4.2 wrote in the same way; 1.4.4 reads it right.
# Output seen:
#   1.4.2: rows where v IS NULL: 0 of 2
#   1.4.4: rows where v IS NULL: 2 of 2
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
for version in 1.4.2 1.4.4; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "duckdb==$version"
  "$folder/$version/bin/python" - "$folder/$version.duckdb" <<'PY'
import sys

import duckdb

con = duckdb.connect()
con.execute(f"ATTACH '{sys.argv[1]}' AS made (STORAGE_VERSION 'v1.4.0')")
con.execute("CREATE TABLE made.t AS SELECT i, NULL::VARCHAR AS v FROM range(2) AS numbers(i)")
con.execute("DETACH made")
con.close()
con = duckdb.connect(sys.argv[1])
((found,),) = con.execute("SELECT count(*) FROM t WHERE v IS NULL").fetchall()
print(f"{duckdb.__version__}: rows where v IS NULL: {found} of 2")
assert found == {"1.4.2": 0, "1.4.4": 2}[duckdb.__version__], "the behaviour has changed"
PY
done
