"""Whether a secret stands anywhere below a folder: in files, in every table of every database, however it is spelt."""

from __future__ import annotations

import gzip
import io
import re
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

import duckdb
import zstandard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ESCAPED = re.compile(rb"\\+u00([0-7][0-9a-fA-F])")
LAYERS = 4


def traces(folder: Path, secret: str) -> set[str]:
    """Where below the folder the secret stands: names and contents of files, as they lie there and what is inside."""
    plain = secret.encode()
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found = {str(path) for path in files if plain in path.read_bytes() or secret in str(path.relative_to(folder))}
    return found | {where for path in files for where, text in _inside(path) if reveals(text, secret)}


def reveals(content: bytes, secret: str) -> bool:
    """Whether ``content`` holds the secret, plain or spelt out by JSON and addresses several times over."""
    for _ in range(LAYERS):
        if secret.encode() in content:
            return True
        content = unquote_to_bytes(ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), content))
    return secret.encode() in content


def _inside(path: Path) -> Iterator[tuple[str, bytes]]:
    """``(where, text)`` of everything in a file that may say something."""
    whole = path.read_bytes()
    if path.suffix == ".zst":
        yield str(path), zstandard.ZstdDecompressor().stream_reader(io.BytesIO(whole)).read()
    elif path.suffix == ".gz":
        yield str(path), gzip.decompress(whole)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as parts:
            yield from ((f"{path}: {part}", parts.read(part)) for part in parts.namelist())
    elif path.suffix == ".parquet":
        with duckdb.connect() as con:
            rows = con.execute("SELECT to_json(t)::VARCHAR FROM read_parquet(?) AS t", [[str(path)]]).fetchall()
        yield str(path), "\n".join(row for (row,) in rows).encode()
    elif path.suffix == ".duckdb":
        yield from _duckdb_tables(path)
    elif whole.startswith(b"SQLite format 3"):
        yield from _sqlite_tables(path)
    else:
        yield str(path), whole


def _duckdb_tables(path: Path) -> Iterator[tuple[str, bytes]]:
    with duckdb.connect(str(path), read_only=True) as con:
        tables = con.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()  # views are made of them
        for schema, table in tables:
            rows = con.execute(f'SELECT to_json(t)::VARCHAR FROM "{schema}"."{table}" AS t').fetchall()  # noqa: S608
            yield f"{path}: {schema}.{table}", "\n".join(row for (row,) in rows).encode()


def _sqlite_tables(path: Path) -> Iterator[tuple[str, bytes]]:
    with closing(sqlite3.connect(path)) as con:
        for (table,) in con.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            rows = con.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608 - names of the file's own tables
            texts = (cell if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row)
            yield f"{path}: {table}", b"\n".join(texts)
