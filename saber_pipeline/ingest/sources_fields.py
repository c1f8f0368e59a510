"""The sections, keys and fields of sources.yaml, for its reader and for editors."""

from __future__ import annotations

import re

from saber_pipeline.config.questions.forms import (
    SAMPLE_ID,
    UNQUOTED,
    Form,
    Forms,
    Schema,
    WrongValueError,
    closed,
    document,
    keyed,
    list_of,
    matching,
    of_fields,
    text,
    uuid_of,
    word,
)
from saber_pipeline.config.questions.yaml_nodes import Node, Scalar, describe_node
from saber_pipeline.inputs.cells import Rejected
from saber_pipeline.inputs.company_pages import normalise_company_page
from saber_pipeline.inputs.list_names import LIST_NAME

DEPARTMENTS = (
    "Accounting", "Administrative", "Arts and Design", "Business Development", "Community and Social Services",
    "Consulting", "Customer Success and Support", "Education", "Engineering", "Entrepreneurship", "Finance",
    "Healthcare Services", "Human Resources", "Information Technology", "Legal", "Marketing",
    "Media and Communication", "Military and Protective Services", "Operations", "Product Management",
    "Program and Project Management", "Purchasing", "Quality Assurance", "Real Estate", "Research", "Sales",
)  # fmt: skip
SENIORITY_LEVELS = (
    "Owner / Partner", "CXO", "Vice President", "Director", "Experienced Manager", "Entry Level Manager",
    "Strategic", "Senior", "Entry Level", "In Training",
)  # fmt: skip
MAX_KEY_CHARACTERS = 63  # an asset's name
KEY = re.compile(rf"(?=.{{1,{MAX_KEY_CHARACTERS}}}$)[a-z][a-z0-9_]*", re.ASCII)

COMPANY_LIST_ID = matching(
    re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII),  # no document says that the id is a UUID
    f"is the id of a list at Saber, such as {SAMPLE_ID}",
)
SUBSCRIPTION_ID = uuid_of("the id of a subscription at Saber")
_LIST_NAME = matching(LIST_NAME, "is a list's name: 1 to 100 of the characters A-Z, a-z, 0-9, _ and -")


def _company_page(node: Node) -> str:
    """The LinkedIn address of one company, in its normal form."""
    page = normalise_company_page(node.text) if isinstance(node, Scalar) else None
    if isinstance(page, str):
        return page
    reason = f" {page.reason.rstrip('.')}" if isinstance(page, Rejected) else ""
    what = f"found {describe_node(node)}.{reason}; allowed is an address such as https://www.linkedin.com/company/acme"
    raise WrongValueError(what)


def _country(node: Node) -> str:
    """A country's two letters, as capitals. ``NO`` is Norway, also where YAML would read it as false."""
    return _TWO_LETTERS.read(node).upper()


_TWO_LETTERS = matching(re.compile("[A-Za-z]{2}", re.ASCII), "are two letters for each country, such as DE")
_PAGES = list_of(Form(_company_page, UNQUOTED), "[https://www.linkedin.com/company/acme]")
_DEPARTMENTS = list_of(word(DEPARTMENTS, f"are {', '.join(DEPARTMENTS)}"), "[Sales]")
_SENIORITY_LEVELS = list_of(word(SENIORITY_LEVELS, f"are {', '.join(SENIORITY_LEVELS)}"), "[Director, CXO]")

SEARCH_FIELDS: Forms = {
    "companies_from": _LIST_NAME.described("A domain list at whose companies people are looked for."),
    "column": text(200).described("The list's column with the LinkedIn addresses of companies."),
    "company_linkedin_urls": _PAGES.described("LinkedIn addresses of companies at which people are looked for."),
    "first_name": text(100).described("The person's first name."),
    "last_name": text(100).described("The person's last name."),
    "job_titles": list_of(text(200), "[VP Sales, Head of Sales]").described("One of these job titles."),
    "keywords": text(500).described("Words that stand in the person's profile."),
    "countries": list_of(Form(_country, _TWO_LETTERS.schema), "[DE, AT, CH]").described(
        "Countries by two letters each."
    ),
    "departments": _DEPARTMENTS.described("One of these departments."),
    "seniority_levels": _SENIORITY_LEVELS.described("One of these levels."),
    "contact_list": _LIST_NAME.described("The name of the contact list to create from the people found."),
}
CRITERIA = [field for field in SEARCH_FIELDS if field not in {"column", "contact_list"}]
"""The criteria of a search, which has at least one of them."""


def editor_schema() -> Schema:
    some_criteria = [{"required": [field]} for field in CRITERIA]
    search = closed(of_fields(SEARCH_FIELDS), anyOf=some_criteria, dependencies={"column": ["companies_from"]})
    sections = {
        "contact_searches": keyed(search, "Searches for people, by names of your choosing.", key=KEY.pattern),
        "subscriptions": keyed(
            SUBSCRIPTION_ID.schema, "Subscriptions that run at Saber: a name, and the id there.", key=KEY.pattern
        ),
        "company_lists": keyed(
            COMPANY_LIST_ID.schema,
            "Lists kept at Saber: the domain list's name here, and the id there.",
            key=LIST_NAME.pattern,
        ),
    }
    return document("sources.yaml: what else to read from Saber, for free", sections)
