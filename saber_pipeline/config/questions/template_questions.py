"""Questions that use a template kept at Saber, and the known templates.

The newest version of a template counts, and only the API knows the newest version. So a file below landing keeps the
version that a run saw last. Questions are completed from this file without a request.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS
from saber_pipeline.config.private_files import make_private_folder, replace_private
from saber_pipeline.config.questions.criteria_forms import short_form
from saber_pipeline.config.questions.question import WEIGHTS, AnswerType, Question, TemplateProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


_CURE = (
    "Give another template_id in questions.yaml, or write the question there; the asset `templates` lists all "
    "templates."
)


_CURE_LATER = "Run it again later; if it stays so, " + _CURE[0].lower() + _CURE[1:]


@dataclass(frozen=True)
class KnownTemplate:
    """A template as a run last saw it. ``answer_type`` is the API's word.

    ``problem``: why it cannot be asked now; the other fields are then those of the last version that could be, and
    ``question`` is empty if there was none. ``is_passing``: the problem may be over at the next try, and is not kept.
    """

    template_id: str
    version: int
    name: str | None
    question: str
    answer_type: str | None
    output_schema: Mapping[str, Any] | None
    weight: str | None = None
    qualification_criteria: Mapping[str, Any] | None = None
    problem: str | None = None
    is_passing: bool = False


def completed(question: Question, templates: Mapping[str, KnownTemplate]) -> Question:
    """``question`` with everything filled in that it leaves to its template, as far as the template is known.

    The template's weight and criteria count if the question has none; criteria only if they are for the question's
    answer type. ``template_problem`` says why the question cannot be asked, if it cannot.
    """
    template = templates.get(question.template_id or "")
    if template is None:
        return question
    cure = _CURE_LATER if template.is_passing else _CURE
    problem = TemplateProblem(template.problem, cure) if template.problem else None
    if not template.question:
        return replace(question, template_problem=problem)
    changes: dict[str, Any] = {"template_version": template.version, "template_problem": problem}
    if "text" in question.left_to_template:
        changes["text"] = template.question
    if "answer_type" in question.left_to_template:
        named = _answer_type(template)
        if named is None:
            return replace(question, template_problem=problem or _unknown_type(template))
        changes["answer_type"] = named
        changes["output_schema"] = template.output_schema
    elif question.answer_type == (template.answer_type or AnswerType.OPEN_TEXT) and (
        question.answer_type is not AnswerType.JSON_SCHEMA or question.output_schema == template.output_schema
    ):
        changes["left_to_template"] = question.left_to_template | {"answer_type"}  # the template says the same
    if question.weight is None and template.weight in WEIGHTS:
        changes["weight"] = template.weight
    answer_type = changes.get("answer_type", question.answer_type)
    if question.qualification_criteria is None and template.answer_type in {answer_type, None}:
        criteria = template.qualification_criteria or {}
        if short_form(criteria, answer_type):  # answers cannot be judged by criteria of another form
            changes["qualification_criteria"] = criteria
    return replace(question, **changes)


def held_back_by_templates(questions: Iterable[Question]) -> dict[str, str]:
    """By key: why nothing is bought of the questions whose template cannot be asked, and what to do."""
    return {
        question.key: f"Held back: {about_template(question)}" for question in questions if question.template_problem
    }


def about_template(question: Question, *, cost: str = "") -> str:
    """A question's ``template_problem`` in sentences; ``cost`` stands between what happened and what to do."""
    what, cure = question.template_problem or ("", "")
    return f"The question {question.key}: its template {question.template_id} {what}. {cost}{cure}"


def read_known_templates(file: Path) -> dict[str, KnownTemplate]:
    """The recorded templates by id; empty if no run has seen a template yet."""
    try:
        noted = json.loads(file.read_text(encoding="utf-8"))
        return {one["template_id"]: KnownTemplate(**one) for one in noted}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def write_known_templates(file: Path, templates: Iterable[KnownTemplate]) -> None:
    """Record the templates, whole or not at all. OSError if the folder cannot be written."""
    make_private_folder(file.parent)
    fields = [_kept(template) for template in sorted(templates, key=lambda each: each.template_id)]
    replace_private(file, json.dumps(fields, indent=1).encode())


def _kept(template: KnownTemplate) -> dict[str, Any]:
    return {name: value for name, value in vars(template).items() if name != "is_passing"}


def _answer_type(template: KnownTemplate) -> AnswerType | None:
    named = template.answer_type or AnswerType.OPEN_TEXT
    return next((each for each in AnswerType if each.value == named and not ANSWER_KINDS[each].asked_as), None)


def _unknown_type(template: KnownTemplate) -> TemplateProblem:
    return TemplateProblem(
        f"asks for an answer of the type {template.answer_type!r}, which this version does not support",
        "Set answer_type in questions.yaml, or use another template.",
    )
