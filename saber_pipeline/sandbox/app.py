"""The sandbox as an ASGI application."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saber_pipeline.sandbox.gate import Gate
from saber_pipeline.sandbox.movable_clock import SandboxClock
from saber_pipeline.sandbox.refused_requests import RefusalError
from saber_pipeline.sandbox.routes import (
    account_routes,
    batch_routes,
    company_signal_routes,
    contact_routes,
    contact_signal_routes,
    control_routes,
    summary_routes,
    template_routes,
)
from saber_pipeline.sandbox.routes.context import Context
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline.sandbox.sandbox_state import Sandbox
from saber_pipeline.sandbox.webhook_delivery import delivering_webhooks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import ASGIApp

SIGNALS = "/v1/companies/signals"
TYPES_BY_STATUS = {404: "NOT_FOUND", 405: "BAD_REQUEST"}
ROUTES = [
    Route("/v1/credits", account_routes.credits_balance, methods=["GET"]),
    Route("/v1/connectors", account_routes.connectors, methods=["GET"]),
    Route("/v1/companies/lists", account_routes.company_lists, methods=["GET"]),
    Route("/v1/companies/lists/{list_id}", account_routes.company_list, methods=["GET"]),
    Route("/v1/companies/lists/{list_id}/companies", account_routes.companies_of_list, methods=["GET"]),
    Route(SIGNALS, company_signal_routes.listing, methods=["GET"]),
    Route(SIGNALS, company_signal_routes.create, methods=["POST"]),
    Route(f"{SIGNALS}/sync", company_signal_routes.create_sync, methods=["POST"]),
    Route(f"{SIGNALS}/batch", batch_routes.create, methods=["POST"]),
    Route(f"{SIGNALS}/batches/status", batch_routes.status, methods=["GET"]),
    Route(f"{SIGNALS}/summaries", summary_routes.listing, methods=["GET"]),
    Route(f"{SIGNALS}/summaries", summary_routes.create, methods=["POST"]),
    Route(f"{SIGNALS}/templates", template_routes.listing, methods=["GET"]),
    Route(f"{SIGNALS}/templates", template_routes.create, methods=["POST"]),
    Route(f"{SIGNALS}/templates/{{template_id}}", template_routes.get, methods=["GET"]),
    Route(f"{SIGNALS}/templates/{{template_id}}", template_routes.patch, methods=["PATCH"]),
    Route(f"{SIGNALS}/templates/{{template_id}}", template_routes.delete, methods=["DELETE"]),
    Route(
        f"{SIGNALS}/subscriptions/{{subscription_id}}/logs",
        company_signal_routes.subscription_logs,
        methods=["GET"],
    ),
    Route(f"{SIGNALS}/{{signal_id}}", company_signal_routes.get, methods=["GET"]),
    Route("/v1/contacts/signals", contact_signal_routes.listing, methods=["GET"]),
    Route("/v1/contacts/signals", contact_signal_routes.create, methods=["POST"]),
    Route("/v1/contacts/signals/sync", contact_signal_routes.create_sync, methods=["POST"]),
    Route("/v1/contacts/signals/{signal_id}", contact_signal_routes.get, methods=["GET"]),
    Route("/v1/contacts/search", contact_routes.search, methods=["POST"]),
    Route("/v1/contacts/research", contact_routes.find_research, methods=["GET"]),
    Route("/v1/contacts/research", contact_routes.create_research, methods=["POST"]),
    Route("/v1/contacts/research/{research_id}", contact_routes.get_research, methods=["GET"]),
    Route("/_sandbox/books", control_routes.books, methods=["GET"]),
    Route("/_sandbox/clock", control_routes.clock, methods=["POST"]),
    Route("/_sandbox/credits", control_routes.credits_change, methods=["POST"]),
    Route("/_sandbox/faults", control_routes.get_faults, methods=["GET"]),
    Route("/_sandbox/faults", control_routes.set_faults, methods=["POST"]),
    Route("/_sandbox/faults", control_routes.clear_faults, methods=["DELETE"]),
    Route("/_sandbox/company-lists", control_routes.new_company_list, methods=["POST"]),
    Route("/_sandbox/contact-research", control_routes.new_foreign_research, methods=["POST"]),
    Route("/_sandbox/company-lists/{list_id}", control_routes.drop_company_list, methods=["DELETE"]),
    Route("/_sandbox/subscriptions", control_routes.new_subscription, methods=["POST"]),
    Route("/_sandbox/subscriptions/{subscription_id}/run", control_routes.run_subscription, methods=["POST"]),
]


def create_app(
    settings: SandboxSettings | None = None,
    *,
    clock: SandboxClock | None = None,
    state_file: Path | None = None,
) -> ASGIApp:
    """The app of one sandbox. ``state_file`` is created; if it exists, the sandbox continues from its state."""
    sandbox = Sandbox(settings or SandboxSettings(), clock or SandboxClock(), state_file)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with delivering_webhooks(sandbox):
            yield
        sandbox.close()

    app = Starlette(
        routes=ROUTES,
        lifespan=lifespan,
        exception_handlers={RefusalError: _refuse, HTTPException: _refuse_http, ClientDisconnect: _nobody_listens},
    )
    app.router.redirect_slashes = False
    app.state.context = Context(sandbox)
    return Gate(app, sandbox)


async def _refuse(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusalError)  # noqa: S101 - Starlette calls this for that class only
    return error.response()


async def _nobody_listens(_request: Request, _error: Exception) -> Response:
    """The client was killed before it had sent the whole request. Nothing happened, so no log needs an entry."""
    return Response(status_code=400)


async def _refuse_http(request: Request, error: Exception) -> Response:
    """Refuse unknown paths and methods with the API's error envelope."""
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette calls this for that class only
    status = error.status_code
    refusal = RefusalError(
        status,
        TYPES_BY_STATUS.get(status, "INTERNAL"),
        f"{request.method} {request.url.path}: {error.detail}",
    )
    return JSONResponse(refusal.envelope(), status, headers=error.headers)
