"""``fallback`` of a question: another question that is asked only if this question's answer is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS
from saber_pipeline.config.questions.mistakes import quote, suggestion
from saber_pipeline.config.questions.question import AnswerType, Question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

from saber_pipeline.config.questions.mistakes import Mistakes

ANSWERED_BY = "answered_by"
"""The end of a column's name, after the key of a question with a fallback: which question gave the value."""


def check_fallbacks(questions: Sequence[Question], lines: Mapping[str, int], mistakes: Mistakes) -> None:
    """Add a mistake for each fallback that is not another question of the same kind and type.

    ``lines``: key of a question → line of its ``fallback`` in the file.
    """
    by_key = {question.key: question for question in questions}
    for question in questions:
        if question.fallback is None:
            continue
        what = _wrong(question, by_key.get(question.fallback), by_key)
        if what:
            mistakes.add(lines[question.key], f"{question.key}.fallback", what)


def fallback_chain(question: Question, by_key: Mapping[str, Question]) -> tuple[Question, ...]:
    """``question``, its fallback, the fallback's fallback and so on. The chain ends before a question repeats."""
    chain = [question]
    while (following := by_key.get(chain[-1].fallback or "")) is not None and following not in chain:
        chain.append(following)
    return tuple(chain)


def have_one_type(one: Question, other: Question) -> bool:
    """Whether the answers to both questions fit into one column."""
    if one.answer_type is AnswerType.JSON_SCHEMA:
        return other.answer_type is AnswerType.JSON_SCHEMA and one.output_schema == other.output_schema
    return ANSWER_KINDS[one.answer_type].table == ANSWER_KINDS[other.answer_type].table


def is_type_open(question: Question) -> bool:
    """Whether the question's template decides the answer type, and no run has seen the template yet."""
    return "answer_type" in question.left_to_template and question.template_version is None


def _wrong(question: Question, other: Question | None, by_key: Mapping[str, Question]) -> str:
    of_its_kind = [each.key for each in by_key.values() if each.about is question.about and each is not question]
    allowed = f"allowed is the key of another question about a {question.about}"
    if other is None:
        named = question.fallback or ""
        return f"there is no question {quote(named)}{suggestion(named, of_its_kind)}; {allowed}"
    if other is question:
        return f"a question cannot stand in for itself; {allowed}"
    if other.about is not question.about:
        return f"`{other.key}` is about a {other.about}; {allowed}"
    if is_type_open(question) or is_type_open(other) or have_one_type(question, other):
        return ""
    if other.answer_type is question.answer_type:
        return f"`{other.key}` has another output_schema; allowed is a question with the same one"
    return (
        f"`{other.key}` has `answer_type: {other.answer_type}`, so its answers do not fit the column of "
        f"`{question.key}`; allowed is a question with `answer_type: {question.answer_type}`"
    )
