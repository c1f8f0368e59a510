"""Turns one row of a research list into a person, or into the reason why the row names none.

A wrong guess would buy research about another person. So a row is used only if it names one person at one company, and
an unreadable address makes the whole row unusable.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from saber_pipeline.inputs.cells import JOINERS, Found, Rejected, is_nothing, without_invisible
from saber_pipeline.inputs.domains import normalise_domain
from saber_pipeline.inputs.profile_urls import SALES_NAVIGATOR, normalise_profile_url

# Reasons are stable: analysts group rejected_inputs by them.
NO_FIRST_NAME = "The first name is missing."
NO_LAST_NAME = "The last name is missing."
NO_COMPANY = "The company's name is missing."
NOT_A_NAME = "The name has no letters, or is an address."
SEVERAL_DOMAINS = "The company's domain is not certain: the cell names several."
NOT_SALES_NAVIGATOR = "The Sales Navigator address is not one on linkedin.com/sales/."
TOO_LONG = "A value is longer than the API accepts"

_MOST_CHARACTERS = {
    "first_name": 100,
    "last_name": 100,
    "company_name": 200,
    "job_title": 200,
    "external_id": 100,
    "external_source": 50,
    "sales_navigator_url": 500,
}
_SALES_NAVIGATOR = re.compile(r"(?:https?://)?(?:[a-z]{2,3}\.)?linkedin\.com/sales/[^\s?#]+", re.ASCII | re.IGNORECASE)
_ACCENTS = re.compile("[\u0300-\u036f]")
_ADDRESS = re.compile(r"@|://|\bwww\.", re.IGNORECASE)


@dataclass(frozen=True)
class Person:
    """A person at a company, as the API is asked. Texts are trimmed and have no invisible characters."""

    first_name: str
    last_name: str
    company_name: str
    company_domain: str
    contact_profile_url: str | None = None
    sales_navigator_url: str | None = None
    job_title: str | None = None
    external_id: str | None = None
    external_source: str | None = None

    @property
    def name_key(self) -> str:
        """A key that is the same for every spelling of a name at a company: case, accents, punctuation do not count."""
        return json.dumps([_folded(self.first_name), _folded(self.last_name), self.company_domain], ensure_ascii=False)

    @property
    def has_external_id(self) -> bool:
        """Whether the API can find the person's research by an id of another system."""
        return self.external_id is not None and self.external_source is not None

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name} ({self.company_domain})"

    def to_json(self) -> str:
        """For the ledger; ``person_from_json`` reads it."""
        return json.dumps({name: value for name, value in asdict(self).items() if value is not None})


def person_from_json(text: str) -> Person:
    return Person(**json.loads(text))


def read_person(values: Mapping[str, str | None], domain_cell: str | None) -> Person | str:
    """The person that a row names, or the reason why the row cannot be used.

    ``values``: name of a ``Person``'s field → cell, None for a missing cell.
    """
    fields = {name: _cleaned(cell) for name, cell in values.items()}
    reason = _name_problem(fields)
    if reason is not None:
        return reason
    for name, most in _MOST_CHARACTERS.items():
        if len(fields.get(name) or "") > most:
            return f"{TOO_LONG} ({name.replace('_', ' ')}, {most} characters)."
    domain = _domain(domain_cell)
    if isinstance(domain, Rejected):
        return domain.reason
    fields["company_domain"] = domain
    return _with_addresses(fields)


def _name_problem(fields: Mapping[str, str | None]) -> str | None:
    for name, missing in (("first_name", NO_FIRST_NAME), ("last_name", NO_LAST_NAME), ("company_name", NO_COMPANY)):
        if fields.get(name) is None:
            return missing
    for name in ("first_name", "last_name"):
        text = fields[name] or ""
        if _ADDRESS.search(text) or not _folded(text) or not any(character.isalpha() for character in text):
            return NOT_A_NAME
    return None


def _domain(cell: str | None) -> str | Rejected:
    results = normalise_domain(cell)
    found = [result.subject for result in results if isinstance(result, Found)]
    if len(found) > 1:
        return Rejected(cell or "", SEVERAL_DOMAINS)
    if found:
        return found[0]
    return next(result for result in results if isinstance(result, Rejected))


def _with_addresses(fields: dict[str, str | None]) -> Person | str:
    profile, seat = fields.get("contact_profile_url"), fields.get("sales_navigator_url")
    if profile is not None:
        normal = normalise_profile_url(profile)
        if isinstance(normal, str):
            fields["contact_profile_url"] = normal
        elif normal.reason == SALES_NAVIGATOR:  # the right address in the wrong column
            fields["contact_profile_url"], seat = None, seat or profile
        else:
            return normal.reason
    if seat is not None:
        match = _SALES_NAVIGATOR.match(seat)
        if match is None:
            return NOT_SALES_NAVIGATOR
        fields["sales_navigator_url"] = match[0] if "://" in match[0] else f"https://{match[0]}"
    return Person(**{name: value for name, value in fields.items() if value is not None})


def _cleaned(cell: str | None) -> str | None:
    if cell is None:
        return None
    text = " ".join(without_invisible(unicodedata.normalize("NFC", cell)).split()).strip("\"'\u201c\u201d ")
    return None if is_nothing(text) else text


def _folded(text: str) -> str:
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.translate(JOINERS))).casefold()
    kept = (character if unicodedata.category(character)[0] in "LMN" else " " for character in plain)
    return " ".join("".join(kept).split())
