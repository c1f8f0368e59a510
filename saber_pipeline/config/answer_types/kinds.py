"""The registry of answer types."""

from __future__ import annotations

from saber_pipeline.config.answer_types.nested import NESTED
from saber_pipeline.config.answer_types.record import AnswerKind, AnswerType, Criteria
from saber_pipeline.config.answer_types.values import VALUES

ANSWER_KINDS: dict[AnswerType, AnswerKind] = {kind.type: kind for kind in (*VALUES, *NESTED)}

TABLES: tuple[AnswerKind, ...] = tuple({kind.table: kind for kind in reversed(ANSWER_KINDS.values())}.values())[::-1]
"""One record for each typed table: contacts and contacts_generation share theirs."""

JUDGED_TYPES = frozenset(kind.type for kind in ANSWER_KINDS.values() if kind.criteria)
"""Types whose answer is one value, which criteria can judge and a cell can hold."""
NUMERIC_TYPES = frozenset(kind.type for kind in ANSWER_KINDS.values() if kind.is_numeric)
ADDRESS_TYPES = frozenset(kind.type for kind in ANSWER_KINDS.values() if kind.form == "url")
SECOND_COLUMNS = tuple(dict.fromkeys(kind.second.column.name for kind in TABLES if kind.second))
"""Names of the columns beside a value, such as its unit."""


def criteria_of(answer_type: AnswerType | None) -> Criteria | None:
    """The conditions of the type's criteria. None for a type without a single value, and for an unknown type."""
    return ANSWER_KINDS[answer_type].criteria if answer_type else None


def second_column(answer_type: AnswerType) -> str:
    """The name of the column beside the value; "" if the type has none."""
    second = ANSWER_KINDS[answer_type].second
    return second.column.name if second else ""
