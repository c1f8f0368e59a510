"""Turns request bodies into wishes: resolves templates and checks schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType

from saber_pipeline.sandbox.criteria_validation import check_criteria
from saber_pipeline.sandbox.records import Asked, asked
from saber_pipeline.sandbox.refused_requests import invalid
from saber_pipeline.sandbox.signal_creation import Wish
from saber_pipeline.sandbox.validation import UNPROCESSABLE, check_output_schema

if TYPE_CHECKING:
    from saber_pipeline.sandbox.bodies import BatchItem, SingleCreate
    from saber_pipeline.sandbox.records import Template
    from saber_pipeline.sandbox.sandbox_state import Sandbox


def single_wish(sandbox: Sandbox, subject: str, body: SingleCreate, *, is_contact: bool, invalid_status: int) -> Wish:
    """The pair of a single or sync create. A template's question and type win over those of the request."""
    question, answer_type, schema = body.question, str(body.answer_type), _given(body.output_schema)
    if body.signal_template_id is not UNSET:
        template = template_named(sandbox, body.signal_template_id, "signalTemplateId", invalid_status)
        question, answer_type, schema = template.question, template.answer_type, template.output_schema
    elif question is UNSET:
        raise invalid("question", "is required without a template", status=invalid_status)
    check_output_schema(answer_type, schema, "outputSchema", invalid_status)
    check_criteria(answer_type, body.qualification_criteria, "qualificationCriteria", invalid_status)
    return Wish(
        subject,
        asked(
            is_contact=is_contact,
            question=str(question),
            answer_type=answer_type,
            verification_mode=body.verification_mode,
            output_schema=schema,
        ),
        is_forced=body.force_refresh,
        webhook_url=_url(body.webhook_url),
    )


def batch_asked(sandbox: Sandbox, item: BatchItem, index: int) -> Asked:
    """What one entry of a batch's ``signals`` asks. Of an entry with a template only the question wins over it."""
    field = f"signals[{index}]"
    template = None
    if item.template_id is not UNSET:
        template = template_named(sandbox, item.template_id, f"{field}.templateId", UNPROCESSABLE)
    if item.question is UNSET and template is None:
        raise invalid(f"{field}.question", "is required")
    if item.question is UNSET and not sandbox.settings.template_only_batch_items:
        raise invalid(f"{field}.templateId", "is not supported in a batch without a question")
    question = template.question if template and item.question is UNSET else item.question
    answer_type = "open_text" if item.answer_type is UNSET else str(item.answer_type)
    schema = _given(item.output_schema)
    if template is not None:
        answer_type, schema = template.answer_type, template.output_schema
    check_output_schema(answer_type, schema, f"{field}.outputSchema", UNPROCESSABLE)
    check_criteria(answer_type, item.qualification_criteria, f"{field}.qualificationCriteria", UNPROCESSABLE)
    return asked(
        is_contact=False,
        question=str(question),
        answer_type=answer_type,
        verification_mode="strict",
        output_schema=schema,
    )


def template_named(sandbox: Sandbox, template_id: str, field: str, status: int) -> Template:
    template = sandbox.templates.get(template_id)
    if template is None or template.deleted_ms is not None:
        raise invalid(field, f"no template {template_id}", status=status)
    return template


def _url(webhook_url: str | UnsetType) -> str:
    return "" if webhook_url is UNSET else webhook_url


def _given(schema: dict[str, Any] | UnsetType) -> dict[str, Any] | None:
    return None if schema is UNSET else schema
