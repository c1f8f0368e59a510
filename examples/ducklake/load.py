"""Load the Parquet tables of an object store into a DuckLake: what is new since the last time, in one transaction.

Usage: python load.py STORE LAKE DATA_PATH, such as

    python load.py s3://bucket/prefix lake.ducklake s3://bucket/lake/
    python load.py s3://bucket/prefix "postgres:dbname=lake host=db.example" s3://bucket/lake/

STORE is SABER_STORE_URL, to which saber_pipeline exports with SABER_STORE_EXPORTS=parquet. The login stands in
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, for another server than Amazon's, AWS_ENDPOINT_URL.

Each row keeps the name of the file that it came from, in loaded_from. A file never changes: one that the manifest names
is loaded once, and the rows of one that it names no more are deleted. Two loaders at once both change the one row of
loaded_manifest, so one of them fails, and has changed nothing: run it again.
"""
# ruff: noqa: S608 - names and texts are quoted here

from __future__ import annotations

import json
import os
import sys
from importlib.resources import files
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import duckdb

EXTENSIONS = ("httpfs", "ducklake")


def quoted(text: str) -> str:
    """As a string of SQL."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """As a name of SQL."""
    return '"' + text.replace('"', '""') + '"'


def load_extension(con: duckdb.DuckDBPyConnection, extension: str) -> None:
    """From the Python package that holds it, where it is installed, else from DuckDB's own server."""
    if find_spec(f"duckdb_extension_{extension}") is None:
        con.execute(f"INSTALL {extension}")
        con.execute(f"LOAD {extension}")
        return
    folder = files(f"duckdb_extension_{extension}") / "extensions" / f"v{duckdb.__version__}"
    con.execute(f"LOAD {quoted(str(folder / f'{extension}.duckdb_extension'))}")


def connect(lake: str, data_path: str) -> duckdb.DuckDBPyConnection:
    """A connection that reads the store, with the lake as ``lake``."""
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    for extension in EXTENSIONS:
        load_extension(con, extension)
    endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
    login = {
        "KEY_ID": os.environ.get("AWS_ACCESS_KEY_ID", ""),
        "SECRET": os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
        "SESSION_TOKEN": os.environ.get("AWS_SESSION_TOKEN", ""),
        "REGION": os.environ.get("AWS_REGION", ""),
        "ENDPOINT": endpoint.netloc,
        "URL_STYLE": "path" if endpoint.netloc else "",
        "USE_SSL": "false" if endpoint.scheme == "http" else "",
    }
    told = ", ".join(f"{option} {quoted(value)}" for option, value in login.items() if value)
    con.execute(f"CREATE SECRET store (TYPE s3{', ' if told else ''}{told})")
    # Without inlining: DuckLake keeps some names of columns for it, row_id among them.
    options = f"DATA_PATH {quoted(data_path)}, DATA_INLINING_ROW_LIMIT 0"
    con.execute(f"ATTACH {quoted(f'ducklake:{lake}')} AS lake ({options})")
    con.execute("USE lake")
    return con


def load(con: duckdb.DuckDBPyConnection, store: str) -> tuple[int, int]:
    """Make the lake's tables those of the manifest; returns how many files were loaded, and how many left."""
    ((text,),) = con.execute("SELECT content FROM read_text(?)", [f"{store}/exports/manifest.json"]).fetchall()
    manifest = json.loads(text)
    con.execute("BEGIN")
    try:
        con.execute("CREATE TABLE IF NOT EXISTS loaded_manifest (number BIGINT, answers BIGINT, loaded_at TIMESTAMPTZ)")
        con.execute("CREATE TABLE IF NOT EXISTS loaded_files (of_table VARCHAR, file VARCHAR)")
        if con.execute("FROM loaded_manifest WHERE number = ?", [manifest["number"]]).fetchall():
            con.execute("ROLLBACK")
            return 0, 0
        loaded = set(con.execute("SELECT of_table, file FROM loaded_files").fetchall())
        wanted = {(table, each["file"]) for table, told in manifest["tables"].items() for each in told["files"]}
        for table, told in manifest["tables"].items():
            fit_table(con, table, told["columns"], f"{store}/{told['files'][0]['file']}")
        for table in sorted({table for table, _ in loaded - wanted}):
            gone = [file for of_table, file in loaded - wanted if of_table == table]
            con.execute(f"DELETE FROM {name(table)} WHERE list_contains(?, loaded_from)", [gone])
            con.execute("DELETE FROM loaded_files WHERE of_table = ? AND list_contains(?, file)", [table, gone])
        for table in sorted({table for table, _ in wanted - loaded}):
            new = sorted(file for of_table, file in wanted - loaded if of_table == table)
            load_files(con, table, store, new)
        con.execute("DELETE FROM loaded_manifest")
        numbers = [manifest["number"], manifest["answers"]["number"]]
        con.execute("INSERT INTO loaded_manifest VALUES (?, ?, now())", numbers)
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    return len(wanted - loaded), len(loaded - wanted)


def fit_table(con: duckdb.DuckDBPyConnection, table: str, columns: list[dict[str, Any]], file: str) -> None:
    """Make the table with its comments, or the columns that it lacks; ``file`` is one of its files."""
    found = con.execute(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = 'lake' AND table_name = ?", [table]
    )
    there = {column for (column,) in found.fetchall()}
    if columns and there.issuperset(column["name"] for column in columns):
        return
    sample = f"read_parquet({quoted(file)}, hive_partitioning = false)"
    if not there:
        con.execute(f"CREATE TABLE {name(table)} AS SELECT *, '' AS loaded_from FROM {sample} LIMIT 0")
    types = {column: kind for column, kind, *_ in con.execute(f"DESCRIBE FROM {sample}").fetchall()}
    for column in columns:
        column_name = name(column["name"])
        if there and column["name"] not in there:
            con.execute(f"ALTER TABLE {name(table)} ADD COLUMN {column_name} {types[column['name']]}")
        if column["name"] not in there and column["comment"]:
            con.execute(f"COMMENT ON COLUMN {name(table)}.{column_name} IS {quoted(column['comment'])}")


def load_files(con: duckdb.DuckDBPyConnection, table: str, store: str, wanted: list[str]) -> None:
    """Add the rows of these files."""
    con.execute(
        f"INSERT INTO {name(table)} BY NAME SELECT * EXCLUDE (filename), substr(filename, ?) AS loaded_from "
        "FROM read_parquet(?, hive_partitioning = false, filename = true, union_by_name = true)",
        [len(store) + 2, [f"{store}/{file}" for file in wanted]],
    )
    con.executemany("INSERT INTO loaded_files VALUES (?, ?)", [(table, file) for file in wanted])


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if len(arguments) != len(("STORE", "LAKE", "DATA_PATH")):
        sys.exit(__doc__)
    new_files, old_files = load(connect(*arguments[1:]), arguments[0].rstrip("/"))
    print(f"Loaded {new_files:,} files; the rows of {old_files:,} earlier ones were deleted.")
