"""Identifies the people in the rows of the research lists: one person for all lists and spellings.

Two rows are one person if their names and company agree, and they do not have different profile addresses. So a row
without an address matches a known person, and the first row with an address adds it to the person known without one.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from saber_pipeline.inputs.people import Person
from saber_pipeline.inputs.people_reader import PersonRow
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.bulk import execute_rows


@dataclass
class KnownPerson:
    """A person of the ledger; ``is_new`` until written there."""

    person_id: str
    name_key: str
    profile_url: str | None
    person: Person
    is_new: bool = False


@dataclass
class Registry:
    """Known people by name and company. ``given_address`` lists those who were known without an address before."""

    by_name: dict[str, list[KnownPerson]] = field(default_factory=lambda: defaultdict(list))
    given_address: list[KnownPerson] = field(default_factory=list)

    def identify(self, person: Person) -> KnownPerson:
        """Find the person, or add a new one. Identify people with an address first: others may be the same people."""
        same_name = self.by_name[person.name_key]
        url = person.contact_profile_url
        if url is None and same_name:
            return same_name[0]
        for known in same_name:
            if known.profile_url == url:
                return known
        for known in same_name:
            if known.profile_url is None:
                known.profile_url = url
                self.given_address.append(known)
                return known
        new = KnownPerson(uuid.uuid4().hex, person.name_key, url, person, is_new=True)
        same_name.append(new)
        return new


@dataclass(frozen=True)
class IdentifiedRow:
    """A row of a list with the id of its person; None if the row cannot be used."""

    list_name: str
    row: PersonRow
    person_id: str | None


def read_registry(connection: sa.Connection) -> Registry:
    """All people in the ledger; for each name, the person seen first comes first."""
    p = t.research_people.c
    registry = Registry()
    query = sa.select(p.person_id, p.name_key, p.profile_url).order_by(p.seen_at, p.person_id)
    for person_id, name_key, profile_url in connection.execute(query):
        not_read = Person("", "", "", "")  # only new people's details are used
        registry.by_name[name_key].append(KnownPerson(person_id, name_key, profile_url, not_read))
    return registry


def identify_rows(registry: Registry, rows_by_list: Mapping[str, Sequence[PersonRow]]) -> list[IdentifiedRow]:
    """Each row of the lists with its person's id."""
    rows = [(name, row) for name, of_list in rows_by_list.items() for row in of_list]
    ids: dict[tuple[str, int], str] = {}
    for has_address in (True, False):
        for name, row in rows:
            if row.person is not None and (row.person.contact_profile_url is not None) is has_address:
                ids[name, row.row_number] = registry.identify(row.person).person_id
    return [IdentifiedRow(name, row, ids.get((name, row.row_number))) for name, row in rows]


def remember_people(connection: sa.Connection, registry: Registry) -> None:
    """Write new people, and addresses that were added to known people."""
    now = time.time()
    new = (known for people in registry.by_name.values() for known in people if known.is_new)
    execute_rows(
        connection,
        sa.insert(t.research_people).values(seen_at=now),
        ["person_id", "name_key", "profile_url", "person"],
        ((known.person_id, known.name_key, known.profile_url, known.person.to_json()) for known in new),
    )
    give = (
        sa.update(t.research_people)
        .where(t.research_people.c.person_id == sa.bindparam("this_person"))
        .values(profile_url=sa.bindparam("this_url"))
    )
    given = ((known.person_id, known.profile_url) for known in registry.given_address if not known.is_new)
    execute_rows(connection, give, ["this_person", "this_url"], given)


def remember_rows(connection: sa.Connection, rows: Iterable[IdentifiedRow], *, lists: Iterable[str]) -> None:
    """Replace the ledger's rows of ``lists`` by ``rows``."""
    r = t.research_rows
    for name in lists:
        connection.execute(sa.delete(r).where(r.c.list_name == name))
    execute_rows(connection, sa.insert(r), r.c.keys(), map(_row, rows))


def forget_lists(connection: sa.Connection, *, but: Iterable[str]) -> None:
    """Delete the rows of every list ``but`` these, whose files exist. The people, and their purchases, stay."""
    connection.execute(sa.delete(t.research_rows).where(t.research_rows.c.list_name.not_in(list(but))))


def list_rows(connection: sa.Connection) -> Iterable[Any]:
    """``(list_name, row_number, person_id, person, reason, raw)`` of every row of every list."""
    r = t.research_rows.c
    query = sa.select(r.list_name, r.row_number, r.person_id, r.person, r.reason, r.raw)
    return connection.execute(query.order_by(r.list_name, r.row_number))


def _row(identified: IdentifiedRow) -> tuple[Any, ...]:
    row = identified.row
    person = row.person.to_json() if row.person else None
    return (identified.list_name, row.row_number, identified.person_id, person, row.reason, row.raw)
