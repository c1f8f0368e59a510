"""The rows of a research list, CSV or Parquet: one row is one person."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.config.questions.subject_kinds import CONTACTS
from saber_pipeline.errors import ListError
from saber_pipeline.inputs.domains import is_domain_value, normalise_domain
from saber_pipeline.inputs.list_reader import open_list
from saber_pipeline.inputs.list_rules import ListRules
from saber_pipeline.inputs.people import Person, read_person
from saber_pipeline.inputs.people_columns import COMPANY_DOMAIN_COLUMNS, find_people_columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_RULES = ListRules(CONTACTS, COMPANY_DOMAIN_COLUMNS, normalise_domain, is_domain_value)


@dataclass(frozen=True)
class PersonRow:
    """A data row, counted from 1: a person, or the reason why it cannot be used. ``raw`` is the row as JSON."""

    row_number: int
    person: Person | None
    reason: str | None
    raw: str


def read_people(path: Path) -> Iterator[PersonRow]:
    """Read the rows of ``path``.

    Raises ListError if the file is unreadable, empty, or has not the columns that every person needs.
    """
    columns = None
    for chunk in open_list(path, _RULES)[1]:
        for place, (domain_cell, attributes) in enumerate(zip(chunk.raw_values, chunk.attributes, strict=True)):
            row = json.loads(attributes)
            columns = columns or find_people_columns(row, path)
            cells = {field: None if row.get(header) is None else str(row[header]) for field, header in columns.items()}
            found = read_person(cells, domain_cell)
            raw = json.dumps({"company_domain": domain_cell, **row}, ensure_ascii=False)
            number = chunk.first_row_number + place
            yield (
                PersonRow(number, found, None, raw)
                if isinstance(found, Person)
                else PersonRow(number, None, found, raw)
            )
    if columns is None:
        raise ListError(f"{path} has a header and no rows. Nothing was spent. Give it one row for each person.")
