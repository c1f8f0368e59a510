"""Reads CSV files that people keep about companies, row by row. A problem in one row or file stops nothing else."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from saber_pipeline.errors import ListError
from saber_pipeline.foreign_text import one_line
from saber_pipeline.inputs.cells import Found, Rejected
from saber_pipeline.inputs.columns import DOMAIN_COLUMNS
from saber_pipeline.inputs.csv_dialect import DELIMITERS, declared_delimiter
from saber_pipeline.inputs.csv_records import Dialect, Records, detect_encoding, open_text
from saber_pipeline.inputs.domains import normalise_domain

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

LONGEST_CELL = 200


@dataclass(frozen=True, order=True)
class FileProblem:
    """A part of a file that is not used, and how to fix it. ``line`` counts from 1; 0 is the whole file."""

    file: str
    line: int
    column: str | None
    value: str | None
    problem: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}{f', column {self.column}' if self.column else ''}: {self.problem}"


@dataclass
class ToldTable:
    """A file's header, its rows with the number of the line each ends on, and what is wrong with it.

    ``name`` is how problems call the file. Rows have as many cells as the header.
    """

    name: str
    header: list[str] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)

    def complain(self, line: int, problem: str, *, column: str | None = None, value: str | None = None) -> None:
        """Note that something is left out."""
        said = None if value is None else one_line(value, LONGEST_CELL)
        named = None if column is None else one_line(column, LONGEST_CELL)
        self.problems.append(FileProblem(self.name, line, named, said, problem))


def read_told_table(path: Path, name: str) -> ToldTable:
    """Read a CSV in any encoding, cut by commas, semicolons, tabs or bars. No content of the file raises an error."""
    table = ToldTable(name)
    try:
        text = _text_of(path)
    except (ListError, OSError, UnicodeError, EOFError) as error:
        table.complain(0, f"it cannot be read: {one_line(str(error))} Save it as CSV (UTF-8).")
        return table
    lines = list(io.StringIO(text, newline=""))
    skipped = 0
    if lines and (delimiter := declared_delimiter(lines[0])):
        skipped, lines = 1, lines[1:]
    else:
        delimiter = _delimiter(next((line for line in lines if line.strip()), ""))
    records = Records(iter(lines), Dialect(delimiter))
    records.one_by_one = True
    for record in records:
        line = records.line_number + skipped
        cells = [cell.strip() for cell in record]
        if not any(cells):
            continue
        if not table.header:
            table.header = cells
        elif any(cells[len(table.header) :]):
            problem = "the row has more cells than the header; put a value that holds the separator into double quotes"
            table.complain(line, problem, value=delimiter.join(record))
        else:
            cells = cells[: len(table.header)]
            table.rows.append((line, cells + [""] * (len(table.header) - len(cells))))
    if not table.header:
        table.complain(0, "it is empty; write a header and rows, or remove the file")
    return table


def domain_column(table: ToldTable, others: Collection[str] = ()) -> int | None:
    """The column with the companies. ``others`` are headers with another meaning. None after a problem was noted."""
    ranked = [
        (rank, index)
        for index, header in enumerate(table.header)
        if header not in others and (rank := DOMAIN_COLUMNS.rank(header)) is not None
    ]
    if ranked:
        return min(ranked)[1]
    if table.header:
        found = ", ".join(repr(one_line(header, LONGEST_CELL)) for header in table.header)
        table.complain(1, f"it has no column `domain`, so the file is not used; its columns are {found}")
    return None


def domain_of(table: ToldTable, line: int, cell: str, header: str) -> str | None:
    """The company of a row, normalised as in lists. None after a problem was noted."""
    found = normalise_domain(cell) if cell else ()
    domains = list(dict.fromkeys(each.subject for each in found if isinstance(each, Found)))
    if len(domains) == 1:
        return domains[0]
    if domains:
        problem = f"the cell names several companies ({', '.join(domains)}); write a row for each"
    else:
        reason = next((each.reason for each in found if isinstance(each, Rejected)), "The cell is empty.")
        problem = f"this is not a company's domain: {reason} Write it as acme.com"
    table.complain(line, problem, column=header, value=cell)
    return None


def _text_of(path: Path) -> str:
    with open_text(path, detect_encoding(path)) as file:
        return file.read().lstrip("\ufeff")


def _delimiter(header: str) -> str:
    """The separator that cuts the header into the most cells; a comma if none cuts it."""
    widths = {each: len(next(csv.reader(io.StringIO(header), delimiter=each), [])) for each in DELIMITERS}
    return max(DELIMITERS, key=lambda each: widths[each])
