"""The research lists of a run and the people in them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.errors import ListError
from saber_pipeline.inputs.list_files import find_list_files, fingerprint
from saber_pipeline.inputs.people import Person, person_from_json
from saber_pipeline.inputs.people_reader import PersonRow, read_people
from saber_pipeline.ledger.known_people import IdentifiedRow, list_rows
from saber_pipeline.ledger.research_status import people_in_flight

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Selection:
    """The people in some lists, each once. ``lists_of`` names the lists of each person."""

    people: Mapping[str, Person]
    lists_of: Mapping[str, tuple[str, ...]]
    rows: int
    rejected: int

    @property
    def lists(self) -> list[str]:
        """The lists that name a person."""
        return sorted({name for names in self.lists_of.values() for name in names})


def read_research_lists(paths: DataPaths, names: Iterable[str] = ()) -> dict[str, list[PersonRow]]:
    """The rows of the named lists (of all, without names), by list.

    Raises:
        ListError: there is no list, a named one is missing, or a file cannot be used. Nothing was spent.
    """
    files = find_list_files(paths.research_lists)
    wanted = sorted(set(names)) or sorted(files)
    missing = [name for name in wanted if name not in files]
    if missing or not wanted:
        what = f"The research list {', '.join(missing)} has no file" if missing else "There is no research list"
        raise ListError(
            f"{what}. Nothing was spent. Put a CSV or Parquet file with the columns first_name, last_name, "
            f"company_name and company_domain into {paths.research_lists}."
        )
    return {name: _read(files[name]) for name in wanted}


def select(rows: Sequence[IdentifiedRow]) -> Selection:
    """The people in ``rows``. Of several rows about one person, the one that says most is sent."""
    best: dict[str, Person] = {}
    lists_of: dict[str, list[str]] = {}
    rejected = 0
    for identified in rows:
        person = identified.row.person
        if person is None or identified.person_id is None:
            rejected += 1
            continue
        lists = lists_of.setdefault(identified.person_id, [])
        if identified.list_name not in lists:
            lists.append(identified.list_name)
        known = best.get(identified.person_id)
        if known is None or _says_more(person, known):
            best[identified.person_id] = person
    return Selection(best, {key: tuple(names) for key, names in lists_of.items()}, len(rows), rejected)


def select_known(connection: sa.Connection, names: Collection[str] = ()) -> Selection:
    """The people in the named lists as they were last read; without names also all others whose research is in flight.

    Raises:
        ListError: a named list was never read.
    """
    rows = [
        IdentifiedRow(r.list_name, PersonRow(r.row_number, _person(r.person), r.reason, r.raw), r.person_id)
        for r in list_rows(connection)
        if not names or r.list_name in names
    ]
    missing = sorted(set(names) - {row.list_name for row in rows})
    if missing:
        raise ListError(
            f"The research list {', '.join(missing)} was never read, so nothing was bought for it. Nothing was spent. "
            "Name another list, or name no list to collect everything."
        )
    known = select(rows)
    others = {} if names else people_in_flight(connection)
    unlisted = {key: person for key, person in others.items() if key not in known.people}
    return replace(
        known, people={**known.people, **unlisted}, lists_of={**known.lists_of, **dict.fromkeys(unlisted, ())}
    )


def _person(text: str | None) -> Person | None:
    return None if text is None else person_from_json(text)


def _says_more(person: Person, known: Person) -> bool:
    return (person.has_external_id, person.contact_profile_url is not None) > (
        known.has_external_id,
        known.contact_profile_url is not None,
    )


def _read(path: Path) -> list[PersonRow]:
    before = fingerprint(path)
    rows = list(read_people(path))
    if fingerprint(path) != before:
        raise ListError(f"{path} changed while it was read. Run again when no program is writing it.")
    return rows
