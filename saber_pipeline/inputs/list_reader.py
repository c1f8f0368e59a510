"""The rows of a list file of any format, in chunks of bounded size."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.list_chunks import CHUNK_ROWS, ListChunk
from saber_pipeline.inputs.list_files import format_of, unreadable
from saber_pipeline.inputs.list_options import NO_OPTIONS, ListOptions
from saber_pipeline.inputs.table_facts import TableFacts

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from saber_pipeline.inputs.list_rules import ListRules

_MOST_SHOWN = 300


def open_list(
    path: Path, rules: ListRules, *, options: ListOptions = NO_OPTIONS, chunk_rows: int = CHUNK_ROWS
) -> tuple[TableFacts, Generator[ListChunk]]:
    """The facts about the file, and its rows in chunks, numbered from 1. Blank CSV lines are no rows.

    Raises ListError (at once, or when the damage is reached) for a file that is empty, unreadable or has no
    recognisable column, and for every error of a reader's library.
    """
    parts = _parts(path, rules, options, chunk_rows)
    facts = next(parts)
    assert isinstance(facts, TableFacts)  # noqa: S101 - what comes first
    return facts, cast("Generator[ListChunk]", parts)


def _parts(path: Path, rules: ListRules, options: ListOptions, chunk_rows: int) -> Iterator[TableFacts | ListChunk]:
    """The facts, then the chunks."""
    try:
        yield from _reader(path)(path, rules, options, chunk_rows)
    except ListError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a library's own, and pyo3's panics, which are no Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise ListError(
            f"{path} cannot be read: {type(error).__name__}: {str(error)[:_MOST_SHOWN]}. Nothing was spent, and "
            "other lists are not affected. Save the file again, best as CSV (UTF-8)."
        ) from error


def _reader(path: Path):  # type: ignore[no-untyped-def]
    match format_of(path):
        case "parquet":
            from saber_pipeline.inputs.parquet_reader import read_parquet  # noqa: PLC0415  pyarrow costs 0.1 s

            return read_parquet
        case "xlsx":
            from saber_pipeline.inputs.excel_reader import read_excel  # noqa: PLC0415  likewise, its libraries

            return read_excel
        case _:
            from saber_pipeline.inputs.csv_reader import read_csv  # noqa: PLC0415  as its neighbours

            return read_csv
