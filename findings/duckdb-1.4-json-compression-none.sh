#!/usr/bin/env bash
# DuckDB 1.4.5 and 2.0.1, Python 3.11.
# The documentation of read_json names "none" as the compression of a plain file. DuckDB 1.4 refuses it with an error about an enum
# of its own, and takes "uncompressed", which 2.0 takes too. read_csv of 1.4 takes "none".
# Output seen:
#   1.4.5 read_csv none: read
#   1.4.5 read_json none: Not implemented Error: Enum value: unrecognized value "NONE"
#   1.4.5 read_json uncompressed: read
#   2.0.1 read_csv none: read
#   2.0.1 read_json none: read
#   2.0.1 read_json uncompressed: read
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf 'a\n1\n' > rows.csv
printf '{"a": 1}\n' > rows.ndjson
cat > look.py <<'PY'
import duckdb

said = {}
for function, file, compression in (
    ("read_csv", "rows.csv", "none"),
    ("read_json", "rows.ndjson", "none"),
    ("read_json", "rows.ndjson", "uncompressed"),
):
    try:
        assert duckdb.sql(f"FROM {function}('{file}', compression = '{compression}')").fetchall() == [(1,)]
        said[function, compression] = "read"
    except duckdb.Error as error:
        said[function, compression] = str(error).partition(" for enum")[0]
    print(duckdb.__version__, function, f"{compression}:", said[function, compression])
refused = said.pop(("read_json", "none"))
assert set(said.values()) == {"read"}, said
assert ("unrecognized value" in refused) == duckdb.__version__.startswith("1.4"), refused
PY
for version in 1.4.5 2.0.1; do
  python3 -m venv "venv$version"
  "venv$version/bin/pip" install --quiet --disable-pip-version-check "duckdb==$version"
  "venv$version/bin/python" look.py
done
