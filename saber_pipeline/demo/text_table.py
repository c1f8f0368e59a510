"""Text that fits a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

WIDTH = 100
GAP = "  "


def text_table(names: Sequence[str], rows: Sequence[Sequence[Any]], *, width: int = WIDTH) -> str:
    """A header, a line and the rows, none longer than ``width``; what does not fit ends with ``…``."""
    cells = [[format_cell(value) for value in row] for row in rows]
    widths = _fitting(
        [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(names)],
        width - len(GAP) * (len(names) - 1),
    )
    is_number = [all(isinstance(row[i], int | float | Decimal | None) for row in rows) for i in range(len(names))]
    lines = [list(names), ["─" * w for w in widths], *cells]
    return "\n".join(
        GAP.join(_cell(text, w, number) for text, w, number in zip(line, widths, is_number, strict=True)).rstrip()
        for line in lines
    )


def indented(text: str) -> str:
    """``text`` below a heading, on as many lines as it needs; addresses and file names stay whole."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent="   ",
        subsequent_indent="     ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def format_cell(value: Any) -> str:
    """A value of any DuckDB type on one line."""
    match value:
        case None:
            text = "-"
        case bool():
            text = "yes" if value else "no"
        case float():
            text = f"{value:,.10g}"
        case int() | Decimal():
            text = f"{value:,}"
        case Mapping():
            text = ", ".join(f"{name} {format_cell(part)}" for name, part in value.items() if part is not None)
        case list() | tuple():
            text = "; ".join(format_cell(part) for part in value)
        case _:
            text = " ".join(str(value).split())
    return text


def _fitting(wanted: Sequence[int], room: int) -> list[int]:
    """Widths as wanted where they fit; the widest columns share what the others leave."""
    widths = list(wanted)
    most = max(widths, default=0)
    while sum(widths) > room and most > 1:
        most -= 1
        widths = [min(w, most) for w in widths]
    return widths


def _cell(text: str, width: int, is_number: bool) -> str:  # noqa: FBT001, RUF100 - private
    if len(text) > width:
        text = text[: width - 1] + "…"
    return text.rjust(width) if is_number else text.ljust(width)
