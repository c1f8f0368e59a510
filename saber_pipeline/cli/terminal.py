"""Output of commands: formatted for a terminal, plain and complete everywhere else."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saber_pipeline.cli.table_widths import fitting_widths, natural_widths
from saber_pipeline.foreign_text import one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

PLAIN_GAP = 2
"""Spaces between two columns where a table is no terminal's."""

LONGEST_CELL = 4_000
"""Characters of a cell or a path."""


def is_terminal() -> bool:
    """Whether a person is looking at stdout."""
    return sys.stdout.isatty()


def console() -> Console:
    """A rich console on the terminal. Made when it is needed: rich costs 0.1 s."""
    from rich.console import Console

    size = shutil.get_terminal_size()  # rich takes a terminal without colours for one of 80 columns
    return Console(highlight=False, width=size.columns, height=size.lines)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows under their column names. Numbers stand to the right; None is shown as nothing.

    On a terminal texts are wrapped where they do not fit, and where columns do not fit beside each other, each row is
    a block of lines: none is left out, and none is cut. Elsewhere every row is one line.
    """
    cells = [[format_cell(value) for value in row] for row in rows]
    is_number = [all(_is_number(row[i]) for row in rows) for i in range(len(columns))]
    if not is_terminal():
        for line in _plain_lines(columns, cells, is_number):
            click.echo(line)
        return
    screen = console()
    widths = fitting_widths(columns, cells, is_number, screen.width)
    screen.print(_blocks(columns, cells) if widths is None else _table(columns, cells, is_number, widths))


def _plain_lines(columns: Sequence[str], cells: Sequence[Sequence[str]], is_number: Sequence[bool]) -> Iterator[str]:
    """The lines of a table that nothing has to be wrapped for, as rich would lay them out, whose import costs more."""
    from rich.cells import cell_len

    widths = natural_widths(columns, cells)
    for row in (columns, *cells):
        shown_cells = []
        for cell, number, width in zip(row, is_number, widths, strict=True):
            room = " " * (width - cell_len(cell))
            shown_cells.append(room + cell if number else cell + room)
        yield (" " * PLAIN_GAP).join(shown_cells).rstrip()


def _table(
    columns: Sequence[str], cells: Sequence[Sequence[str]], is_number: Sequence[bool], widths: Sequence[int]
) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name, number, width in zip(columns, is_number, widths, strict=True):
        # Text, not str: square brackets in data would be read as markup.
        table.add_column(Text(name), justify="right" if number else "left", width=width, overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))
    return table


def _blocks(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> Table:
    """For each row a line for each column, with an empty line between rows."""
    from rich.table import Table
    from rich.text import Text

    blocks = Table.grid(padding=(0, 2))
    blocks.add_column(overflow="fold", style="bold")
    blocks.add_column(overflow="fold")
    for number, row in enumerate(cells):
        if number:
            blocks.add_row()
        for name, cell in zip(columns, row, strict=True):
            blocks.add_row(Text(name), Text(cell))
    return blocks


def format_cell(value: object) -> str:
    """A value as a cell: one line, without control characters."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:,f}"
        case int() | float():
            return f"{value:,}"
        case _:
            return one_line(str(value), LONGEST_CELL)


def display_path(path: Path) -> str:
    """``path`` as typed in the current folder."""
    typed = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return one_line(str(typed), LONGEST_CELL)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal | None) and not isinstance(value, bool)
