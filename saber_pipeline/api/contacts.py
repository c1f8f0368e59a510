"""Contact research and contact search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saber_pipeline.api.call import RequestBody
from saber_pipeline.api.decode import UnreadableReplyError, error_text, json_object, moment, plain_status, text
from saber_pipeline.api.pages import Page, read_envelope, read_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class ContactResearchRequest(RequestBody):
    first_name: str
    last_name: str
    company_name: str
    company_domain: str
    contact_profile_url: str | None = None
    linked_in_sales_navigator_url: str | None = None
    job_title: str | None = None
    webhook_url: str | None = None


@dataclass(frozen=True)
class ContactResearch:
    """A contact's research. ``details`` is the API's whole object, with the profile once completed."""

    id: str
    status: str
    created_at: datetime | None
    error: str | None
    details: Mapping[str, Any]

    @property
    def is_completed(self) -> bool:
        return self.status == "completed"

    @property
    def is_failed(self) -> bool:
        return self.status == "failed"

    @property
    def is_done(self) -> bool:
        return self.is_completed or self.is_failed


@dataclass(frozen=True, kw_only=True)
class ContactSearchRequest(RequestBody):
    """Search criteria for people; at least one."""

    company_linked_in_urls: Sequence[str] = ()
    first_name: str | None = None
    last_name: str | None = None
    job_titles: Sequence[str] = ()
    keywords: str | None = None
    countries: Sequence[str] = ()
    departments: Sequence[str] = ()
    seniority_levels: Sequence[str] = ()


@dataclass(frozen=True)
class FoundContact:
    """A contact that a search found. ``details`` is the API's whole object."""

    full_name: str | None
    company_name: str | None
    details: Mapping[str, Any]


@dataclass(frozen=True)
class ContactSearchPage(Page[FoundContact]):
    """One page of found contacts. Without a connection to Sales Navigator the page is empty."""

    is_sales_nav_connected: bool = True


def read_contact_research(body: bytes) -> ContactResearch:
    """One contact's research. Raises UnreadableReplyError."""
    found = json_object(body)
    research_id = text(found.get("id"))
    if research_id is None:
        raise UnreadableReplyError("the reply is not a contact research with an id")
    return ContactResearch(
        id=research_id,
        status=plain_status(found.get("status")),
        created_at=moment(found.get("createdAt")),
        error=error_text(found.get("error")),
        details=found,
    )


def read_contact_search(body: bytes, *, limit: int, offset: int) -> ContactSearchPage:
    """A page of found contacts. Raises UnreadableReplyError."""
    envelope = read_envelope(body)
    is_connected = envelope.sales_nav_connected is not False
    if not is_connected and envelope.results is None and envelope.items is None:
        return ContactSearchPage((), 0, is_sales_nav_connected=False)
    page = read_page(body, _found_contact, limit=limit, offset=offset)
    return ContactSearchPage(**vars(page), is_sales_nav_connected=is_connected)


def _found_contact(found: dict[str, Any]) -> FoundContact:
    names = (text(found.get("firstName")), text(found.get("lastName")))
    return FoundContact(
        full_name=text(found.get("fullName")) or " ".join(name for name in names if name) or None,
        company_name=text(found.get("companyName")),
        details=found,
    )
