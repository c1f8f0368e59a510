#!/usr/bin/env bash
# DuckDB 2.0.1, polars 2.1.0, pyarrow 26.0.1, pandas 3.1.1, Python 3.11.
# Parquet has marks for columns that hold JSON or a UUID, and DuckDB writes them. pandas gives the text and Python's UUID.
# polars knows neither mark: a column of JSON is Binary, so that its text functions refuse it, and a UUID is 16 bytes. The
# same rows written as VARCHAR are texts for all.
# Output seen:
#   JSON      polars Binary [b'{"a": 1}']  pandas ['{"a": 1}']
#   UUID      polars Binary [b'\x12>Eg\xe8\x9b\x12\xd3\xa4VBf\x14\x17@\x00']  pandas [UUID('123e4567-e89b-12d3-a456-426614174000')]
#   VARCHAR   polars String ['{"a": 1}']  pandas ['{"a": 1}']
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1 pandas==3.1.1
cd "$folder"
venv/bin/python - <<'PY'
import duckdb
import pandas as pd
import polars as pl

VALUES = {"JSON": '{"a": 1}', "UUID": "123e4567-e89b-12d3-a456-426614174000", "VARCHAR": '{"a": 1}'}
kinds = {}
for kind, value in VALUES.items():
    duckdb.execute(f"COPY (SELECT '{value}'::{kind} AS told) TO '{kind}.parquet' (FORMAT parquet)")
    in_polars = pl.read_parquet(f"{kind}.parquet")["told"]
    in_pandas = pd.read_parquet(f"{kind}.parquet")["told"].tolist()
    kinds[kind] = str(in_polars.dtype)
    print(f"{kind:<9} polars {in_polars.dtype} {in_polars.to_list()}  pandas {in_pandas}")
    assert [str(each) for each in in_pandas] == [value], "pandas reads otherwise"
assert kinds == {"JSON": "Binary", "UUID": "Binary", "VARCHAR": "String"}, "polars reads otherwise now"
PY
