"""The declarations of sources.yaml: imports from Saber besides the answers to questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Declared:
    """A declaration in ``file``, in ``line``, under ``key``."""

    key: str
    file: Path
    line: int

    @property
    def place(self) -> str:
        """The place of the declaration, for messages."""
        return f"{self.file}:{self.line}: {self.key}"


@dataclass(frozen=True, kw_only=True)
class ContactSearch(Declared):
    """The criteria of a search. Texts and values are the API's. Company addresses are in normal form.

    ``companies_from`` and ``column``: a domain list, and its column with the companies' LinkedIn addresses. The table
    ``companies`` gives missing addresses, or all addresses if there is no column. ``contact_list``: the name of the
    contact list that holds the people found.
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
    subscription_id: str


@dataclass(frozen=True, kw_only=True)
class CompanyList(Declared):
    """A list kept at Saber. Its key is the name of the domain list here."""

    list_id: str


@dataclass(frozen=True)
class Sources:
    """Everything of one file, in its order. Keys are unique within a section."""

    contact_searches: tuple[ContactSearch, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    company_lists: tuple[CompanyList, ...] = ()
