"""Facts about a list besides its rows, for ``plan``, ``lists``, ``doctor`` and exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TableFacts:
    """How a list's file was understood.

    ``columns``: the file's own headers in order. ``keys``: the columns' distinct names in ``attributes``. ``column``:
    the place of the chosen column. ``fallbacks``: the places of the columns to ask in this order if the chosen cell
    names nobody. ``runner_up``: the next best header. ``extra_key``: the key of cells beyond the header's.
    ``header_line``: counts lines of the file from 1, None without a header. ``preamble``: the lines before the header.
    ``notes``: sentences for a person about guesses and oddities.
    """

    format: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    column: int
    fallbacks: tuple[int, ...] = ()
    runner_up: str | None = None
    extra_key: str = "extra_values"
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_line: int | None = None
    preamble: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def chosen(self) -> str:
        """Header of the chosen column."""
        return self.columns[self.column]

    @property
    def column_name(self) -> str:
        """The chosen column for a person; its number if the column has no name."""
        return repr(self.chosen) if self.chosen.strip() else f"{self.column + 1} (no header)"


@dataclass(frozen=True)
class ListSnapshot:
    """A list as it was last read. ``was_reread``: just now. ``options``: the mark of its options in lists.yaml.

    ``rows`` counts data rows, ``subjects`` accepted ones, ``duplicates`` mentions of one that an earlier row has, and
    ``rejected`` unusable values. A cell may hold several values, so the three add up to ``rows`` or more.
    """

    list_name: str
    fingerprint: str
    rows: int
    subjects: int
    duplicates: int
    rejected: int
    rules_version: int
    was_reread: bool = False
    facts: TableFacts | None = None
    options: str = ""


def facts_from_json(fields: dict[str, Any]) -> TableFacts:
    """The facts of the record of a snapshot. Raises TypeError for other contents."""
    tuples: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    return TableFacts(**tuples)
