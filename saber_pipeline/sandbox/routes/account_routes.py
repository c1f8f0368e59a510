"""Credits, connectors and company lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from saber_pipeline.sandbox.answers.company import company_named
from saber_pipeline.sandbox.movable_clock import iso
from saber_pipeline.sandbox.refused_requests import not_found
from saber_pipeline.sandbox.routes.context import context_of, items_page
from saber_pipeline.sandbox.validation import Query

if TYPE_CHECKING:
    from starlette.requests import Request

    from saber_pipeline.sandbox.records import CompanyList

MAX_PAGE = 100


async def credits_balance(request: Request) -> Response:
    return JSONResponse({"remainingCredits": context_of(request).sandbox.credits})


async def connectors(request: Request) -> Response:
    """The documents do not describe this reply. Its shape is what the vendor's own clients read."""
    is_connected = context_of(request).sandbox.in_force("sales_navigator_connected")
    status = "connected" if is_connected else "disconnected"
    return JSONResponse({"connectors": [{"source": "salesNavigator", "status": status}]})


async def company_lists(request: Request) -> Response:
    lists = list(context_of(request).sandbox.company_lists.values())
    return _page(request, [_as_json(company_list) for company_list in lists])


async def company_list(request: Request) -> Response:
    return JSONResponse(_as_json(_find(request)))


async def companies_of_list(request: Request) -> Response:
    sandbox = context_of(request).sandbox
    found = [company_named(domain, sandbox.settings.seed) for domain in _find(request).domains]
    return _page(request, [company.listed(sandbox.company_id(company.domain)) for company in found])


def _find(request: Request) -> CompanyList:
    list_id = request.path_params["list_id"]
    found = context_of(request).sandbox.company_lists.get(list_id)
    if found is None:
        raise not_found(f"Company list {list_id}")
    return found


def _as_json(company_list: CompanyList) -> dict[str, Any]:
    return {
        "id": company_list.id,
        "name": company_list.name,
        "companyCount": len(company_list.domains),
        "createdAt": iso(company_list.created_ms),
    }


def _page(request: Request, everything: list[dict[str, Any]]) -> Response:
    query = Query(request, frozenset({"limit", "offset"}))
    limit, offset = query.integer("limit", 25, 1, MAX_PAGE), query.integer("offset", 0, 0)
    return items_page(everything, limit, offset)
