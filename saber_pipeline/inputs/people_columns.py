"""The columns of a research list that describe a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.columns import ColumnNames, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

COMPANY_DOMAIN_COLUMNS = ColumnNames(
    (
        "companydomain", "domain", "companydomainname", "domainname", "primarydomain", "accountdomain",
        "organizationdomain", "organisationdomain", "employerdomain",
        "companywebsite", "website", "companywebsiteurl", "websiteurl", "accountwebsite", "companyurl",
        "companyhomepage", "homepage", "webseite",
    ),
    hints=("domain", "website", "homepage"),
    but_not=("email",),
)  # fmt: skip
"""No e-mail addresses: half of them are at a mail provider, whose domain would name the wrong company."""

_NAMES: dict[str, tuple[str, ...]] = {
    "first_name": ("firstname", "givenname", "forename", "vorname", "prenom", "contactfirstname", "personfirstname"),
    "last_name": ("lastname", "surname", "familyname", "nachname", "nom", "contactlastname", "personlastname"),
    "company_name": (
        "companyname", "company", "accountname", "account", "organizationname", "organization", "organisationname",
        "organisation", "employer", "employername", "firma", "currentcompany",
    ),
    "contact_profile_url": (
        "contactprofileurl", "linkedinprofileurl", "linkedinurl", "personlinkedinurl", "contactlinkedinurl",
        "linkedinprofile", "linkedin", "personlinkedin", "contactlinkedin", "linkedinlink",
        "linkedinpublicprofileurl", "publicprofileurl", "profileurl", "contactprofile", "profile",
    ),
    "sales_navigator_url": (
        "linkedinsalesnavigatorurl", "salesnavigatorurl", "salesnavurl", "salesnavigator", "salesnav",
        "linkedinsalesnavigator", "linkedinsalesnavigatorprofileurl", "salesnavigatorprofileurl",
    ),
    "job_title": ("jobtitle", "title", "position", "role", "currenttitle", "jobposition", "funktion"),
    "external_id": ("externalid", "externalcontactid"),
    "external_source": ("externalsource", "externalsystem"),
}  # fmt: skip
REQUIRED = ("first_name", "last_name", "company_name")


def find_people_columns(headers: Iterable[str], path: Path) -> dict[str, str]:
    """Field → header of each field that the file has, besides that of the company's domain; the best name wins.

    Raises ListError if a column that every person needs is missing.
    """
    by_name: dict[str, str] = {}
    for header in headers:
        by_name.setdefault(plain_name(header), header)
    found = {field: next((by_name[name] for name in names if name in by_name), None) for field, names in _NAMES.items()}
    missing = [field for field in REQUIRED if found[field] is None]
    if missing:
        seen = ", ".join(repr(header) for header in by_name.values()) or "none besides the domain"
        raise ListError(
            f"{path}: a research list needs the columns first_name, last_name, company_name and company_domain, and "
            f"its columns ({seen}) lack {', '.join(missing)}. Nothing was spent. Name them so, in any case."
        )
    return {field: header for field, header in found.items() if header is not None}
