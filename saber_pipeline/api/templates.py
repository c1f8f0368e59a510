"""Signal templates: questions stored at the API. Each change creates a new version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saber_pipeline.api.call import RequestBody
from saber_pipeline.api.decode import UnreadableReplyError, json_object, mapping, text, whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Template:
    """A template in one version. ``details`` is the API's whole object."""

    id: str
    version: int | None
    name: str | None
    question: str | None
    answer_type: str | None
    output_schema: Mapping[str, Any] | None
    weight: str | None
    qualification_criteria: Mapping[str, Any] | None
    details: Mapping[str, Any]

    @property
    def is_deleted(self) -> bool:
        return self.details.get("deletedAt") is not None


@dataclass(frozen=True, kw_only=True)
class TemplateRequest(RequestBody):
    """The fields of a new template, or the fields to change."""

    name: str | None = None
    description: str | None = None
    question: str | None = None
    answer_type: str | None = None
    output_schema: Mapping[str, Any] | None = None
    weight: str | None = None
    qualification_criteria: Mapping[str, Any] | None = None


def read_template(body: bytes) -> Template:
    """One template. Raises UnreadableReplyError."""
    template = template_or_none(json_object(body))
    if template is None:
        raise UnreadableReplyError("the reply is not a template with an id")
    return template


def template_or_none(found: dict[str, Any]) -> Template | None:
    """Read a template from a page; None without an id."""
    template_id = text(found.get("id"))
    if template_id is None:
        return None
    return Template(
        id=template_id,
        version=whole_number(found.get("version")),
        name=text(found.get("name")),
        question=text(found.get("question")),
        answer_type=text(found.get("answerType")),
        output_schema=mapping(found.get("outputSchema")),
        weight=text(found.get("weight")),
        qualification_criteria=mapping(found.get("qualificationCriteria")),
        details=found,
    )
