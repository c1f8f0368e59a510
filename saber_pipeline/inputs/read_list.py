"""The rows of a list file, CSV or Parquet, in chunks of bounded size."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import msgspec

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.columns import choose_column, distinct_names, is_column_name
from saber_pipeline.inputs.csv_records import (
    Records,
    declared_delimiter,
    detect_delimiter,
    detect_encoding,
    open_text,
)
from saber_pipeline.inputs.list_files import unreadable
from saber_pipeline.inputs.table_facts import TableFacts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from saber_pipeline.inputs.list_rules import ListRules

_CHUNK_ROWS = 20_000
_PANDAS_INDEX = re.compile(r"__index_level_\d+__")
_EXTRA = "extra_values"


@dataclass(frozen=True)
class ListChunk:
    """Neighbouring data rows: ``raw_values[i]`` and ``attributes[i]`` belong to row ``first_row_number + i``.

    A raw value is the cell of the subject's column, None where it is null or missing. Attributes are a
    JSON object of the other columns under their header names. ``fallbacks``: key and cells of the columns to ask, in
    this order, where a raw value names nobody. ``refused``: why the row at an offset is no row to use.
    """

    first_row_number: int
    raw_values: list[str | None]
    attributes: list[str]
    fallbacks: tuple[tuple[str, list[str | None]], ...] = ()
    refused: dict[int, str] = field(default_factory=dict)


def open_list(path: Path, rules: ListRules, *, chunk_rows: int = _CHUNK_ROWS) -> tuple[TableFacts, Iterator[ListChunk]]:
    """What the file is, and its rows in chunks, numbered from 1; blank CSV lines are no rows.

    Raises ListError (at once, or where the damage is) for a file that is empty, unreadable or has no recognisable
    column.
    """
    parts = _parts(path, rules, chunk_rows)
    facts = next(parts)
    assert isinstance(facts, TableFacts)  # noqa: S101 - what comes first
    return facts, cast("Iterator[ListChunk]", parts)


def read_list(path: Path, rules: ListRules, *, chunk_rows: int = _CHUNK_ROWS) -> Iterator[ListChunk]:
    """The rows alone, as ``open_list`` gives them."""
    yield from open_list(path, rules, chunk_rows=chunk_rows)[1]


def _parts(path: Path, rules: ListRules, chunk_rows: int) -> Iterator[TableFacts | ListChunk]:
    """The facts, then the chunks."""
    read = _read_parquet if path.suffix.lower() == ".parquet" else _read_csv
    try:
        yield from read(path, rules, chunk_rows)
    except OSError as error:
        raise unreadable(path, error) from error


def _read_csv(path: Path, rules: ListRules, chunk_rows: int) -> Iterator[TableFacts | ListChunk]:
    encoding = detect_encoding(path)
    records: Records | None = None
    try:
        delimiter = detect_delimiter(path, encoding, lambda cell: is_column_name(cell, rules.columns))
        with open_text(path, encoding) as file:
            records = Records(file, delimiter)
            header = next(records, None)
            if header is not None and declared_delimiter(delimiter.join(header)):
                header = next(records, None)
            if header is None or not any(cell.strip() for cell in header):
                raise ListError(f"{path} is empty. Give it a header row and one row for each {rules.kind.noun}.")
            rows: Iterator[list[str]] = records
            if len(header) == 1 and not is_column_name(header[0], rules.columns) and rules.is_value(header[0]):
                rows = itertools.chain([header], records)
            column = choose_column(header, path, rules.columns)
            names = distinct_names(header)
            extra = distinct_names([*names, _EXTRA])[-1]
            yield TableFacts(
                "csv", tuple(header), tuple(names), column, extra_key=extra, encoding=encoding, delimiter=delimiter
            )
            yield from _csv_chunks(rows, header, column, chunk_rows)
    except UnicodeError as error:
        line = records.line_number + 1 if records else 1
        raise ListError(
            f"{path}, near line {line}: the bytes there are not {encoding} text, which the rest of the file "
            "is. Save the file again as CSV (UTF-8)."
        ) from error


def _csv_chunks(rows: Iterator[list[str]], header: list[str], column: int, chunk_rows: int) -> Iterator[ListChunk]:
    names = distinct_names(header)
    extra = distinct_names([*names, _EXTRA])[-1]
    other_names = names[:column] + names[column + 1 :]
    width = len(header)
    encoder = msgspec.json.Encoder()
    first_row_number = 1
    while block := list(itertools.islice(rows, chunk_rows)):
        raw_values: list[str | None] = []
        others: list[dict[str, Any]] = []
        for row in block:
            if len(row) == width:
                raw_values.append(row.pop(column))
                others.append(dict(zip(other_names, row, strict=True)))
            else:  # ragged: what is missing is null, what is too much is kept beside the rest
                filled = [*row[:width], *[None] * (width - len(row))]
                raw_values.append(filled.pop(column))
                others.append(dict(zip(other_names, filled, strict=True)))
                if len(row) > width:
                    others[-1][extra] = row[width:]
        yield ListChunk(first_row_number, raw_values, _as_json(encoder, others))
        first_row_number += len(block)


def _as_json(encoder: msgspec.json.Encoder, rows: list[dict[str, Any]]) -> list[str]:
    """Each row as a JSON text; all at once, because a call for each would take longer than the work itself."""
    return encoder.encode_lines(rows).decode().split("\n")[:-1]


def _read_parquet(path: Path, rules: ListRules, chunk_rows: int) -> Iterator[TableFacts | ListChunk]:
    import pyarrow as pa  # noqa: PLC0415  pyarrow costs 0.1 s, which a run without Parquet lists saves
    import pyarrow.parquet as pq  # noqa: PLC0415  as above

    row_number = 1
    try:
        with pq.ParquetFile(path) as file:
            header = [name for name in file.schema_arrow.names if not _PANDAS_INDEX.fullmatch(name)]
            if not header:
                raise ListError(f"{path} has no columns. Write it with one row for each {rules.kind.noun}.")
            column = choose_column(header, path, rules.columns)
            keys = distinct_names(header)
            yield TableFacts("parquet", tuple(header), tuple(keys), column)
            for batch in file.iter_batches(batch_size=chunk_rows):
                columns = [
                    _plain_values(values)
                    for name, values in zip(batch.schema.names, batch.columns, strict=True)
                    if not _PANDAS_INDEX.fullmatch(name)
                ]
                yield _parquet_chunk(row_number, keys, columns, column)
                row_number += batch.num_rows
    except (pa.ArrowException, UnicodeError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the system's own: no permission, no such file
        raise ListError(
            f"{path}, behind row {row_number - 1}: the Parquet file is damaged ({error}). Write it again."
        ) from error


def _parquet_chunk(first_row_number: int, keys: list[str], columns: list[list[Any]], column: int) -> ListChunk:
    subject = columns[column]
    raw_values = [None if value is None else _as_text(value) for value in subject]
    other_keys = keys[:column] + keys[column + 1 :]
    others = columns[:column] + columns[column + 1 :]
    if not others:
        return ListChunk(first_row_number, raw_values, ["{}"] * len(raw_values))
    rows = [dict(zip(other_keys, row, strict=True)) for row in zip(*others, strict=True)]
    return ListChunk(first_row_number, raw_values, _as_json(msgspec.json.Encoder(enc_hook=str), rows))


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, list):  # several values of one row
        return ", ".join(_as_text(item) for item in value if item is not None)
    return str(value)


def _plain_values(values: pa.Array[Any]) -> list[Any]:
    """Python values; nanoseconds, which Python's times lack, are cut to microseconds."""
    import pyarrow as pa  # noqa: PLC0415  as above

    if pa.types.is_timestamp(values.type) and values.type.unit == "ns":
        values = values.cast(pa.timestamp("us", values.type.tz), safe=False)
    plain: list[Any]
    try:
        plain = values.to_pylist()
    except (ValueError, OverflowError):  # a time that Python's types cannot hold
        plain = values.cast(pa.string()).to_pylist()
    return plain
