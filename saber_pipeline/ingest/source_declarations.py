"""The declarations of sources.yaml: imports from Saber besides the answers to questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Declared:
    """Something declared in ``file``, at its ``line``, under its ``key``."""

    key: str
    file: Path
    line: int

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return f"{self.file}:{self.line}: {self.key}"


@dataclass(frozen=True, kw_only=True)
class ContactSearch(Declared):
    """The search criteria. Texts and values are the API's; company addresses are in normal form.

    ``companies_from`` and ``column``: a domain list, and the column of it with the companies' LinkedIn addresses; the
    table ``companies`` gives those that are missing, or all of them without a column.
    ``contact_list``: the name under which the people found become a contact list.
    """

    companies_from: str | None = None
    column: str | None = None
    company_linkedin_urls: tuple[str, ...] = ()
    first_name: str | None = None
    last_name: str | None = None
    job_titles: tuple[str, ...] = ()
    keywords: str | None = None
    countries: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    seniority_levels: tuple[str, ...] = ()
    contact_list: str | None = None


@dataclass(frozen=True, kw_only=True)
class Subscription(Declared):
    """A subscription that runs at Saber."""

    subscription_id: str


@dataclass(frozen=True, kw_only=True)
class CompanyList(Declared):
    """A list kept at Saber; its key is the domain list's name here."""

    list_id: str


@dataclass(frozen=True)
class Sources:
    """Everything of one file, in its order. Keys are unique within a section."""

    contact_searches: tuple[ContactSearch, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    company_lists: tuple[CompanyList, ...] = ()
