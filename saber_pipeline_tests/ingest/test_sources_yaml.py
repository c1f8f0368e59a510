"""sources.yaml, through real files."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from saber_pipeline.errors import SourcesError
from saber_pipeline.ingest.source_declarations import CompanyList, ContactSearch, Sources, Subscription
from saber_pipeline.ingest.sources_fields import DEPARTMENTS, SENIORITY_LEVELS
from saber_pipeline.ingest.sources_yaml import load_sources
from saber_pipeline.sandbox.bodies import Department, Seniority

AN_ID = "6f1c0c0e-2a3b-4c5d-8e9f-000000000001"
SEARCH_FIELDS = (
    "companies_from", "column", "company_linkedin_urls", "first_name", "last_name", "job_titles", "keywords",
    "countries", "departments", "seniority_levels", "contact_list",
)  # fmt: skip


def load(folder: Path, text: str) -> Sources:
    (folder / "sources.yaml").write_text(text, encoding="utf-8")
    return load_sources(folder / "sources.yaml")


def mistakes(folder: Path, text: str) -> list[str]:
    """The lines of the report, without the file's name."""
    with pytest.raises(SourcesError) as caught:
        load(folder, text)
    first, *lines = str(caught.value).splitlines()
    assert first == f"{len(lines)} mistake{'s' if len(lines) > 1 else ''} in {folder / 'sources.yaml'}:"
    return [line.removeprefix("sources.yaml:").strip() for line in lines]


def search(folder: Path, fields: str) -> ContactSearch:
    return load(folder, f"contact_searches:\n  s: {{{fields}}}\n").contact_searches[0]


def test_everything_that_can_be_declared(tmp_path: Path) -> None:
    """Each section and field reads as it is meant; ids and addresses get their one form, NO stays Norway."""
    file = tmp_path / "sources.yaml"
    assert load(
        tmp_path,
        f"""
contact_searches:
  sales_leaders:
    companies_from: sample_accounts
    column: LinkedIn URL
    company_linkedin_urls: [linkedin.com/company/Acme/about]
    first_name: Ann
    last_name: Lee
    job_titles: [VP Sales, Head of Sales, VP Sales]
    keywords: 2024
    countries: [NO, de]
    departments: [Sales]
    seniority_levels: [Owner / Partner]
    contact_list: Sales-Leaders
subscriptions:
  new_funding: {AN_ID.upper()}
company_lists:
  Target-Accounts: lst_123
""",
    ) == Sources(
        (
            ContactSearch(
                "sales_leaders",
                file,
                3,
                companies_from="sample_accounts",
                column="LinkedIn URL",
                company_linkedin_urls=("https://www.linkedin.com/company/acme",),
                first_name="Ann",
                last_name="Lee",
                job_titles=("VP Sales", "Head of Sales"),
                keywords="2024",
                countries=("NO", "DE"),
                departments=("Sales",),
                seniority_levels=("Owner / Partner",),
                contact_list="Sales-Leaders",
            ),
        ),
        (Subscription("new_funding", file, 16, subscription_id=AN_ID),),
        (CompanyList("Target-Accounts", file, 18, list_id="lst_123"),),
    )


@pytest.mark.parametrize("text", ["", "subscriptions:\n", "x-ids: &a 5\ncontact_searches:\n  # a: {}\n"])
def test_nothing_is_declared(tmp_path: Path, text: str) -> None:
    """An empty file, an empty section and anchors under x- declare nothing, as does no file at all."""
    assert load(tmp_path, text) == Sources()
    assert load_sources(tmp_path / "none.yaml") == Sources()


def test_one_report_for_all_mistakes(tmp_path: Path) -> None:
    """Mistakes of all kinds come in one report, each with line, key and what is allowed."""
    text = f"""contact_searches:
  Sales: {{keywords: a}}
  b:
    companies_from: my accounts
    job_title: [VP Sales]
    departments: [sales]
  c: {{contact_list: x}}
  d: 5
subscription: {{}}
subscriptions:
  a: 5
  a: {AN_ID}
company_lists: [a]
"""
    fields = ", ".join(SEARCH_FIELDS)
    criteria = ", ".join(name for name in SEARCH_FIELDS if name not in {"column", "contact_list"})
    assert (
        "\n".join(mistakes(tmp_path, text))
        == f"""\
2: contact_searches.Sales: the key cannot be used; allowed are up to 63 of a-z, 0-9 and _, starting with a letter
4: contact_searches.b.companies_from: found 'my accounts'; allowed is a list's name: 1 to 100 of the characters \
A-Z, a-z, 0-9, _ and -
5: contact_searches.b.job_title: unknown field (did you mean 'job_titles'?); allowed are {fields}
6: contact_searches.b.departments: found 'sales' (did you mean 'Sales'?); allowed are {", ".join(DEPARTMENTS)}
7: contact_searches.c: it has no search criterion; give one of {criteria}
8: contact_searches.d: found 5; allowed is a mapping with {fields}
9: subscription: unknown key (did you mean 'subscriptions'?); allowed are `contact_searches:`, `subscriptions:`, \
`company_lists:`
11: subscriptions.a: found 5; allowed is the id of a subscription at Saber, a UUID such as \
00000000-0000-0000-0000-000000000000
12: subscriptions.a: the key appears twice, first in line 11; keep one of them
13: company_lists: found a list; allowed is a mapping of keys"""
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("job_titles: VP", "job_titles: found 'VP'; allowed is a list with at least one entry, such as"),
        ("job_titles: []", "job_titles: found an empty list; allowed is a list"),
        ("job_titles: [{a: 1}]", "job_titles: found a mapping; allowed is a text of 1 to 200 characters"),
        ("first_name: null", "first_name: found nothing; allowed is a text of 1 to 100 characters"),
        (f"keywords: {'x' * 501}", "keywords: it has 501 characters; allowed is a text of 1 to 500 characters"),
        ("countries: [Germany]", "countries: found 'Germany'; allowed are two letters for each country"),
        ("seniority_levels: [VP]", "seniority_levels: found 'VP'; allowed are Owner / Partner, CXO,"),
        ("company_linkedin_urls: [acme.com]", "company_linkedin_urls: found 'acme.com'. There is no LinkedIn"),
        ("column: a, keywords: b", "companies_from: it is missing; `column` needs it"),
        ("keywords: a, contact_list: a/b", "contact_list: found 'a/b'; allowed is a list's name"),
    ],
)
def test_a_wrong_field(tmp_path: Path, fields: str, expected: str) -> None:
    """Each field says what stands there and what is allowed."""
    (line,) = mistakes(tmp_path, f"contact_searches:\n  s: {{{fields}}}\n")
    assert line.startswith(f"2: contact_searches.s.{expected}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "contact_searches: {a: {keywords: x, contact_list: l}, b: {keywords: y, contact_list: l}}",
            "1: contact_searches.b.contact_list: 'l' appears twice, first in line 1; keep one of them",
        ),
        (
            f"subscriptions:\n  a: {AN_ID}\n  b: {AN_ID}",
            f"3: subscriptions.b: '{AN_ID}' appears twice, first in line 2; keep one of them",
        ),
        (
            f"company_lists:\n  a: {AN_ID}\n  b: {AN_ID}",
            f"3: company_lists.b: '{AN_ID}' appears twice, first in line 2; keep one of them",
        ),
        ("company_lists: {a b: x}", "1: company_lists.'a b': the key cannot be the name of a list"),
        ("company_lists: {a: 'x y'}", "1: company_lists.a: found 'x y'; allowed is the id of a list at Saber"),
        ("subscriptions: {a: null}", "1: subscriptions.a: found nothing; allowed is the id of a subscription"),
        ("5", "1: found 5; allowed is a mapping with the keys"),
        ("a: [", "2: this is not YAML:"),
    ],
)
def test_a_wrong_file(tmp_path: Path, text: str, expected: str) -> None:
    """What is declared twice, a bad name or id, and a file that is no mapping are told with their line."""
    (line,) = mistakes(tmp_path, text + "\n")
    assert line.startswith(expected)


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    """Something that is there and cannot be read is a mistake, not an absent file."""
    (tmp_path / "sources.yaml").mkdir()
    with pytest.raises(SourcesError, match="this is a folder"):
        load_sources(tmp_path / "sources.yaml")


def test_criteria_of_its_own_need_no_list(tmp_path: Path) -> None:
    """A search may name its companies itself, or none at all."""
    named = search(tmp_path, "company_linkedin_urls: [company/acme]")
    assert (named.companies_from, len(named.company_linkedin_urls)) == (None, 1)
    everywhere = search(tmp_path, "first_name: Ann")
    assert (everywhere.companies_from, everywhere.company_linkedin_urls) == (None, ())


def test_words_are_those_of_the_api() -> None:
    """Departments and seniority levels are the sandbox's, which are checked against the interface description."""
    assert get_args(Department) == DEPARTMENTS
    assert get_args(Seniority) == SENIORITY_LEVELS
