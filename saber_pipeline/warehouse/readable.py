"""A typed answer as text that a person reads, as SQL over the columns of its typed table."""

from __future__ import annotations

from saber_pipeline.config.questions.question import AnswerType

_NUMBER = r"regexp_replace({value}::VARCHAR, '\.0$', '')"  # 42, not 42.0
_AMOUNT = r"regexp_replace({value}::VARCHAR, '\.?0+$', '')"  # amounts have four decimals
_READABLE = {
    AnswerType.BOOLEAN: "CASE WHEN {value} THEN 'yes' WHEN NOT {value} THEN 'no' END",
    AnswerType.NUMBER: _NUMBER,
    AnswerType.PERCENTAGE: _NUMBER + " || coalesce(' ' || {unit}, '')",
    AnswerType.CURRENCY: _AMOUNT + " || coalesce(' ' || {currency}, '')",
    AnswerType.OPEN_TEXT: "{value}",
    AnswerType.URL: "{value}",
    AnswerType.CHOICE: "{value}",
    AnswerType.LIST: "array_to_string({value}, ', ')",
}


def has_text_form(answer_type: AnswerType) -> bool:
    """Whether a type's answer is one value that a person reads."""
    return answer_type in _READABLE


def readable(answer_type: AnswerType, table: str) -> str:
    """SQL: the answer of one row of ``table``, an alias of the typed table."""
    names = ("value", "unit", "currency")
    return _READABLE[answer_type].format(**{name: f"{table}.{name}" for name in names})
