#!/usr/bin/env bash
# DuckDB 1.4.4 and 2.0.1.
# json_transform_strict is to raise where a value cannot be the type asked for. It raises for a text that is no number, and
# bends what has another JSON type: 2.5 and 3.5 become the whole numbers 2 and 4 (the even neighbour), 2 becomes true, true
# becomes 1, and the text "NaN" a DOUBLE that is none. The literal 2.5 becomes 3 when SQL casts it, and so does the text.
# So whoever types answers of an API with it gets values that no answer held, without an error.
# Output seen, by both versions:
#   {"a": 2.5} as BIGINT: 2
#   {"a": 3.5} as BIGINT: 4
#   {"a": 2} as BOOLEAN: True
#   {"a": true} as BIGINT: 1
#   {"a": "NaN"} as DOUBLE: nan
#   {"a": "x"} as BIGINT: InvalidInputException
#   2.5::BIGINT and '2.5'::BIGINT: 3 and 3
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
for version in 1.4.4 2.0.1; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "duckdb==$version"
  "$folder/$version/bin/python" - <<'PY'
import duckdb

CASES = [("2.5", "BIGINT"), ("3.5", "BIGINT"), ("2", "BOOLEAN"), ("true", "BIGINT"), ('"NaN"', "DOUBLE"), ('"x"', "BIGINT")]
print("DuckDB", duckdb.__version__)
seen = []
for value, kind in CASES:
    statement = f"""SELECT json_transform_strict('{{"a": {value}}}', '{{"a": "{kind}"}}').a"""
    try:
        seen.append(repr(duckdb.execute(statement).fetchall()[0][0]))
    except duckdb.Error as error:
        seen.append(type(error).__name__)
    print(f'{{"a": {value}}} as {kind}: {seen[-1]}')
assert seen == ["2", "4", "True", "1", "nan", "InvalidInputException"], "values are bent otherwise now"
literal, text = duckdb.execute("SELECT 2.5::BIGINT, '2.5'::BIGINT").fetchall()[0]
print(f"2.5::BIGINT and '2.5'::BIGINT: {literal} and {text}")
assert (literal, text) == (3, 3), "the casts changed"
PY
done
