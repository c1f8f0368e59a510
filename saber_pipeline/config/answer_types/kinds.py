"""The registry of answer types."""

from __future__ import annotations

from saber_pipeline.config.answer_types.nested import NESTED
from saber_pipeline.config.answer_types.record import AnswerKind, AnswerType
from saber_pipeline.config.answer_types.values import VALUES

ANSWER_KINDS: dict[AnswerType, AnswerKind] = {kind.type: kind for kind in (*VALUES, *NESTED)}

TABLES: tuple[AnswerKind, ...] = tuple({kind.table: kind for kind in reversed(ANSWER_KINDS.values())}.values())[::-1]
"""One record for each typed table: contacts and contacts_generation share theirs."""
