"""Rows of research lists: who is meant, and what cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saber_pipeline.inputs import people as reasons
from saber_pipeline.inputs.people import Person, person_from_json, read_person
from saber_pipeline.inputs.people_reader import read_people

if TYPE_CHECKING:
    from pathlib import Path

JANE = {"first_name": "Jane", "last_name": "Doe", "company_name": "Acme"}


def read(domain: str | None = "acme.com", **values: str | None) -> Person | str:
    return read_person({**JANE, **values}, domain)


def test_a_clean_row() -> None:
    """Every column reaches its field, trimmed, with addresses in their normal form."""
    found = read(
        "https://www.Acme.com/about",
        first_name="  Jane\u200b ",
        contact_profile_url="linkedin.com/in/JaneDoe/?trk=x",
        sales_navigator_url="https://www.linkedin.com/sales/lead/ACwAA,NAME_SEARCH?x=1",
        job_title=" VP  of Sales",
        external_id="7",
        external_source="crm",
    )
    assert found == Person(
        "Jane",
        "Doe",
        "Acme",
        "acme.com",
        "https://www.linkedin.com/in/janedoe",
        "https://www.linkedin.com/sales/lead/ACwAA,NAME_SEARCH",
        "VP of Sales",
        "7",
        "crm",
    )
    assert person_from_json(found.to_json()) == found


@pytest.mark.parametrize("nothing", [None, "", " ", "n/a", "-", "NULL", "\u200b"])
def test_words_for_nothing_are_nothing(nothing: str | None) -> None:
    """An optional cell that says "nothing" in any way is left out."""
    values = dict.fromkeys(("contact_profile_url", "sales_navigator_url", "job_title", "external_id"), nothing)
    assert read(**values) == Person("Jane", "Doe", "Acme", "acme.com")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"first_name": "n/a"}, reasons.NO_FIRST_NAME),
        ({"last_name": None}, reasons.NO_LAST_NAME),
        ({"company_name": " "}, reasons.NO_COMPANY),
        ({"first_name": "jane@acme.com"}, reasons.NOT_A_NAME),
        ({"last_name": "12"}, reasons.NOT_A_NAME),
        ({"last_name": "https://x.com"}, reasons.NOT_A_NAME),
        ({"domain": "acme.com, other.com"}, reasons.SEVERAL_DOMAINS),
        ({"domain": None}, "The cell is empty."),
        ({"domain": "127.0.0.1"}, "An IP address is not a domain."),
        ({"contact_profile_url": "https://www.linkedin.com/company/acme"}, "A page of a company or school"),
        ({"contact_profile_url": "call me"}, "There is no profile address in the text."),
        ({"sales_navigator_url": "https://example.com/sales/lead/1"}, reasons.NOT_SALES_NAVIGATOR),
        ({"job_title": "x" * 201}, reasons.TOO_LONG),
        ({"external_id": "x" * 101}, reasons.TOO_LONG),
        ({"first_name": "x" * 101}, reasons.TOO_LONG),
    ],
)
def test_rows_that_cannot_be_used(row: dict[str, str | None], reason: str) -> None:
    """A row that does not certainly name one person at one company is rejected with its reason."""
    found = read(**{"domain": "acme.com", **row})
    assert isinstance(found, str)
    assert found.startswith(reason)


def test_a_sales_navigator_address_in_the_profile_column() -> None:
    """It is taken for what it is."""
    found = read(contact_profile_url="https://www.linkedin.com/sales/lead/ACwAA")
    assert isinstance(found, Person)
    assert (found.contact_profile_url, found.sales_navigator_url) == (
        None,
        "https://www.linkedin.com/sales/lead/ACwAA",
    )


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (("José", "O'Neill"), ("jose", "O\u2019NEILL"), True),
        (("Anne-Marie", "Müller"), ("anne marie", "Mu\u0308ller"), True),
        (("Jane", "Doe"), ("Jane D", "oe"), False),
        (("Łukasz", "Nowak"), ("Lukasz", "Nowak"), False),
        (("कमल", "शर्मा"), ("कमला", "शर्मा"), False),
    ],
)
def test_spellings_of_one_name(one: tuple[str, str], other: tuple[str, str], *, is_same: bool) -> None:
    """Case, accents and punctuation do not make another person; letters do."""
    keys = {Person(first, last, "Acme", "acme.com").name_key for first, last in (one, other)}
    assert (len(keys) == 1) is is_same


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_a_person_or_a_reason(first: str, last: str, domain: str, profile: str) -> None:
    """No cell makes reading raise, and reading what was read changes nothing."""
    found = read(domain, first_name=first, last_name=last, contact_profile_url=profile)
    if isinstance(found, Person):
        again = read_person(
            {
                "first_name": found.first_name,
                "last_name": found.last_name,
                "company_name": found.company_name,
                "contact_profile_url": found.contact_profile_url,
                "sales_navigator_url": found.sales_navigator_url,
            },
            found.company_domain,
        )
        assert again == found


def test_columns_are_found_by_name_in_any_case(tmp_path: Path) -> None:
    """CSV with semicolons and other words, and Parquet, give the same people; ragged rows keep their numbers."""
    csv = tmp_path / "a.csv"
    csv.write_text("Vorname;NACHNAME;Firma;Website;LinkedIn\nJane;Doe;Acme;acme.com\n;x\n", encoding="utf-8")
    rows = list(read_people(csv))
    assert [(row.row_number, row.person, row.reason) for row in rows] == [
        (1, Person("Jane", "Doe", "Acme", "acme.com"), None),
        (2, None, reasons.NO_FIRST_NAME),
    ]
    parquet = tmp_path / "a.parquet"
    table = pa.table(
        {"first_name": ["Jane"], "last_name": ["Doe"], "company": ["Acme"], "company_domain": ["acme.com"]}
    )
    pq.write_table(table, parquet)
    assert [row.person for row in read_people(parquet)] == [Person("Jane", "Doe", "Acme", "acme.com")]
