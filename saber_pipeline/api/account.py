"""Account operations: credits, templates, summaries, company lists."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from saber_pipeline.api.call import Call, Reply, path_part, query_pairs
from saber_pipeline.api.decode import UnreadableReplyError, json_object, moment, plain_status, text, whole_number
from saber_pipeline.api.operations import Operations
from saber_pipeline.api.pages import Page, read_page
from saber_pipeline.api.retry_after import RateLimits, rate_limits
from saber_pipeline.api.templates import Template, TemplateRequest, read_template, template_or_none

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

TEMPLATES = "/v1/companies/signals/templates"
SUMMARIES = "/v1/companies/signals/summaries"
SUMMARY_UNDER_WAY = frozenset({"processing", "pending", "running", "queued", "in_progress"})
"""The documented status of a summary that is being made, and what else it may be called. Nothing else is waited for."""


@dataclass(frozen=True)
class Summary:
    """A summary at the API. ``details`` is the whole object, which usually does not name its company."""

    id: str
    status: str
    domain: str | None
    updated_at: datetime | None
    details: Mapping[str, Any]


@dataclass(frozen=True)
class ListedCompany:
    """A company of a list at the API. ``details`` is the API's whole object."""

    id: str | None
    domain: str | None
    details: Mapping[str, Any]


class AccountOperations(Operations):
    """Operations of the account. Every method raises the kinds of ApiError."""

    async def get_credits(self) -> int:
        """Remaining credits. Free, and the cheapest check of a key."""
        return await self._client.call(Call("get_credits", "GET", "/v1/credits"), _remaining_credits)

    async def get_credits_and_limits(self) -> tuple[int, RateLimits]:
        """Remaining credits, and the rate limit for reads from the reply's headers."""
        call = Call("get_credits", "GET", "/v1/credits")
        return await self._client.call(
            call,
            lambda reply: (_remaining_credits(reply), rate_limits(reply.headers, self._client.server_clock.now())),
        )

    async def list_templates(self, *, limit: int = 25, offset: int = 0) -> Page[Template]:
        call = Call("list_templates", "GET", TEMPLATES, query_pairs(limit=limit, offset=offset))
        return await self._client.call(
            call, lambda reply: read_page(reply.body, template_or_none, limit=limit, offset=offset)
        )

    async def create_template(self, request: TemplateRequest) -> Template:
        call = Call("create_template", "POST", TEMPLATES, body=request.body(), is_write=True)
        return await self._client.call(call, lambda reply: read_template(reply.body))

    async def get_template(self, template_id: str) -> Template:
        """A template in its newest version. Raises ApiNotFoundError if there is none."""
        call = Call("get_template", "GET", f"{TEMPLATES}/{path_part(template_id)}")
        return await self._client.call(call, lambda reply: read_template(reply.body))

    async def patch_template(self, template_id: str, request: TemplateRequest) -> Template:
        """Change the fields that are set. Creates a new version."""
        path = f"{TEMPLATES}/{path_part(template_id)}"
        call = Call("patch_template", "PATCH", path, body=request.body(), is_write=True)
        return await self._client.call(call, lambda reply: read_template(reply.body))

    async def delete_template(self, template_id: str) -> None:
        """Delete a template. Raises ApiNotFoundError if there is none."""
        call = Call("delete_template", "DELETE", f"{TEMPLATES}/{path_part(template_id)}", is_write=True)
        await self._client.call(call, lambda _: None)

    async def list_summaries(self, *, domain: str, limit: int = 25, offset: int = 0) -> Page[Summary]:
        """One page of a company's summaries; ``limit`` ≤ 100. The API lists none without a domain."""
        call = Call("list_summaries", "GET", SUMMARIES, query_pairs(domain=domain, limit=limit, offset=offset))
        return await self._client.call(
            call, lambda reply: read_page(reply.body, _listed_summary, limit=limit, offset=offset)
        )

    async def create_summary(self, domain: str) -> Mapping[str, Any] | None:
        """Summarise a company's signals. Returns the API's object, without an id; None without anything to summarise.

        Raises ApiConflictError while another summary is being made.
        """
        call = Call(
            "create_summary",
            "POST",
            SUMMARIES,
            body={"domain": domain},
            is_write=True,
            plain_statuses=frozenset({HTTPStatus.CONFLICT.value}),
        )
        return await self._client.call(call, _made_summary)

    async def list_companies(self, list_id: str, *, limit: int = 100, offset: int = 0) -> Page[ListedCompany]:
        """One page of the companies in a list at the API; ``limit`` ≤ 100."""
        path = f"/v1/companies/lists/{path_part(list_id)}/companies"
        call = Call("list_companies", "GET", path, query_pairs(limit=limit, offset=offset))
        return await self._client.call(
            call, lambda reply: read_page(reply.body, _listed_company, limit=limit, offset=offset)
        )


def _remaining_credits(reply: Reply) -> int:
    remaining = whole_number(json_object(reply.body).get("remainingCredits"))
    if remaining is None:
        raise UnreadableReplyError("the reply holds no remainingCredits")
    return remaining


def _listed_summary(found: dict[str, Any]) -> Summary | None:
    summary_id = text(found.get("id"))
    if summary_id is None:
        return None
    domain = text(found.get("domain"))
    return Summary(
        id=summary_id,
        status=plain_status(found.get("status")),
        domain=domain.lower() if domain else None,
        updated_at=moment(found.get("updatedAt")),
        details=found,
    )


def _made_summary(reply: Reply) -> Mapping[str, Any] | None:
    if reply.status == HTTPStatus.NO_CONTENT:
        return None
    found = json_object(reply.body)
    if not isinstance(found.get("summary"), list):
        raise UnreadableReplyError("the reply holds no summary")
    return found


def _listed_company(found: dict[str, Any]) -> ListedCompany:
    return ListedCompany(text(found.get("id")), text(found.get("domain")), found)
