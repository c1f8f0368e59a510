"""Statements executed for many pairs: the condition that names one, its parameters, and executing them quickly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.slices import batched


class Identified(Protocol):
    """Anything that names a pair."""

    @property
    def question_id(self) -> str: ...

    @property
    def subject(self) -> str: ...


PAIR_FILTER: sa.ColumnElement[bool] = sa.and_(
    t.pairs.c.question_id == sa.bindparam("this_question_id"), t.pairs.c.subject == sa.bindparam("this_subject")
)

SIGNAL_PARAM: sa.BindParameter[str] = sa.bindparam("this_signal_id")

SomePair = TypeVar("SomePair", bound=Identified)


def pair_params(pairs: Iterable[Identified]) -> list[dict[str, str]]:
    """The parameters of PAIR_FILTER, one set for each of ``pairs``."""
    return [{"this_question_id": pair.question_id, "this_subject": pair.subject} for pair in pairs]


def pair_signal_params(signal_ids: Mapping[SomePair, str]) -> list[dict[str, str]]:
    """The parameters of PAIR_FILTER and SIGNAL_PARAM, one set for each pair."""
    return [
        {"this_question_id": pair.question_id, "this_subject": pair.subject, "this_signal_id": signal_id}
        for pair, signal_id in signal_ids.items()
    ]


def execute_many(
    connection: sa.Connection, statement: sa.Insert | sa.Update | sa.Delete, rows: Iterable[Mapping[str, Any]]
) -> int:
    """Execute ``statement`` with each of ``rows`` as its parameters, which all have the same names.

    Returns how many rows of the table it changed. The statement is compiled once and its parameters go to the driver
    as they are: SQLAlchemy's own way looks at each parameter of each row, which takes longer than SQLite itself.
    """
    changed = 0
    sql = ""
    constants: dict[str, Any] = {}
    pick: Callable[[dict[str, Any]], Any] = dict
    for some in batched(rows):
        if not sql:
            compiled = statement.compile(dialect=connection.dialect, column_keys=list(some[0]))
            sql, constants = str(compiled), dict(compiled.params)
            if compiled.positiontup:  # None where the driver takes parameters by name, as that of Postgres does
                pick = itemgetter(*compiled.positiontup)  # a tuple: every statement has several parameters
        changed += connection.exec_driver_sql(sql, [pick({**constants, **row}) for row in some]).rowcount
    return changed
