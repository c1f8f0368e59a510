"""Every row of a list has an outcome, and what a list asks about follows from its rows."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from saber_pipeline.config.questions.subject_kinds import COMPANIES, CONTACTS
from saber_pipeline_tests.testbed.world import ROLE, SIZE, World, people

ROWS = "SELECT row_number, raw_value, domain, outcome, duplicate_of, reason IS NOT NULL FROM list_rows ORDER BY 1"


def test_every_row_has_one_outcome(world: World) -> None:
    """Used, duplicate of which row, or rejected with its reason; the row's other columns stay with it."""
    text = "name,website\nAcme,acme.com\nAgain,www.acme.com\nNobody,none at all\nBoth,globex.com initech.com\n"
    (world.paths.lists(COMPANIES)).mkdir(parents=True)
    (world.paths.lists(COMPANIES) / "accounts.csv").write_text(text, encoding="utf-8")
    world.run(SIZE)
    rows = world.published(ROWS)
    assert rows[:3] == [
        (1, "acme.com", "acme.com", "used", None, False),
        (2, "www.acme.com", "acme.com", "duplicate", 1, False),
        (3, "none at all", None, "rejected", None, True),
    ]
    assert len(rows) == 4
    assert world.published("SELECT domain FROM domains ORDER BY row_number, domain")[0] == ("acme.com",)
    assert world.published("SELECT row_number, raw_value FROM rejected_inputs")[0] == (3, "none at all")
    assert world.published("SELECT attributes ->> 'name' FROM list_rows WHERE row_number = 2") == [("Again",)]


def test_contacts_have_their_rows_too(world: World) -> None:
    """A contact list's rows name profiles, not domains."""
    world.questions = (ROLE,)
    world.write_list(people(2), "people", CONTACTS)
    world.run(ROLE, lists=("people",))
    rows = world.published(
        "SELECT subject_type, domain, contact_profile_url, outcome FROM list_rows ORDER BY row_number"
    )
    assert rows == [("contact", None, profile, "used") for profile in people(2)]


def test_a_snapshot_of_an_earlier_version_goes_on(world: World) -> None:
    """Accepted and rejected rows of a snapshot without the others are there until the list is read again."""
    folder = world.paths.landed_lists(COMPANIES)
    folder.mkdir(parents=True)
    accepted = {
        "list": ["old"],
        "domain": ["acme.com"],
        "row_number": [1],
        "raw_value": ["acme.com"],
        "attributes": ["{}"],
    }
    rejected = {"list": ["old"], "row_number": [2], "raw_value": ["?"], "reason": ["no domain"]}
    pq.write_table(pa.table(accepted), folder / "old.domains.parquet")
    pq.write_table(pa.table(rejected), folder / "old.rejected.parquet")
    world.write_list(["globex.com"])
    world.run(SIZE)
    assert world.published("SELECT list, domain FROM domains ORDER BY list") == [
        ("accounts", "globex.com"),
        ("old", "acme.com"),
    ]
    assert world.published("SELECT list, row_number, reason FROM rejected_inputs") == [("old", 2, "no domain")]
    world.write_list(["acme.com", "?"], "old")
    world.run(SIZE, lists=("old",))
    assert world.published("SELECT row_number, outcome FROM list_rows WHERE list = 'old' ORDER BY 1") == [
        (1, "used"),
        (2, "rejected"),
    ]
