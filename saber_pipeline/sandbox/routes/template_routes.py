"""``/v1/companies/signals/templates``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET
from starlette.responses import JSONResponse, Response

from saber_pipeline.sandbox.bodies import CreateTemplate, PatchTemplate
from saber_pipeline.sandbox.criteria_validation import check_criteria
from saber_pipeline.sandbox.journal_events import TemplateSaved
from saber_pipeline.sandbox.movable_clock import iso
from saber_pipeline.sandbox.records import Template
from saber_pipeline.sandbox.refused_requests import not_found
from saber_pipeline.sandbox.routes.context import context_of, items_page
from saber_pipeline.sandbox.validation import UNPROCESSABLE, Query, check_output_schema, read_body

if TYPE_CHECKING:
    from starlette.requests import Request

    from saber_pipeline.sandbox.sandbox_state import Sandbox

MAX_PAGE = 100


async def listing(request: Request) -> Response:
    sandbox = context_of(request).sandbox
    query = Query(request, frozenset({"limit", "offset"}))
    limit, offset = query.integer("limit", 25, 1, MAX_PAGE), query.integer("offset", 0, 0)
    found = [_as_json(template) for template in sandbox.templates.values() if template.deleted_ms is None]
    return items_page(found, limit, offset)


async def create(request: Request) -> Response:
    sandbox = context_of(request).sandbox
    body = await read_body(request, CreateTemplate)
    given: dict[str, Any] = dict.fromkeys(body.__struct_fields__) | _given(body)
    template = Template(id=sandbox.new_id("template"), version=1, created_ms=sandbox.clock.now_ms(), **given)
    return JSONResponse(_as_json(_save(sandbox, template)), 201)


async def get(request: Request) -> Response:
    return JSONResponse(_as_json(_find(request)))


async def patch(request: Request) -> Response:
    """Make a new version of the template. The template keeps its id."""
    template = _find(request)
    body = await read_body(request, PatchTemplate)
    newer = msgspec.structs.replace(template, version=template.version + 1, **_given(body))
    return JSONResponse(_as_json(_save(context_of(request).sandbox, newer)))


async def delete(request: Request) -> Response:
    sandbox = context_of(request).sandbox
    gone = msgspec.structs.replace(_find(request), deleted_ms=sandbox.clock.now_ms())
    sandbox.record(TemplateSaved(template=gone))
    return Response(status_code=204)


def _given(body: PatchTemplate) -> dict[str, Any]:
    given = {name: getattr(body, name) for name in body.__struct_fields__}
    return {name: value for name, value in given.items() if value is not UNSET}


def _find(request: Request) -> Template:
    template_id = request.path_params["template_id"]
    template = context_of(request).sandbox.templates.get(template_id)
    if template is None or template.deleted_ms is not None:
        raise not_found(f"Template {template_id}")
    return template


def _save(sandbox: Sandbox, template: Template) -> Template:
    check_output_schema(template.answer_type, template.output_schema, "outputSchema", UNPROCESSABLE)
    check_criteria(template.answer_type, template.qualification_criteria, "qualificationCriteria", UNPROCESSABLE)
    sandbox.record(TemplateSaved(template=template))
    return template


def _as_json(template: Template) -> dict[str, Any]:
    return {
        "id": template.id,
        "version": template.version,
        "name": template.name,
        "description": template.description,
        "question": template.question,
        "answerType": template.answer_type,
        "outputSchema": template.output_schema,
        "weight": template.weight,
        "qualificationCriteria": template.qualification_criteria,
        "createdAt": iso(template.created_ms),
        "deletedAt": iso(template.deleted_ms) if template.deleted_ms is not None else None,
    }
