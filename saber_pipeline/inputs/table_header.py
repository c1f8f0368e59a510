"""Finds the header among the first records of a table. Titles, comments and notes may stand above the header."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.inputs.columns import is_column_name, useful_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saber_pipeline.inputs.list_rules import ListRules

_SEARCHED = 50
NOT_A_ROW = "A line below or between the rows (a footer, total or note), not a row."
_FOOTER_WORDS = 3
_BARE = 0.6
_MOST_BELOW, _FEWEST_ABOVE, _LIKE_IT = 3, 2, 300
_ADDRESS = re.compile(r"https?:|www\.|[^\s/@]+/.", re.IGNORECASE)
_NOTES = 10  # at most so many lines above a header that look like rows


@dataclass(frozen=True)
class Header:
    """``index``: the header's place among the records, None without a header. The rows begin at ``first_row``."""

    index: int | None
    first_row: int
    is_known: bool = False


def modal_width(records: Sequence[Sequence[str]]) -> int:
    """The most frequent number of cells among records with more than one cell; 1 without such records."""
    widths = Counter(len(record) for record in records if len(record) > 1)
    return max(widths, key=lambda width: (widths[width], width)) if widths else 1


def find_header(records: Sequence[Sequence[str]], width: int, rules: ListRules) -> Header:
    """The first record that names a known column and has only thin records above; otherwise the first full record."""
    if width == 1:
        return _of_one_column(records, rules)
    for index, record in enumerate(records[:_SEARCHED]):
        is_as_wide = len(record) == width or any(is_column_name(cell, rules.columns) for cell in record)
        is_comment = record[0].lstrip().startswith("#") and len(record) != width
        if is_as_wide and not is_comment and len(_filled(record)) > 1 and _names_a_column(record, rules):
            return Header(index, index + 1, is_known=True)
        if not _is_thin(record, width) and not _is_followed(records, index, width, rules):
            break
    for index in range(1, min(len(records), _NOTES + 1)):
        if _is_certain(records, index, width, rules):
            return Header(index, index + 1, is_known=True)
    for index, record in enumerate(records[:_SEARCHED]):
        if _is_thin(record, width):
            continue
        if any(rules.is_value(cell) for cell in record if cell.strip()):
            return Header(None, index)
        return Header(index, index + 1)
    return Header(0, 1) if records else Header(None, 0)


def is_footer(row: Sequence[str | None], cell: str | None, rules: ListRules, *, is_short: bool = False) -> bool:
    """Whether the row's only text is a note rather than a value. ``is_short``: the row ends before the others do.

    ``cell`` is the subject's cell. If it is empty, another cell may hold the note. A sentence with a comma fills two.
    """
    texts = [text for text in row if text and text.strip()]
    if not texts or (len(texts) > 1 and not (is_short and cell)):
        return False
    text = cell or texts[0]
    words = len(text.split())
    if len(texts) == 1 and words > 1 and begins_with_words(text, rules):
        return True
    return words >= _FOOTER_WORDS and not rules.is_value(text)


def addresses_below(rows: Sequence[Sequence[str | None]], column: int) -> list[int]:
    """The places of last ``rows`` of a file that hold only an address of another form than all rows above.

    Such a line is the address of a program or a report. A bare domain may be a company that somebody added, and so may
    an address if other rows are written like it or hold one cell too.
    """
    below: list[int] = []
    for index in range(len(rows) - 1, max(-1, len(rows) - 1 - _MOST_BELOW), -1):
        cell = rows[index][column]
        if sum(map(bool, rows[index])) != 1 or not cell or not _ADDRESS.match(cell.strip()):
            break
        below.append(index)
    above = rows[max(0, len(rows) - len(below) - _LIKE_IT) : len(rows) - len(below)]
    if len(above) < _FEWEST_ABOVE or any(
        sum(map(bool, row)) == 1 or _ADDRESS.match((row[column] or "").strip()) for row in above
    ):
        return []
    return below


def begins_with_words(text: str, rules: ListRules) -> bool:
    """``Source: orrin.com``, ``Powered by orrin.com``: words before an address, and no list of addresses."""
    first = text.split(maxsplit=1)[0]
    return not rules.names_somebody(first) and not rules.is_value(text)


def are_bare(cells: Sequence[str | None], rules: ListRules) -> bool:
    """Whether most lines of a file with one column hold a value and nothing else."""
    return (useful_share(cells, rules.is_value) or 0) > _BARE


def _of_one_column(records: Sequence[Sequence[str]], rules: ListRules) -> Header:
    if not records:
        return Header(None, 0)
    first = records[0][0] if records[0] else ""
    if is_column_name(first, rules.columns):
        return Header(0, 1, is_known=True)
    for index, record in enumerate(records[:_SEARCHED]):  # titles above the only column's name
        if is_column_name(record[0], rules.columns):
            return Header(index, index + 1, is_known=True)
        if rules.names_somebody(record[0]):
            break
    return Header(None, 0) if rules.is_value(first) else Header(0, 1)


def _names_a_column(record: Sequence[str], rules: ListRules) -> bool:
    names = [cell for cell in record if cell.strip() and rules.columns.rank(cell) is not None]
    if not names:
        return False
    return not any(rules.is_value(cell) for cell in record if cell.strip() and not is_column_name(cell, rules.columns))


def _is_certain(records: Sequence[Sequence[str]], index: int, width: int, rules: ListRules) -> bool:
    """Whether the record is certainly a header: full, distinct, and with subjects below a known name."""
    record = records[index]
    if len(record) != width or len(set(_filled(record))) != width or not _names_a_column(record, rules):
        return False
    below = [row for row in records[index + 1 :] if len(row) == width]
    for place, name in enumerate(record):
        cells = [row[place] for row in below]
        if is_column_name(name, rules.columns) and (useful_share(cells, rules.names_somebody) or 0) > 1 / 2:
            return True
    return False


def _filled(record: Sequence[str]) -> list[str]:
    return [cell for cell in record if cell.strip()]


def _is_thin(record: Sequence[str], width: int) -> bool:
    """Whether the record is a title or note: of another width, or hardly filled."""
    filled = len(_filled(record))
    is_comment = bool(record) and record[0].lstrip().startswith("#")
    return filled < 2 or is_comment or filled * 2 <= width or (len(record) != width and filled < width)  # noqa: PLR2004


def _is_followed(records: Sequence[Sequence[str]], index: int, width: int, rules: ListRules) -> bool:
    """Whether a known header stands right below a full record without values, as below names of groups."""
    below = records[index + 1] if index + 1 < len(records) else ()
    if len(below) != width or any(rules.is_value(cell) for cell in records[index] if cell.strip()):
        return False
    return _names_a_column(below, rules) and len(set(records[index])) < len(records[index])
