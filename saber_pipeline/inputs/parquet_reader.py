"""The rows of a Parquet file, or of a folder of Parquet parts, in chunks."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.cells import duration_text
from saber_pipeline.inputs.list_chunks import ListChunk, as_json, chosen_column, facts_of
from saber_pipeline.inputs.list_files import parquet_parts
from saber_pipeline.inputs.list_options import LEFT_OUT
from saber_pipeline.inputs.table_facts import TableFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from saber_pipeline.inputs.list_options import ListOptions
    from saber_pipeline.inputs.list_rules import ListRules

_PANDAS_INDEX = re.compile(r"__index_level_\d+__")
_SAMPLE_ROWS = 300


def read_parquet(
    path: Path, rules: ListRules, options: ListOptions, chunk_rows: int
) -> Iterator[TableFacts | ListChunk]:
    """The facts, then the chunks. Raises ListError."""
    facts: TableFacts | None = None
    row_number = 1
    part = path
    try:
        parts = parquet_parts(path)
        for part in parts:
            _refuse_encrypted(part)
            with pq.ParquetFile(part, coerce_int96_timestamp_unit="us") as file:
                if facts is None:
                    names = _all_names(file.schema_arrow.names, parts[1:])
                    facts = _facts(file, names, path, rules, options)
                    yield facts
                for batch in file.iter_batches(batch_size=chunk_rows):
                    yield _chunk(row_number, batch, facts, options)
                    row_number += batch.num_rows
    except (pa.ArrowException, UnicodeError, OSError, MemoryError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the system's own: no permission, no such file
        if "ncrypt" in str(error):
            raise _encrypted(part) from error
        raise ListError(
            f"{part}, after row {row_number - 1}: the Parquet file is damaged ({error}). Write it again."
        ) from error
    if facts is None:
        raise ListError(f"{path} has no columns. Write it with one row for each {rules.kind.noun}.")


def _all_names(names: list[str], further_parts: Sequence[Path]) -> list[str]:
    """The columns of the first part, then those that only further parts have: writers add columns between parts."""
    known = Counter(names)
    found = list(names)
    for part in further_parts:
        try:
            others = Counter(pq.read_schema(part).names)
        except (pa.ArrowException, OSError):
            continue  # the reader names it when it comes there
        found += (others - known).elements()
        known |= others
    return found


def _facts(file: pq.ParquetFile, names: list[str], path: Path, rules: ListRules, options: ListOptions) -> TableFacts:
    header = [name for name in names if not _PANDAS_INDEX.fullmatch(name)]
    index = [name for name in names if _PANDAS_INDEX.fullmatch(name)]
    if not names:
        raise ListError(f"{path} has no columns. Write it with one row for each {rules.kind.noun}.")
    first = next(file.iter_batches(batch_size=_SAMPLE_ROWS), None)
    notes: list[str] = []

    index.sort(key=lambda name: not _names_somebody(_samples(first, [name]), rules))
    has_used_index = bool(index) and _names_somebody(_samples(first, index[:1]), rules)
    choice = None
    try:
        choice = chosen_column(header, _samples(first, header), path, rules, options)
    except ListError:
        if not has_used_index:
            raise
    if choice is None or (has_used_index and not _names_somebody(_samples(first, [header[choice.column]]), rules)):
        header = [*index, *header]  # the unnamed index of the frame may hold the domains
        choice = chosen_column(header, _samples(first, header), path, rules, options, has_header=False)
        notes.append("The subjects are in the unnamed index of a pandas frame.")
    return facts_of("parquet", header, choice, notes=tuple(notes))


def _names_somebody(rows: list[list[str | None]], rules: ListRules) -> bool:
    """Whether any first cell names a subject."""
    return any(rules.names_somebody(row[0]) for row in rows)


def _samples(batch: pa.RecordBatch | None, columns: list[str]) -> list[list[str | None]]:
    if batch is None:
        return []
    values = [[_text(value) for value in plain_values(column)] for column in _columns(batch, columns)]
    return [list(row) for row in zip(*values, strict=True)]


def _columns(batch: pa.RecordBatch, names: list[str]) -> list[pa.Array]:
    """The columns of these names, in this order. Columns with the same name keep their order; missing ones are null."""
    taken: dict[str, int] = {}
    found = []
    for name in names:
        places = [i for i, other in enumerate(batch.schema.names) if other == name]
        nth = taken.get(name, 0)
        taken[name] = nth + 1
        found.append(batch.column(places[nth]) if nth < len(places) else pa.nulls(batch.num_rows))
    return found


def _chunk(first_row_number: int, batch: pa.RecordBatch, facts: TableFacts, options: ListOptions) -> ListChunk:
    columns = [plain_values(values) for values in _columns(batch, list(facts.columns))]
    raw_values = [_text(value) for value in columns[facts.column]]
    fallbacks = tuple((facts.keys[i], [_text(value) for value in columns[i]]) for i in facts.fallbacks)
    refused: dict[int, str] = {}
    for key, allowed in options.filters_for(facts):
        for offset, value in enumerate(columns[facts.keys.index(key)]):
            if (_text(value) or "").strip() not in allowed:
                refused[offset] = LEFT_OUT
    other_keys = [key for i, key in enumerate(facts.keys) if i != facts.column]
    others = [values for i, values in enumerate(columns) if i != facts.column]
    rows = (
        [dict(zip(other_keys, row, strict=True)) for row in zip(*others, strict=True)]
        if others
        else [{} for _ in raw_values]
    )
    attributes = as_json(msgspec.json.Encoder(enc_hook=str), rows)
    return ListChunk(first_row_number, raw_values, attributes, fallbacks, refused)


def plain_values(values: pa.Array) -> list[Any]:
    """Python values that JSON can hold: times in UTC and microseconds, bytes as text, spans of time as hours."""
    if pa.types.is_float16(values.type) or pa.types.is_float32(values.type):  # 0.1, not what it is in 64 bits
        return [None if text is None else float(text) for text in values.cast(pa.string()).to_pylist()]
    kind = _readable(values.type)
    if kind != values.type:
        values = values.cast(kind, safe=False)
    plain: list[Any]
    try:
        plain = values.to_pylist()
    except (ValueError, OverflowError, TypeError, pa.ArrowException):  # a time that Python's types cannot hold
        plain = values.cast(pa.string()).to_pylist()
    return [_decoded(value) for value in plain] if _is_decoded(kind) else plain


def _readable(kind: pa.DataType) -> pa.DataType:  # noqa: PLR0911 - one for each kind
    """The type with every time in UTC, whatever the name of its zone, and in microseconds if it was finer."""
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us" if kind.unit == "ns" else kind.unit, None if kind.tz is None else "UTC")
    if pa.types.is_dictionary(kind):
        return _readable(kind.value_type)
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_readable(field.type)) for field in kind])
    if pa.types.is_map(kind):
        return pa.map_(_readable(kind.key_type), _readable(kind.item_type))
    if pa.types.is_large_list(kind):
        return pa.large_list(_readable(kind.value_type))
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_readable(kind.value_type)))
    return kind


def _is_decoded(kind: pa.DataType) -> bool:
    """Whether values of the type may be, or contain, bytes or spans of time."""
    types = pa.types
    bytes_or_spans = (types.is_binary, types.is_large_binary, types.is_fixed_size_binary, types.is_duration)
    return types.is_nested(kind) or any(is_kind(kind) for is_kind in bytes_or_spans) or str(kind) == "binary_view"


def _decoded(value: Any) -> Any:
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.hex()
    if isinstance(value, dt.timedelta):
        return duration_text(value)
    if isinstance(value, list | tuple):
        return [_decoded(item) for item in value]
    if isinstance(value, dict):
        return {name: _decoded(item) for name, item in value.items()}
    return value


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):  # several values of one row
        return ", ".join(text for item in value if (text := _text(item)) is not None)
    return str(value)


def _refuse_encrypted(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(4) == b"PARE":
            raise _encrypted(path)


def _encrypted(path: Path) -> ListError:
    return ListError(
        f"{path} is encrypted, and its key is not known here. Nothing was spent. Write it without encryption."
    )
