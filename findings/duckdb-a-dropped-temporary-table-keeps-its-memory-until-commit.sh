#!/usr/bin/env bash
# DuckDB 1.4.4 and 2.0.1, Python 3.11.
# A temporary table that a transaction made and dropped again can be seen by nobody, and yet it keeps its memory until the
# transaction ends. A long transaction that makes a step's table anew, with CREATE OR REPLACE TEMP TABLE, takes the memory of all its
# steps and not of the largest one. Outside a transaction each step gives it back.
# Output seen:
#   1.4.4: without a transaction [37, 37, 37, 37, 37] MiB, in one [37, 74, 111, 148, 185] MiB, after COMMIT 37 MiB
#   2.0.1: without a transaction [35, 35, 35, 35, 35] MiB, in one [35, 70, 105, 141, 176] MiB, after COMMIT 35 MiB
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
for version in 1.4.4 2.0.1; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "duckdb==$version"
  "$folder/$version/bin/python" - <<'PY'
import duckdb

con = duckdb.connect()
MIB = 2**20


def tables_memory() -> int:
    query = "SELECT sum(memory_usage_bytes) FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'"
    return int(con.execute(query).fetchone()[0]) // MIB


def steps() -> list[int]:
    """The memory of tables after each of five steps."""
    seen = []
    for _ in range(5):
        con.execute("CREATE OR REPLACE TEMP TABLE step AS SELECT md5(i::VARCHAR) AS word FROM range(1000000) AS numbers(i)")
        seen.append(tables_memory())
    return seen


alone = steps()
con.execute("DROP TABLE step")
con.execute("BEGIN")
within = steps()
con.execute("COMMIT")
after = tables_memory()
print(f"{duckdb.__version__}: without a transaction {alone} MiB, in one {within} MiB, after COMMIT {after} MiB")
one = alone[0]
assert max(alone) <= 1.2 * one, "the behaviour has changed"
assert within[-1] >= 4 * one, "the behaviour has changed"
assert after <= 1.2 * one, "the behaviour has changed"
PY
done
