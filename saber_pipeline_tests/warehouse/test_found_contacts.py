"""Landed contact searches and subscription logs become rows, whatever the order and however often they are loaded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.warehouse import landed_files
from saber_pipeline.warehouse.landed_records import RecordKind
from saber_pipeline.warehouse.landing import LandingWriter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

EARLIER, LATER = "2026-01-01T10:00:00+00:00", "2026-01-02T10:00:00+00:00"
PEOPLE = "SELECT contact_id, headline, searches, is_current FROM found_contacts ORDER BY contact_id"
SEEN = "SELECT contact_id, first_seen_at::VARCHAR, last_seen_at::VARCHAR FROM found_contacts ORDER BY contact_id"


def land_search(
    paths: DataPaths,
    stem: str,
    searched_at: str,
    people: Iterable[tuple[str, Any]],
    search: str = "s",
    *,
    is_complete: bool = True,
) -> None:
    """Land one finished run of a search: ids, and what the API said of each."""
    found = list(people)
    about = {"search": search, "searched_at": searched_at}
    with LandingWriter(paths.landed_records(RecordKind.FOUND_CONTACTS), stem) as writer:
        for contact_id, record in found:
            who = {"line": "person", "contact_id": contact_id, "contact_profile_url": None}
            writer.add_record(about | who, json.dumps(record).encode())
        run = {"companies": 1, "rejected_companies": 0, "people": len(found), "is_complete": is_complete}
        writer.add_record(about | {"line": "run"}, json.dumps(run).encode())
        writer.commit()


def land_log(paths: DataPaths, stem: str, *signal_ids: str, key: str = "news") -> None:
    with LandingWriter(paths.landed_records(RecordKind.SUBSCRIPTION_LOGS), stem) as writer:
        for signal_id in signal_ids:
            writer.add_record({"subscription": key, "subscription_id": "1"}, json.dumps({"id": signal_id}).encode())
        writer.commit()


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_the_newest_sighting_counts(warehouse: OpenWarehouse, order: tuple[str, str]) -> None:
    """A person is as the newest search saw them, and current if that one did, in whatever order files are loaded."""
    stems = {"a": order.index("a"), "b": order.index("b")}
    land_search(
        warehouse.paths, f"{stems['a']}", EARLIER, [("ann", {"headline": "old"}), ("bob", {"headline": "gone"})]
    )
    land_search(warehouse.paths, f"{stems['b']}", LATER, [("ann", {"headline": "new"})])
    warehouse.load()
    assert warehouse.rows(PEOPLE) == [("ann", "new", ["s"], True), ("bob", "gone", ["s"], False)]
    assert warehouse.rows(SEEN) == [
        ("ann", "2026-01-01 10:00:00", "2026-01-02 10:00:00"),
        ("bob", "2026-01-01 10:00:00", "2026-01-01 10:00:00"),
    ]


def test_loading_the_same_again_changes_nothing(warehouse: OpenWarehouse) -> None:
    """A file that is loaded twice, as after a crash, adds nothing to any table."""
    land_search(warehouse.paths, "a", EARLIER, [("ann", {"headline": "x"})])
    land_log(warehouse.paths, "a", "1", "2")
    warehouse.load()
    tables = (
        "found_contacts",
        "contact_search_finds",
        "contact_searches",
        "rejected_companies",
        "subscription_signals",
    )
    before = {table: warehouse.rows(f"FROM {table} ORDER BY ALL") for table in tables}
    warehouse.con.execute("DELETE FROM internal.landed_files")
    warehouse.load()
    assert {table: warehouse.rows(f"FROM {table} ORDER BY ALL") for table in tables} == before


@pytest.mark.slow
def test_a_file_of_many_pieces(warehouse: OpenWarehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is loaded in pieces is one run: everybody of it is current."""
    monkeypatch.setattr(landed_files, "PIECE_BYTES", 1_000)
    monkeypatch.setattr(landed_files, "BLOCK_BYTES", 500)
    people = [(f"person{number:03}", {"headline": "x" * 50}) for number in range(200)]
    land_search(warehouse.paths, "a", EARLIER, people)
    land_search(warehouse.paths, "b", LATER, people[:150])
    warehouse.load()
    assert warehouse.rows("SELECT count(*), count(*) FILTER (is_current) FROM found_contacts") == [(200, 150)]


def test_a_run_that_found_nobody(warehouse: OpenWarehouse) -> None:
    """A finished run without people leaves those of earlier ones, not current; another search's stay current."""
    land_search(warehouse.paths, "a", EARLIER, [("ann", {}), ("bob", {})])
    land_search(warehouse.paths, "b", EARLIER, [("ann", {})], search="other")
    land_search(warehouse.paths, "c", LATER, [])
    warehouse.load()
    assert warehouse.rows("SELECT contact_id, searches, is_current FROM found_contacts ORDER BY 1") == [
        ("ann", ["other", "s"], True),
        ("bob", ["s"], False),
    ]


def test_a_run_that_did_not_add_up(warehouse: OpenWarehouse) -> None:
    """Who is missing in an incomplete run may still be there, so stays current; who is new in it is current as well."""
    land_search(warehouse.paths, "a", EARLIER, [("ann", {}), ("bob", {})])
    land_search(warehouse.paths, "b", LATER, [("ann", {}), ("cleo", {})], is_complete=False)
    land_search(warehouse.paths, "c", LATER, [("dan", {})], search="never whole", is_complete=False)
    warehouse.load()
    assert warehouse.rows("SELECT contact_id, is_current FROM found_contacts ORDER BY 1") == [
        ("ann", True),
        ("bob", True),
        ("cleo", True),
        ("dan", True),
    ]


def test_odd_people_do_not_fail_the_load(warehouse: OpenWarehouse) -> None:
    """Fields of another type are NULL, fields that are not known yet are left out, and everyone else is loaded."""
    odd = {"headline": {"a": 1}, "positions": "none", "tenureAtCompany": {"years": "two", "months": 3}, "newField": 1}
    land_search(
        warehouse.paths, "a", EARLIER, [("ann", odd), ("bob", {"firstName": "Bob", "lastName": "Ray"}), ("x", 5)]
    )
    warehouse.load()
    assert warehouse.rows(
        "SELECT contact_id, full_name, positions, tenure_at_company FROM found_contacts ORDER BY 1"
    ) == [
        ("ann", None, None, {"years": None, "months": 3}),
        ("bob", "Bob Ray", None, None),
    ]


def test_an_execution_is_one_row_under_its_newest_name(warehouse: OpenWarehouse) -> None:
    """Seen again, an execution keeps its first sighting; a subscription that was renamed renames all of its rows."""
    land_log(warehouse.paths, "a", "1", "2")
    warehouse.load()
    first = warehouse.rows("SELECT signal_id, seen_at FROM subscription_signals ORDER BY 1")
    land_log(warehouse.paths, "b", "2", "3", key="renamed")
    warehouse.load()
    assert warehouse.rows("SELECT subscription, count(*) FROM subscription_signals GROUP BY 1") == [("renamed", 3)]
    assert warehouse.rows("SELECT signal_id, seen_at FROM subscription_signals ORDER BY 1")[:2] == first
