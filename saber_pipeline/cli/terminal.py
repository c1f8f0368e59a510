"""What commands print: for a person on a terminal, plain and complete everywhere else."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saber_pipeline.foreign_text import json_for_terminals, one_line

if TYPE_CHECKING:
    from rich.console import Console

PLAIN_WIDTH = 100_000
"""Wide enough for every line: what is piped or kept in a file is not cut to a terminal's width."""

LONGEST_CELL = 4_000
"""Characters of a cell or a path."""

JsonValue = Any  # what json.dumps takes


def is_terminal() -> bool:
    """Whether a person is looking at stdout."""
    return sys.stdout.isatty()


def console() -> Console:
    """A rich console on stdout. Made when it is needed: rich costs 0.1 s."""
    from rich.console import Console

    if is_terminal():
        return Console(highlight=False)
    return Console(highlight=False, width=PLAIN_WIDTH, no_color=True, force_terminal=False)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows under their column names. Numbers stand to the right; None is shown as nothing.

    On a terminal the last column is wrapped where it does not fit; elsewhere every row is one line.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    is_number = [all(_is_number(row[i]) for row in rows) for i in range(len(columns))]
    table = Table(box=box.SIMPLE_HEAD if is_terminal() else None, pad_edge=False, show_edge=False)
    for i, (name, number) in enumerate(zip(columns, is_number, strict=True), start=1):
        # Text, not str: square brackets in data would be read as markup.
        table.add_column(Text(name), justify="right" if number else "left", no_wrap=i < len(columns))
    for row in rows:
        table.add_row(*(Text(shown(value)) for value in row))
    if is_terminal():
        console().print(table)
        return
    plain = console()
    with plain.capture() as captured:
        plain.print(table)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def print_json(value: JsonValue) -> None:
    """Print one JSON document."""
    click.echo(json_for_terminals(json_text(value, indent=2)))


def json_text(value: JsonValue, *, indent: int | None = None) -> str:
    """A value as JSON: what JSON has no number for, such as NaN or infinity, is null."""
    try:
        return json.dumps(value, indent=indent, ensure_ascii=False, default=_plain, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), indent=indent, ensure_ascii=False, default=_plain, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, Decimal):
        value = _plain(value) if value.is_finite() else None
    return None if isinstance(value, float) and not math.isfinite(value) else value


def shown(value: object) -> str:
    """A value in a cell: one line, whatever others wrote into it."""
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


def shown_path(path: Path) -> str:
    """``path`` as one types it in the current folder."""
    typed = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return one_line(str(typed), LONGEST_CELL)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal | None) and not isinstance(value, bool)


def _plain(value: object) -> Any:
    """JSON has no decimals: a whole one becomes an int."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)
