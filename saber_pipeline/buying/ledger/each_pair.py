"""Statements executed for many pairs: the condition that names one, and its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

import sqlalchemy as sa

from saber_pipeline.buying.ledger import tables as t


class Identified(Protocol):
    """Anything that names a pair."""

    @property
    def question_id(self) -> str: ...

    @property
    def subject(self) -> str: ...


THIS_PAIR: sa.ColumnElement[bool] = sa.and_(
    t.pairs.c.question_id == sa.bindparam("this_question_id"), t.pairs.c.subject == sa.bindparam("this_subject")
)

THIS_SIGNAL: sa.BindParameter[str] = sa.bindparam("this_signal_id")

SomePair = TypeVar("SomePair", bound=Identified)


def each(pairs: Iterable[Identified]) -> list[dict[str, str]]:
    """The parameters of THIS_PAIR, one set for each of ``pairs``."""
    return [{"this_question_id": pair.question_id, "this_subject": pair.subject} for pair in pairs]


def each_signal(signal_ids: Mapping[SomePair, str]) -> list[dict[str, str]]:
    """The parameters of THIS_PAIR and THIS_SIGNAL, one set for each pair."""
    return [
        {"this_question_id": pair.question_id, "this_subject": pair.subject, "this_signal_id": signal_id}
        for pair, signal_id in signal_ids.items()
    ]
