"""Finds the separator of a CSV file, and the header among its first records.

Each separator is tried on the file's beginning. The one that gives a known header wins, else the one that cuts most
records alike; a file counts as one column only if its lines hold one value each.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.columns import is_column_name, useful_share
from saber_pipeline.inputs.csv_records import Dialect, Records, quoting_problem
from saber_pipeline.inputs.table_header import Header, find_header, modal_width

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from saber_pipeline.inputs.list_rules import ListRules

DELIMITERS = (",", ";", "\t", "|")
ODD_DELIMITERS = (
    "\x01", "\x1f", "\x1e", "\x02", "\x03", "\x1c", "\x1d", "::", "||", ";;", "~", "^", "\u00a6", "\u00a7",
)  # fmt: skip
NO_DELIMITER = "\ufdd1"  # a noncharacter: in a file of one column, a comma belongs to the value
_SAMPLE_RECORDS = 300
_HEADER_LINES = 50
_SIGNS = re.compile(r"[^\w\s\"]{1,5}")
_NEVER = frozenset((".", "-", "'", "\ufeff"))  # these characters stand inside names and addresses
_MOSTLY = 0.5
_NO_TEXT = 0.3
_PLAIN = frozenset("\t\n\r\x01\x02\x03\x1c\x1d\x1e\x1f")
_MARKUP = re.compile(r"\s*<(!doctype|html|head|body|table|\?xml|meta|script|div|svg|rss|feed)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """How a file is read. ``declared``: the first line names the separator and is no record."""

    dialect: Dialect
    header: Header
    samples: list[list[str]]
    declared: bool = False


def find_layout(text: str, path: Path, rules: ListRules, *, delimiter: str | None) -> Layout:
    """Separator, quoting and header from the file's beginning. Raises ListError for what is no table."""
    lines = list(io.StringIO(text, newline=""))
    _refuse_other_kinds(text, lines, path)
    declared = declared_delimiter(lines[0]) if lines else None
    if declared:
        lines = lines[1:]
    fixed = delimiter or declared
    tried = (fixed,) if fixed else (*DELIMITERS, *ODD_DELIMITERS, *_between_names(lines, rules))
    cuts = [
        cut
        for candidate in dict.fromkeys(tried)
        if fixed or candidate in text
        for dialect in _dialects(candidate, text)
        if (cut := _cut(lines, dialect, rules, is_told=bool(fixed))) is not None
    ]
    if cuts:
        _, dialect, header, records = max(cuts, key=lambda cut: cut[0])
        return Layout(dialect, header, records[header.first_row :], bool(declared))
    records = sample_records(lines, Dialect(NO_DELIMITER))
    _refuse_mixed_lines(records, path, rules)
    header = find_header(records, 1, rules)
    return Layout(Dialect(NO_DELIMITER), header, records[header.first_row :], bool(declared))


_Score = tuple[bool, float, int, int]


def _cut(
    lines: list[str], dialect: Dialect, rules: ListRules, *, is_told: bool
) -> tuple[_Score, Dialect, Header, list[list[str]]] | None:
    """The first records, and a score of the separator that cuts them; None if they are no table."""
    records = sample_records(lines, dialect)
    width = modal_width(records)
    if width < 2 and not is_told:  # noqa: PLR2004 - a table has two columns
        return None
    header = find_header(records, width, rules)
    alike = sum(len(record) == width for record in records) / max(len(records), 1)
    problem = quoting_problem(map(dialect.single, lines[:_SAMPLE_RECORDS]), dialect)
    is_badly_quoted = (bool(problem) and "unexpected end" not in problem) or _has_quotes_behind_blanks(records)
    score = (header.is_known, alike - 0.001 * is_badly_quoted, width, len(dialect.delimiter))
    if is_told:
        return score, dialect, header, records
    if dialect.delimiter in DELIMITERS:
        is_table = header.is_known or (alike > _MOSTLY and not _is_list_of_lists(records, header, rules))
    else:
        is_table = header.is_known and alike > _MOSTLY
        is_table = is_table and (dialect.delimiter in ODD_DELIMITERS or _hold_values(records, header, rules))
    return (score, dialect, header, records) if is_table else None


def _has_quotes_behind_blanks(records: list[list[str]]) -> bool:
    """Whether a cell begins with blanks and a quote: then its separators were taken for ends of cells."""
    return any(cell.startswith(" ") and cell.lstrip(" ").startswith('"') for record in records for cell in record)


def _between_names(lines: list[str], rules: ListRules) -> list[str]:
    """Further separators: any signs before or behind a known column's name in one of the first lines."""
    found: dict[str, None] = {}
    for line in lines[:_HEADER_LINES]:
        bare = line.strip("\ufeff\r\n")
        for sign in dict.fromkeys(_SIGNS.findall(bare)):
            if sign not in _NEVER and any(is_column_name(name, rules.columns) for name in bare.split(sign)):
                found[sign] = None
    return list(found)


def _hold_values(records: list[list[str]], header: Header, rules: ListRules) -> bool:
    """Whether most cells below a known column's name hold subjects."""
    if not header.is_known or header.index is None:
        return False
    places = [place for place, name in enumerate(records[header.index]) if is_column_name(name, rules.columns)]
    cells = [row[place] for row in records[header.first_row :] for place in places if place < len(row)]
    return (useful_share(cells, rules.names_somebody) or 0) > _MOSTLY


def declared_delimiter(line: str) -> str | None:
    """Excel's first line ``sep=;`` names the delimiter, which may be a tab."""
    line = line.strip(' \r\n\ufeff"').lower()
    return line[4] if line.startswith("sep=") and len(line) == len("sep=;") else None


def sample_records(lines: list[str], dialect: Dialect) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        for record in unwrapped(Records(iter(lines), dialect), dialect):
            records.append(record)
            if len(records) == _SAMPLE_RECORDS:
                break
    except csv.Error:
        pass
    return records


def unwrapped(records: Iterator[list[str]], dialect: Dialect) -> Iterator[list[str]]:
    """The records. A record that is one quoted line with separators is cut once more."""
    delimiter = dialect.character
    for record in records:
        if len(record) == 1 and delimiter in record[0] and "\n" not in record[0]:
            cells = next(csv.reader([record[0]], **dialect.options))
            # People write a blank behind a separator, programs do not.
            yield record if any(cell.startswith(" ") for cell in cells[1:]) else cells
        else:
            yield record


def _dialects(delimiter: str, text: str) -> list[Dialect]:
    """The dialects to try: the plain one first, then those that the text suggests."""
    dialects = [Dialect(delimiter)]
    blanks = bool(re.search(rf"{re.escape(delimiter)} +\"", text))
    if blanks:
        dialects.append(Dialect(delimiter, skip_blanks=True))
    if '\\"' in text:
        dialects.append(Dialect(delimiter, skip_blanks=blanks, escape="\\"))
    return dialects


def _is_list_of_lists(records: list[list[str]], header: Header, rules: ListRules) -> bool:
    """Whether every cell is a subject. Then the lines are lists of subjects in one column."""
    if header.index is not None:
        return False
    cells = [cell for record in records[header.first_row :] for cell in record if cell.strip()]
    return bool(cells) and all(rules.is_value(cell) for cell in cells)


def _refuse_other_kinds(text: str, lines: list[str], path: Path) -> None:
    if _MARKUP.match(text):
        raise ListError(f"{path} is a web page or XML, despite its name. Export the table as CSV (UTF-8).")
    if text.startswith(("%PDF", "{\\rtf", "SQLite format 3", "\x1f\x8b", "ARROW1", "Obj\x01", "BEGIN:V")):
        raise ListError(f"{path} is not a text table, despite its name. Export the table as CSV (UTF-8).")
    start = text.lstrip("\ufeff \t\r\n")
    first = next((line.strip() for line in lines if line.strip("\ufeff \t\r\n")), "").lstrip("\ufeff")
    if start[:1] in {"{", "["} and _is_json(first, start):
        raise ListError(
            f"{path}, line 1: this is JSON, not a table. Nothing was spent. Write it as CSV (UTF-8) with a header row, "
            "or as Parquet."
        )
    odd = sum(count for character, count in Counter(text[:4096]).items() if character < " " and character not in _PLAIN)
    if odd > _NO_TEXT * len(text[:4096]):
        raise ListError(f"{path} is not text: it is full of control characters. Save it again as CSV (UTF-8).")


def _is_json(first: str, start: str) -> bool:
    try:
        return isinstance(json.loads(first.rstrip(",")), dict | list)
    except (ValueError, RecursionError):
        return first in {"[", "{", "[{"} or (bool(re.match(r"[\[{]\s*[\[{\"]", start)) and '":' in start[:2000])


def _refuse_mixed_lines(records: list[list[str]], path: Path, rules: ListRules) -> None:
    mixed, sound, first = 0, 0, 0
    for number, record in enumerate(records, start=1):
        text = record[0].strip()
        if not rules.names_somebody(text):
            continue
        if rules.is_value(text):
            sound += 1
        else:
            mixed, first = mixed + 1, first or number
    if mixed > sound:
        shown = records[first - 1][0].strip()[:80]
        raise ListError(
            f"{path}, line {first}: no separator splits this file into columns, and its lines hold more than one value "
            f"each ({shown!r}). Nothing was spent. Save it as CSV (UTF-8) with commas, or name its `delimiter` in "
            "lists.yaml."
        )
