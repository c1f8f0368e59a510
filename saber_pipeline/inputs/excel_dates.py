"""Dates of a workbook before its first day, which calamine gives as times of day.

A workbook counts days from 1900, or from 1904 where a Mac made it. For a cell at or before day 0 calamine gives the
time of day alone, so that 1850-05-06 and midnight look alike. openpyxl tells them apart, by the number and by the
cell's format. Days before 1900 are counted as openpyxl, pandas and LibreOffice write them; Excel itself shows none.
"""

from __future__ import annotations

import datetime as dt
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

UNTOLD = "Some times of day may be dates before the workbook's first day; the two cannot be distinguished."
_FIRST_DAY, _FIRST_DAY_OF_A_MAC = dt.date(1899, 12, 31), dt.date(1904, 1, 1)
_NOT_OF_THE_DATE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_OF_THE_DATE = re.compile("[yde]", re.IGNORECASE)


def put_early_dates(path: Path, sheet: str, table: list[list[Any]]) -> str | None:
    """Replace times in ``table`` that are dates by ``datetime``; a sentence for a person where that cannot be done.

    ``table``: the sheet's rows from its first line. The file is read a second time only where there are times.
    """
    times = [(i, k) for i, row in enumerate(table) for k, cell in enumerate(row) if isinstance(cell, dt.time)]
    if not times:
        return None
    try:
        found = _early_dates(path, sheet, times)
    except Exception:  # noqa: BLE001 - openpyxl refuses files that calamine reads; the times are a reading too
        return UNTOLD
    for (row, column), date in found.items():
        table[row][column] = date
    return None


def _early_dates(path: Path, sheet: str, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], dt.datetime]:
    import openpyxl  # noqa: PLC0415  slow, and needed for few workbooks
    from openpyxl.utils.datetime import MAC_EPOCH  # noqa: PLC0415  as above

    wanted: dict[int, list[int]] = {}
    for row, column in places:
        wanted.setdefault(row, []).append(column)
    found = {}
    with closing(openpyxl.load_workbook(path, read_only=True, data_only=True)) as workbook:
        first = _FIRST_DAY_OF_A_MAC if workbook.epoch == MAC_EPOCH else _FIRST_DAY
        rows = workbook[sheet]
        rows.reset_dimensions()  # some programs write wrong dimensions
        for row in rows.iter_rows(max_row=max(wanted) + 1):
            for cell in row:
                if cell.value is None or cell.column - 1 not in wanted.get(cell.row - 1, ()):
                    continue
                date = _date(cell.value, cell.number_format or "", first)
                if date is not None:
                    found[cell.row - 1, cell.column - 1] = date
    return found


def _date(value: Any, number_format: str, first: dt.date) -> dt.datetime | None:
    """The date that a cell shows, None for one that shows a time of day."""
    if not _OF_THE_DATE.search(_NOT_OF_THE_DATE.sub("", number_format)):
        return None
    if isinstance(value, dt.datetime):
        return value
    return dt.datetime.combine(first, value) if isinstance(value, dt.time) else None
