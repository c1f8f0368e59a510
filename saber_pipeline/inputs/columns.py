"""Which column of a list file holds the subjects."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.errors import ListError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class ColumnNames:
    """Names of the column with the subjects, compared in lower case without spaces and punctuation.

    ``names``: best first. A header that merely contains one of ``hints``, and none of ``but_not``, counts
    when it is the only such one.
    """

    names: tuple[str, ...]
    hints: tuple[str, ...]
    but_not: tuple[str, ...] = ()

    def is_similar(self, plain_header: str) -> bool:
        """Does the header contain a hint?"""
        return any(hint in plain_header for hint in self.hints) and not any(no in plain_header for no in self.but_not)


DOMAIN_COLUMNS = ColumnNames(
    (
        "domain", "companydomain", "domainname", "companydomainname", "primarydomain", "accountdomain",
        "organizationdomain", "organisationdomain", "websitedomain", "domains",
        "website", "companywebsite", "websiteurl", "companywebsiteurl", "accountwebsite", "websites",
        "url", "companyurl", "urls", "homepage", "homepageurl", "companyhomepage",
        "websiteaddress", "webaddress", "webpage", "site", "companysite", "siteurl", "web", "weburl", "www",
        "webseite", "internetseite", "host", "hostname",
        "emaildomain", "email", "emailaddress", "companyemail", "workemail",
    ),
    hints=("domain", "website", "homepage"),
)  # fmt: skip
PROFILE_COLUMNS = ColumnNames(
    (
        "contactprofileurl", "linkedinprofileurl", "linkedinurl", "personlinkedinurl", "contactlinkedinurl",
        "linkedinprofile", "linkedin", "personlinkedin", "contactlinkedin", "contactlinkedinprofile",
        "contactlinkedinprofileurl", "leadlinkedinurl", "leadlinkedin", "linkedinlink", "linkedinprofilelink",
        "linkedinpublicprofileurl", "publicprofileurl", "defaultprofileurl", "linkedincontactprofileurl",
        "linkedinurls", "linkedinprofiles", "linkedinaddress", "linkedinprofil",
        "profileurl", "contactprofile", "profilelink", "profileaddress", "profile", "profiles", "profileurls",
        "contacturl", "personurl", "memberurl", "profil", "profilurl",
        "url", "urls", "link",
    ),
    hints=("linkedin", "profile"),
    but_not=("company", "account", "organization", "organisation", "employer", "navigator", "picture", "image"),
)  # fmt: skip
_NOT_LETTERS = re.compile(r"[\W_]+")


def choose_column(headers: Sequence[str], path: Path, columns: ColumnNames) -> int:
    """Index of the column with the subjects: by name, best name first, or because it is the only one.

    A header that is merely similar ("Website (main)") counts when it is the only one. Raises ListError
    with the columns found and the names that work.
    """
    if len(headers) == 1:
        return 0
    plain = [plain_name(header) for header in headers]
    for name in columns.names:
        if name in plain:
            return plain.index(name)
    similar = [index for index, name in enumerate(plain) if columns.is_similar(name)]
    if len(similar) == 1:
        return similar[0]
    found = ", ".join(repr(header) for header in headers)
    raise ListError(
        f"{path}: none of its columns ({found}) is known to hold what a list needs. Name one of them "
        f"{columns.names[0]!r}; these names work too, in any case: {', '.join(columns.names[1:])}. "
        "Should the first row be data, put a row with the columns' names above it."
    )


def is_column_name(text: str, columns: ColumnNames) -> bool:
    """Is the text one of the names that ``choose_column`` looks for?"""
    return plain_name(text) in columns.names


def plain_name(header: str) -> str:
    """The header in lower case without spaces, punctuation and invisible characters."""
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFKC", header).lower())


def distinct_names(headers: Sequence[str]) -> list[str]:
    """Headers as JSON keys: unnamed ones become ``column_3``, repeated ones ``name_2``."""
    names: list[str] = []
    taken = {header.strip() for header in headers}
    seen: set[str] = set()
    for position, header in enumerate(headers, start=1):
        base = header.strip() or f"column_{position}"
        name, number = base, 2
        while name in seen or (name != base and name in taken):
            name, number = f"{base}_{number}", number + 1
        seen.add(name)
        names.append(name)
    return names
