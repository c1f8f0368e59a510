#!/usr/bin/env bash
# DuckDB 1.4.5 and 1.5.6 against 2.0.1, Python 3.11.
# Before 2.0 the JSON arrow binds more loosely than AND: `a AND j ->> 'x' IS NOT NULL` is read as `(a AND j) ->> 'x' IS NOT NULL`.
# 2.0 reads it as most people mean it, so SQL written with 2.0 fails, or means something else, in the versions before it.
# Output seen:
#   1.4.5: ConversionException
#   1.5.6: ConversionException
#   2.0.1: [(False,)]
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
for version in 1.4.5 1.5.6 2.0.1; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "duckdb==$version"
  "$folder/$version/bin/python" - <<'PY'
import duckdb

query = "SELECT j ->> '$.a' IS NOT NULL AND j ->> '$.z' IS NOT NULL FROM (SELECT '{\"a\": 1}'::JSON AS j)"
try:
    said = str(duckdb.execute(query).fetchall())
except duckdb.ConversionException as error:
    said = type(error).__name__
print(f"{duckdb.__version__}: {said}")
assert said == ("[(False,)]" if duckdb.__version__ == "2.0.1" else "ConversionException"), "the behaviour has changed"
PY
done
