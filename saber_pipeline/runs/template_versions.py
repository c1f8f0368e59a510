"""Templates at the API: which version a question means now, and noticing that one was edited."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.templates import Template
from saber_pipeline.config.paths import DataPaths, cannot_write
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.template_questions import (
    KnownTemplate,
    completed,
    read_known_templates,
    write_known_templates,
)
from saber_pipeline.errors import ApiNotFoundError, QuestionsError
from saber_pipeline.runs.interruptions import run_interruptible
from saber_pipeline.warehouse.landed_records import RecordKind, land_records

logger = logging.getLogger(__name__)

PAGE_ROWS = 25


def templates_now(questions: Iterable[Question], new_client: Callable[[], SaberClient]) -> list[Template]:
    """The newest versions of the templates that ``questions`` mean, asked of the API.

    Raises:
        PipelineError: no key, the API is out of reach, or it has no such template. Nothing was spent.
    """
    wanted = {question.template_id: question.key for question in questions if question.template_id}
    return run_interruptible(_fetch(wanted, new_client)) if wanted else []


def with_templates(questions: Sequence[Question], templates: Iterable[Template]) -> tuple[Question, ...]:
    """``questions`` completed by ``templates``."""
    known = {template.id: known_template(template) for template in templates}
    return tuple(completed(question, known) for question in questions)


def log_edited_templates(templates: Iterable[Template], paths: DataPaths) -> None:
    """Log each template that is not the version a run saw last: its questions are other ones now."""
    known = read_known_templates(paths.known_templates_file)
    for template in templates:
        before = known.get(template.id)
        if before is not None and before.version != (template.version or 0):
            logger.warning(
                "The template %s (%s) was edited: version %s is now version %s. The question has changed, so its "
                "pairs are due again.",
                template.id,
                template.name or "without a name",
                before.version,
                template.version,
            )


def remember(templates: Sequence[Template], paths: DataPaths, *, run_id: str) -> int:
    """Land the versions that are new here, and note which are the newest; returns how many were new.

    Raises:
        StorageError: the data directory cannot be written.
    """
    known = read_known_templates(paths.known_templates_file)
    new = [template for template in templates if known.get(template.id) != known_template(template)]
    if not new:
        return 0
    about: dict[str, str] = {}
    objects = [(about, json.dumps(dict(template.details)).encode()) for template in new]
    land_records(paths, RecordKind.TEMPLATES, objects, run_id=run_id)
    try:
        noted = known | {template.id: known_template(template) for template in new}
        write_known_templates(paths.known_templates_file, noted.values())
    except OSError as error:
        raise cannot_write(paths.known_templates_file, error) from error
    return len(new)


async def fetch_all_templates(client: SaberClient) -> list[Template]:
    """Every template of the account, page by page, each once."""
    found: dict[str, Template] = {}
    offset = 0
    while True:
        page = await client.list_templates(limit=PAGE_ROWS, offset=offset)
        known = len(found)
        found.update((template.id, template) for template in page.items)
        offset += max(1, len(page.items) + len(page.unreadable))
        # A page of nothing new is the end as well: a listing may give its last page for ever.
        if not page.has_more or (len(found) == known and not page.unreadable):
            return list(found.values())


def known_template(template: Template) -> KnownTemplate:
    """What is remembered of a template; one without a version counts as its version 0."""
    return KnownTemplate(
        template_id=template.id,
        version=template.version or 0,
        name=template.name,
        question=template.question or "",
        answer_type=template.answer_type,
        output_schema=template.output_schema,
        weight=template.weight,
        qualification_criteria=template.qualification_criteria,
    )


async def _fetch(wanted: dict[str, str], new_client: Callable[[], SaberClient]) -> list[Template]:
    async with new_client() as api:
        return [await _fetch_one(api, template_id, key) for template_id, key in wanted.items()]


async def _fetch_one(api: SaberClient, template_id: str, key: str) -> Template:
    try:
        template = await api.get_template(template_id)
    except ApiNotFoundError:
        template = None
    if template is None or template.is_deleted or not template.question:
        what = "does not exist" if template is None else "was deleted" if template.is_deleted else "asks nothing"
        raise QuestionsError(
            f"The question {key}: its template {template_id} {what} at Saber. Nothing was spent. Give another "
            "template_id in questions.yaml, or write the question there; the asset `templates` lists all templates."
        )
    return template
