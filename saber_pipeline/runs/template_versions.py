"""Templates at the API: which version a question means now, and noticing that one was edited."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.pages import Page
from saber_pipeline.api.templates import Template
from saber_pipeline.collection.listing_reader import read_listing
from saber_pipeline.config.paths import DataPaths, cannot_write
from saber_pipeline.config.questions.collisions import listed_alike
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.template_questions import (
    KnownTemplate,
    about_template,
    completed,
    held_back_by_templates,
    read_known_templates,
    write_known_templates,
)
from saber_pipeline.errors import (
    ApiError,
    ApiInvalidError,
    ApiKeyRefusedError,
    ApiNotFoundError,
    ApiOutcomeUnknownError,
    ApiReplyError,
    QuestionsError,
)
from saber_pipeline.planning.plan import Plan
from saber_pipeline.runs.interruptions import run_interruptible
from saber_pipeline.warehouse.landed_records import RecordKind, land_records

logger = logging.getLogger(__name__)

PAGE_ROWS = 25


NO_TEMPLATE = "its template cannot be asked"


class SeenTemplates(NamedTuple):
    """The API's reply about templates. ``unreadable``: why, by id, there is no template to be had; ``not_now``: why it
    could not be read this time."""

    found: Sequence[Template] = ()
    unreadable: Mapping[str, str] = MappingProxyType({})
    not_now: Mapping[str, str] = MappingProxyType({})

    def known(self, before: Mapping[str, KnownTemplate]) -> dict[str, KnownTemplate]:
        """What is to be remembered; of a template that cannot be asked now, its last version that could be."""
        known = {template.id: _known(template) for template in self.found}
        known |= {template_id: _unasked(template_id, problem) for template_id, problem in self.unreadable.items()}
        return {
            template_id: replace(before[template_id], problem=each.problem)
            if each.problem and template_id in before
            else each
            for template_id, each in known.items()
        }


def templates_now(questions: Iterable[Question], new_client: Callable[[], SaberClient]) -> SeenTemplates:
    """The newest versions of the templates that ``questions`` mean, asked of the API.

    Raises:
        PipelineError: no key, or the API is out of reach. Nothing was spent.
    """
    wanted = dict.fromkeys(question.template_id for question in questions if question.template_id)
    return run_interruptible(_fetch(wanted, new_client)) if wanted else SeenTemplates()


def with_templates(questions: Sequence[Question], seen: SeenTemplates) -> tuple[Question, ...]:
    """``questions`` completed by what was ``seen``; one whose template cannot be asked keeps its words."""
    known = seen.known({})
    known |= {each: replace(_unasked(each, problem), is_passing=True) for each, problem in seen.not_now.items()}
    return tuple(completed(question, known) for question in questions)


def check_templates(questions: Sequence[Question], catalog: Sequence[Question]) -> None:
    """Log which of ``questions`` their template's problem holds back.

    ``catalog``: all of questions.yaml, completed likewise.

    Raises:
        QuestionsError: it holds back all of them, or one asks what another of ``catalog`` asks. Nothing was spent.
    """
    asked = {question.key for question in questions}
    for question, (earlier, *_) in listed_alike(catalog):
        if question.key in asked or earlier.key in asked:
            raise QuestionsError(
                f"The questions {earlier.key} and {question.key}: their templates ask the same, and the API's listings "
                "cannot tell their signals apart. Nothing was spent. Remove one of them from questions.yaml, or change "
                "the text of one, here or at Saber."
            )
    held_back = held_back_by_templates(questions)
    if len(held_back) == len(questions):
        raise QuestionsError("\n".join(about_template(question, cost="Nothing was spent. ") for question in questions))
    for why in held_back.values():
        logger.warning("%s The run continues with the other questions.", why)


def without_unasked(plan: Plan) -> Plan:
    """The plan with the pairs held back that the questions' templates hold back."""
    keys = held_back_by_templates(plan.selection.questions)
    return plan.holding_back({key: plan.due_by_question.get(key, 0) for key in keys}, NO_TEMPLATE)


def log_edited_templates(seen: SeenTemplates, paths: DataPaths) -> None:
    """Log each template that is not the version a run saw last: its questions are other ones now."""
    known = read_known_templates(paths.known_templates_file)
    for template_id, now in seen.known(known).items():
        before = known.get(template_id)
        if before is not None and before.question and before.version != now.version:
            logger.warning(
                "The template %s (%s) was edited: version %s is now version %s. The question has changed, so its "
                "pairs are due again.",
                template_id,
                now.name or "without a name",
                before.version,
                now.version,
            )


def remember(seen: SeenTemplates, paths: DataPaths, *, run_id: str) -> int:
    """Land the versions that are new here, and note which are the newest; returns how many were new.

    Raises:
        StorageError: the data directory cannot be written.
    """
    known = read_known_templates(paths.known_templates_file)
    now = seen.known(known)
    if all(known.get(template_id) == each for template_id, each in now.items()):
        return 0
    new = [template for template in seen.found if known.get(template.id) != now[template.id]]
    about: dict[str, str] = {}
    objects = [(about, json.dumps(dict(template.details)).encode()) for template in new]
    land_records(paths, RecordKind.TEMPLATES, objects, run_id=run_id)
    try:
        write_known_templates(paths.known_templates_file, (known | now).values())
    except OSError as error:
        raise cannot_write(paths.known_templates_file, error) from error
    return len(new)


async def fetch_all_templates(client: SaberClient) -> list[Template]:
    """Every template of the account in its newest version. One may be edited, or another added, between two pages."""
    found: dict[str, Template] = {}

    async def page_at(offset: int) -> Page[Template]:
        page = await client.list_templates(limit=PAGE_ROWS, offset=offset)
        for template in page.items:  # each time it is listed: an edited one comes again in another version
            before = found.get(template.id)
            if before is None or (template.version or 0) >= (before.version or 0):
                found[template.id] = template
        return page

    read = await read_listing(page_at, lambda template: template.id, lambda _: None)
    if not read.is_proven:
        logger.warning(
            "The pages of the templates did not add up to Saber's total in several attempts. Those that were read are "
            "in the table templates; materialise templates again to find the rest."
        )
    return list(found.values())


def _known(template: Template) -> KnownTemplate:
    """What is remembered of a template; one without a version counts as its version 0."""
    if template.is_deleted or not template.question:
        return _unasked(template.id, "was deleted at Saber" if template.is_deleted else "asks nothing at Saber")
    return KnownTemplate(
        template_id=template.id,
        version=template.version or 0,
        name=template.name,
        question=template.question,
        answer_type=template.answer_type,
        output_schema=template.output_schema,
        weight=template.weight,
        qualification_criteria=template.qualification_criteria,
    )


def _unasked(template_id: str, problem: str) -> KnownTemplate:
    return KnownTemplate(template_id, 0, None, "", None, None, problem=problem)


async def _fetch(wanted: Iterable[str], new_client: Callable[[], SaberClient]) -> SeenTemplates:
    found: list[Template] = []
    unreadable: dict[str, str] = {}
    not_now: dict[str, str] = {}
    async with new_client() as api:
        for template_id in wanted:
            try:
                found.append(await api.get_template(template_id))
            except ApiNotFoundError:
                unreadable[template_id] = "does not exist at Saber"
            except (ApiInvalidError, ApiReplyError) as error:
                unreadable[template_id] = f"cannot be read at Saber ({str(error).rstrip('.')})"
            except (ApiKeyRefusedError, ApiOutcomeUnknownError) as error:
                if not await _answers_otherwise(api):
                    raise
                if isinstance(error, ApiKeyRefusedError):
                    unreadable[template_id] = f"is not open to this key (status {error.status})"
                else:
                    not_now[template_id] = f"could not be read at Saber this time ({str(error).rstrip('.')})"
    return SeenTemplates(found, unreadable, not_now)


async def _answers_otherwise(api: SaberClient) -> bool:
    """Whether the API is in reach with this key, so that what it has just refused concerns one template alone."""
    try:
        await api.get_credits()
    except ApiError:
        return False
    return True
