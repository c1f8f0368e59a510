"""Questions that collide, although each is valid by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import second_column
from saber_pipeline.config.questions.fallbacks import ANSWERED_BY
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import KINDS, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from saber_pipeline.config.questions.mistakes import Mistakes


def check_collisions(questions: Sequence[Question], lines: Mapping[str, int], mistakes: Mistakes) -> None:
    """Add a mistake for each question that collides with an earlier one, or with a view's own column.

    ``lines``: key → line in the file.
    """
    _check_same_question(questions, lines, mistakes)
    for kind in KINDS:
        _check_columns([each for each in questions if each.about == kind.about], kind, lines, mistakes)


def listed_alike(questions: Iterable[Question]) -> Iterator[tuple[Question, list[Question]]]:
    """Each question that a listing of signals cannot tell from earlier ones, with these.

    A listing gives no output schema, connectors or template, so questions that differ only in those are alike.
    """
    by_listing: dict[tuple[str, ...], list[Question]] = {}
    for question in questions:
        if not question.text:
            continue  # no run has seen its template yet
        listed = (question.about, question.text, question.sent_as, question.verification_mode)
        earlier = by_listing.setdefault(listed, [])
        if earlier:
            yield question, list(earlier)
        earlier.append(question)


def _check_same_question(questions: Sequence[Question], lines: Mapping[str, int], mistakes: Mistakes) -> None:
    for question, earlier in listed_alike(questions):
        same = next((each for each in earlier if each.question_id == question.question_id), None)
        if same is not None:
            other = f"`{same.key}` in line {lines[same.key]}"
            what = f"this is the same question as {other}; keep one of them, or change its text"
            mistakes.add(lines[question.key], question.key, what)
        else:
            other = f"`{earlier[0].key}` in line {lines[earlier[0].key]}"
            what = (
                f"the API's listings cannot distinguish this question from {other}: text, answer_type and "
                "verification_mode are the same, and output_schema, choices, connectors and template_id are not "
                "listed; change the text of one"
            )
            mistakes.add(lines[question.key], question.key, what)


def _check_columns(
    questions: Sequence[Question], kind: SubjectKind, lines: Mapping[str, int], mistakes: Mistakes
) -> None:
    view = kind.view  # the view's own columns come before the first question's
    takers = dict.fromkeys((kind.column, "lists"), f"{view} has a column of that name already")
    for question in questions:
        if second := second_column(question.answer_type):
            column = f"{question.key}_{second}"
            owner = f"`{question.key}` in line {lines[question.key]}"
            takers[column.lower()] = f"{owner} creates a column of that name in {view}"
        if question.fallback is not None:
            owner = f"the fallback of `{question.key}` in line {lines[question.key]}"
            takers[f"{question.key}_{ANSWERED_BY}"] = f"{owner} creates a column of that name in {view}"
    for question in questions:
        # DuckDB compares the names of columns without regard to case.
        if reason := takers.get(question.key.lower()):
            mistakes.add(lines[question.key], question.key, f"the key is taken: {reason}; choose another")
