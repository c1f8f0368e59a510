"""The rows of an Excel workbook's first visible sheet that has any, or of the one that lists.yaml names.

calamine reads values as they are; where the subjects' cells show names with links behind them, openpyxl reads the
links, which calamine does not know.
"""

from __future__ import annotations

import datetime as dt
import re
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import python_calamine as calamine

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.cells import duration_text
from saber_pipeline.inputs.columns import is_useless, useful_share
from saber_pipeline.inputs.excel_dates import put_early_dates
from saber_pipeline.inputs.list_chunks import ListChunk, chosen_column, facts_of, record_chunks
from saber_pipeline.inputs.table_facts import TableFacts
from saber_pipeline.inputs.table_header import find_header, modal_width

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from saber_pipeline.inputs.list_options import ListOptions
    from saber_pipeline.inputs.list_rules import ListRules

_SAMPLE_ROWS = 300
_HYPERLINK = re.compile(r'\s*=\s*HYPERLINK\(\s*"([^"]+)"', re.IGNORECASE)
_LINK = " (link)"


def read_excel(path: Path, rules: ListRules, options: ListOptions, chunk_rows: int) -> Iterator[TableFacts | ListChunk]:
    """The facts, then the chunks. Raises ListError."""
    sheet, table, others = _sheet(path, options)
    untold = put_early_dates(path, sheet, table)
    lines = [(number, row) for number, row in enumerate(_texts(table), start=1) if any(cell.strip() for cell in row)]
    if options.header_line is not None:
        lines = [(number, row) for number, row in lines if number >= options.header_line]
    if not lines:
        raise ListError(f"{path} is empty. Give it a header row and one row for each {rules.kind.noun}.")
    width = max(len(row) for _, row in lines)
    used = [any(index < len(row) and row[index].strip() for _, row in lines) for index in range(width)]
    columns = [index for index in range(width) if used[index]]  # an entirely empty column is left out
    numbers = [number for number, _ in lines]
    records = [[row[index] if index < len(row) else "" for index in columns] for _, row in lines]
    head = records[:_SAMPLE_ROWS]
    header = find_header(head, modal_width(head), rules)
    index = 0 if options.header_line is not None else header.index
    first = header.first_row if index is None else index + 1
    names = [""] * len(columns) if index is None else records[index]
    rows = records[first:]
    choice = chosen_column(names, rows[:_SAMPLE_ROWS], path, rules, options, has_header=index is not None)
    notes = [untold] if untold else []
    if others:
        notes.append(f"Only the sheet {sheet!r} is read. There are rows in: {', '.join(map(repr, others))}.")
    if is_useless(useful_share([row[choice.column] for row in rows[:_SAMPLE_ROWS]], rules.names_somebody)):
        links = _links(path, sheet, columns[choice.column] + 1)
        if links:
            notes.append("The cells show names; the addresses are taken from the links behind them.")
            names = [*names, f"{names[choice.column]}{_LINK}"]
            rows = [[*row, links.get(number, "")] for row, number in zip(rows, numbers[first:], strict=True)]
            choice = replace(choice, fallbacks=(len(names) - 1, *choice.fallbacks))
    facts = facts_of(
        "xlsx",
        names,
        choice,
        sheet=sheet,
        header_line=None if index is None else numbers[index],
        preamble=tuple("  ".join(cell for cell in row if cell)[:200] for row in records[: first - 1]) if first else (),
        notes=tuple(notes),
    )
    yield facts
    yield from record_chunks(iter(rows), facts, rules, options, chunk_rows)


def _sheet(path: Path, options: ListOptions) -> tuple[str, list[list[Any]], list[str]]:
    """The sheet's name and cells, and the other visible sheets with rows, unless lists.yaml chose the sheet."""
    try:
        with path.open("rb") as file:
            workbook = calamine.load_workbook(file)
            visible = [
                sheet.name for sheet in workbook.sheets_metadata if sheet.visible == calamine.SheetVisibleEnum.Visible
            ]
            names = workbook.sheet_names
            is_open = not options.sheet and len(visible) > 1  # else nobody need read through a sheet to choose it
            filled = [other for other in visible if workbook.get_sheet_by_name(other).height] if is_open else []
            name = options.sheet or next(iter(filled or visible or names), None)
            if name is None or name not in names:
                raise ListError(
                    f"{path} has no sheet {name!r}; it has: {', '.join(names)}. Nothing was spent. Correct `sheet` in "
                    "lists.yaml."
                )
            others = [other for other in filled if other != name]
            return name, workbook.get_sheet_by_name(name).to_python(skip_empty_area=False), others
    except calamine.PasswordError as error:
        raise ListError(f"{path} is protected by a password. Nothing was spent. Save it without one.") from error
    except calamine.CalamineError as error:
        raise ListError(
            f"{path} is not a readable Excel workbook ({error}). Nothing was spent. Save it again, or as CSV."
        ) from error


def _texts(table: list[list[Any]]) -> list[list[str]]:
    width = max((len(row) for row in table), default=0)
    has_times = [
        any(isinstance(row[i], dt.datetime) and row[i].time() != dt.time() for row in table if i < len(row))
        for i in range(width)
    ]
    return [[_text(cell, has_time=has_times[i]) for i, cell in enumerate(row)] for row in table]


def _text(cell: Any, *, has_time: bool) -> str:  # noqa: PLR0911 - one for each kind of cell
    """A whole number without ``.0``; the dates of a column in one form."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e16 else repr(cell)  # noqa: PLR2004 - exact below
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ") if has_time else cell.date().isoformat()
    if isinstance(cell, dt.date):
        return f"{cell.isoformat()} 00:00:00" if has_time else cell.isoformat()
    return duration_text(cell) if isinstance(cell, dt.timedelta) else str(cell)


def _links(path: Path, sheet: str, column: int) -> dict[int, str]:
    """Targets of links, and of HYPERLINK formulas, in one column, by row."""
    import openpyxl  # noqa: PLC0415  slow, and needed only for links

    links = {}
    with closing(openpyxl.load_workbook(path)) as workbook:
        for (cell,) in workbook[sheet].iter_rows(min_col=column, max_col=column):
            formula = _HYPERLINK.match(cell.value) if isinstance(cell.value, str) else None
            target = cell.hyperlink.target if cell.hyperlink is not None else None
            if target or formula:
                links[cell.row] = target or (formula[1] if formula else "")
    return links
