#!/usr/bin/env bash
# msgspec 0.22.0, duckdb 2.0.0, Python 3.11.
# A JSON object may name a member twice. msgspec takes the last one, DuckDB the first, in an arrow as in json_transform; neither
# says a word. A pipeline that decides with one and loads with the other decides about a value that it does not load.
# Output seen:
#   msgspec 2, DuckDB 1 by an arrow and 1 by json_transform
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check msgspec==0.22.0 duckdb==2.0.0
"$folder/venv/bin/python" - <<'PY'
import duckdb
import msgspec


class Row(msgspec.Struct):
    a: int


text = '{"a": 1, "a": 2}'
decoded = msgspec.json.decode(text, type=Row).a
((arrow, transformed),) = duckdb.execute(
    """SELECT (?::JSON -> 'a')::INTEGER, json_transform(?::JSON, '{"a": "INTEGER"}').a""", [text, text]
).fetchall()
print(f"msgspec {decoded}, DuckDB {arrow} by an arrow and {transformed} by json_transform")
assert decoded == 2, "msgspec takes another one now"
assert (arrow, transformed) == (1, 1), "DuckDB takes another one now"
PY
