"""Rows as an Excel workbook, streamed to disk."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from saber_pipeline.config.paths import cannot_write
from saber_pipeline.config.private_files import whole_file
from saber_pipeline.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

MOST_ROWS = 1_048_575
"""Below the header of a sheet."""
LONGEST_CELL = 32_767
"""Characters, Excel's own limit."""
_UNREADABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_EXACT_INTEGER = 10**15  # Excel keeps 15 digits of a number


def write_workbook(
    file: Path, headers: Sequence[str], rows: Iterable[Sequence[Any]], sheet_name: str
) -> tuple[int, int]:
    """Write one sheet; returns its number of rows, and of texts that were cut to Excel's 32,767 characters.

    Texts stay texts: no formula, no link, no number made of an id. StorageError when the file cannot be written, or the
    rows are more than a sheet holds.
    """
    import xlsxwriter  # noqa: PLC0415 - only an export needs it

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": True,
    }
    try:
        with whole_file(file) as unfinished:
            book = xlsxwriter.Workbook(str(unfinished), options)
            sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", "_", sheet_name)[:31])
            number = cut = 0
            for column, header in enumerate(headers):
                _write(sheet, 0, column, header)
            for number, row in enumerate(rows, start=1):
                if number > MOST_ROWS:
                    raise StorageError(
                        f"{file} was not written: a sheet holds {MOST_ROWS:,} rows, and there are more. Nothing was "
                        "spent. Write .csv or .parquet instead."
                    )
                for column, value in enumerate(row):
                    cut += _write(sheet, number, column, value)
            sheet.freeze_panes(1, 0)
            book.close()
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise cannot_write(file, error if isinstance(error, OSError) else OSError(None, str(error))) from None
    return number, cut


def _write(sheet: Any, row: int, column: int, value: Any) -> int:
    """Write one cell; returns 1 where its text had to be cut."""
    match value:
        case None:
            return 0
        case bool():
            sheet.write_boolean(row, column, value)
            return 0
        case int() | float() if math.isfinite(value) and abs(value) < _EXACT_INTEGER:
            sheet.write_number(row, column, value)
            return 0
    text = _UNREADABLE.sub("\ufffd", str(value)).replace("\r\n", "\n").replace("\r", "\n")  # as Excel has them
    shown = _cut(text)
    told = sheet.write_string(row, column, shown)
    if told:  # XlsxWriter says -1 or -2 instead of raising
        raise StorageError(f"Row {row:,}, column {column + 1} cannot be written to a workbook. Write .csv instead.")
    return int(shown != text)


def _cut(text: str) -> str:
    """As much of it as a cell holds. Excel counts in UTF-16, where an emoji is two characters."""
    if 2 * len(text) <= LONGEST_CELL:
        return text
    return text.encode("utf-16-le")[: 2 * LONGEST_CELL].decode("utf-16-le", errors="ignore")
