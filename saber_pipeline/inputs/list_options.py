"""The options of lists.yaml for one list."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.columns import plain_name

if TYPE_CHECKING:
    from saber_pipeline.inputs.table_facts import TableFacts

RULES_VERSION = 3
"""Rises when the rules for reading lists change, so that unchanged files are read again."""

DENIED = "The domain is on the deny-list of lists.yaml."
LEFT_OUT = "The row is left out by a filter of lists.yaml."


@dataclass(frozen=True)
class ListOptions:
    """How one list is read. ``header_line`` counts from 1. ``filters``: header and allowed values of used rows.

    ``allow``: shared domains that are used all the same. ``deny``: domains that are never used. A name covers its
    subdomains. ``other_profiles`` comes from SABER_OTHER_PROFILES, not from lists.yaml.
    """

    column: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    sheet: str | None = None
    filters: tuple[tuple[str, frozenset[str]], ...] = ()
    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()
    other_profiles: bool = False

    @property
    def mark(self) -> str:
        """A text that differs if the options differ. Empty without options."""
        if self == ListOptions():
            return ""
        parts = [self.column, self.delimiter, self.header_line, self.sheet, sorted(self.allow), sorted(self.deny)]
        parts += ["other profiles"] if self.other_profiles else []
        text = repr([*parts, [(name, sorted(values)) for name, values in self.filters]])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def filters_for(self, facts: TableFacts) -> list[tuple[str, frozenset[str]]]:
        """Each filter's key and values. Raises ListError for a missing column."""
        found = []
        for name, values in self.filters:
            places = [i for i, header in enumerate(facts.columns) if header == name]
            places += [i for i, header in enumerate(facts.columns) if plain_name(header) == plain_name(name)]
            if not places:
                columns = ", ".join(repr(header) for header in facts.columns)
                raise ListError(
                    f"The filter of lists.yaml on the column {name!r} fits no column of the list. It has: {columns}. "
                    "Nothing was spent. Correct the name."
                )
            found.append((facts.keys[places[0]], values))
        return found


NO_OPTIONS = ListOptions()
