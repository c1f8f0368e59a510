"""The view ``account_answers``: a row for each company and question, whatever the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import TABLES
from saber_pipeline.config.questions.question import SubjectType
from saber_pipeline.warehouse.answer_text import answer_text
from saber_pipeline.warehouse.gated_questions import gated_keys
from saber_pipeline.warehouse.sql import fill_sql, identifier, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saber_pipeline.config.answer_types.record import AnswerKind
    from saber_pipeline.config.questions.question import Question

_MEANINGS = {
    "domain": "Company domain (lower case, ASCII).",
    "question_key": "Key in questions.yaml.",
    "outcome": "answered, not_known, failed, not_finished, refused, held_back or not_asked.",
    "value": "The newest answer as text: yes or no, numbers without needless zeros, lists joined by commas, the rest "
    "as JSON. NULL where it is not known or does not fit its type.",
    "confidence": "The API's confidence in the answer, 0 to 1. NULL if a review replaces the answer.",
    "completed_at": "When the API finished the answer, UTC.",
    "signal_id": "The signal; joins to signals, sources and changes.",
    "source_url": "The answer's first source; NULL if a review replaces the answer.",
    "degraded": "Whether it was researched without a connector it could have used.",
    "reviewed": "Whether reviews.csv decides about it; value then follows the review.",
    "age_days": "Whole days since completed_at.",
    "reason": "Why there is no answer: what the API or a review said, or why it was held back.",
    "domain_unicode": "The domain as people write it: münchen.de for xn--mnchen-3ya.de; mostly the same as domain.",
}


def account_answers(questions: Sequence[Question]) -> list[str]:
    """Everything that makes the view of these questions' companies, with its comments."""
    keys = ", ".join(literal(q.key) for q in questions if q.about is SubjectType.COMPANY)
    gated = ", ".join(literal(key) for key in gated_keys(questions, SubjectType.COMPANY))
    texts = "\n    UNION ALL\n".join(_text(kind) for kind in TABLES)
    view = "main.account_answers"
    said = "One row for each company of the lists and each question about companies, whatever the outcome."
    return [
        fill_sql("view_account_answers", keys=f"[{keys}]", gated=f"[{gated}]", texts=texts),
        f"COMMENT ON VIEW {view} IS {literal(said)}",
        *(f"COMMENT ON COLUMN {view}.{identifier(n)} IS {literal(text)}" for n, text in _MEANINGS.items()),
    ]


def _text(kind: AnswerKind) -> str:
    name = f"main.{kind.table}"
    if kind.text:
        return f"    SELECT signal_id, {answer_text(kind.type, 'answer')} AS value FROM {name} AS answer"  # noqa: S608 - constants
    if not kind.has_several_rows:
        return f"    SELECT signal_id, value::VARCHAR AS value FROM {name}"  # noqa: S608 - likewise
    names = [identifier(column.name) for column in kind.columns]
    fields = ", ".join(f"{name} := {name}" for name in names if name != '"position"')
    rows = f"to_json(list(struct_pack({fields}) ORDER BY position))::VARCHAR"
    return f"    SELECT signal_id, {rows} AS value FROM {name} GROUP BY signal_id"  # noqa: S608 - likewise
