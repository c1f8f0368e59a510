"""The rows of a CSV file, packed or not, in chunks."""

from __future__ import annotations

import csv
import gzip
import itertools
import zlib
from typing import TYPE_CHECKING

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.csv_dialect import NO_DELIMITER, Layout, find_layout, unwrapped
from saber_pipeline.inputs.csv_records import Records, detect_encoding, open_text
from saber_pipeline.inputs.list_chunks import ListChunk, chosen_column, facts_of, record_chunks
from saber_pipeline.inputs.table_facts import TableFacts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from saber_pipeline.inputs.list_options import ListOptions
    from saber_pipeline.inputs.list_rules import ListRules

_SAMPLE_CHARACTERS = 256 * 1024


def read_csv(path: Path, rules: ListRules, options: ListOptions, chunk_rows: int) -> Iterator[TableFacts | ListChunk]:
    """The facts, then the chunks. Raises ListError."""
    records: Records | None = None
    encoding = "text"
    try:
        encoding = detect_encoding(path)
        with open_text(path, encoding) as file:
            text = file.read(_SAMPLE_CHARACTERS)
            if len(text) == _SAMPLE_CHARACTERS:
                text += file.readline()
        if not text.strip('\ufeff\r\n\t ,;|"'):
            raise ListError(f"{path} is empty. Give it a header row and one row for each {rules.kind.noun}.")
        text = _from_header_line(text, options)
        layout = find_layout(text, path, rules, delimiter=options.delimiter)
        with open_text(path, encoding) as file:
            for _ in range((options.header_line or 1) - 1):
                file.readline()
            if layout.declared:
                file.readline()
            records = Records(iter(file), layout.dialect)
            records.one_by_one = True  # as far as the header, whose line is told
            yield from _parts(records, layout, path, rules, options, encoding, chunk_rows)
    except UnicodeError as error:
        line = records.line_number + 1 if records else 1
        raise ListError(
            f"{path}, near line {line}: these bytes are not {encoding} text, unlike the rest of the file. Save the "
            "file again as CSV (UTF-8)."
        ) from error
    except csv.Error as error:
        line = records.line_number if records else 1
        raise ListError(
            f"{path}, near line {line}: it cannot be split into cells ({error}). Save it again as CSV."
        ) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ListError(
            f"{path} is not a complete gzip file ({error}). Nothing was spent. Compress it again."
        ) from error


def _from_header_line(text: str, options: ListOptions) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(lines[(options.header_line or 1) - 1 :])


def _parts(
    records: Records,
    layout: Layout,
    path: Path,
    rules: ListRules,
    options: ListOptions,
    encoding: str,
    chunk_rows: int,
) -> Iterator[TableFacts | ListChunk]:
    rows: Iterator[list[str]] = unwrapped(records, layout.dialect)
    if len(layout.dialect.delimiter) > 1:
        stand_in, delimiter = layout.dialect.character, layout.dialect.delimiter
        rows = ([cell.replace(stand_in, delimiter) for cell in row] for row in rows)
    index = layout.header.index
    if options.header_line is not None:
        index = 0
    skipped = list(itertools.islice(rows, layout.header.first_row - (index is not None) if index is None else index))
    if index is None:
        width = max((len(row) for row in layout.samples), default=1)
        header = [""] * width
    else:
        header = next(rows, [])
        if not any(cell.strip() for cell in header):
            raise ListError(f"{path} is empty. Give it a header row and one row for each {rules.kind.noun}.")
    before = (options.header_line or 1) - 1 + layout.declared  # lines that are no records
    line = None if index is None else before + records.line_number
    records.one_by_one = False
    choice = chosen_column(header, layout.samples, path, rules, options, has_header=index is not None)
    facts = facts_of(
        "csv",
        header,
        choice,
        encoding=encoding,
        delimiter=None if layout.dialect.delimiter == NO_DELIMITER else layout.dialect.delimiter,
        header_line=line,
        preamble=tuple(layout.dialect.delimiter.join(cells)[:200] for cells in skipped),
    )
    yield facts
    yield from record_chunks(rows, facts, rules, options, chunk_rows)
