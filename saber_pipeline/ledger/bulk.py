"""Statements executed for many pairs: the condition that names one, its parameters, and executing them quickly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
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


SIGNAL_NAMES = ("this_signal_id", "this_question_id", "this_subject")
"""The parameters of PAIR_FILTER and SIGNAL_PARAM; ``pair_signal_rows`` gives their values, a row for each pair."""


def pair_signal_rows(signal_ids: Mapping[SomePair, str]) -> Iterator[tuple[str, str, str]]:
    """See ``SIGNAL_NAMES``."""
    return ((signal_id, pair.question_id, pair.subject) for pair, signal_id in signal_ids.items())


def execute_many(
    connection: sa.Connection, statement: sa.Insert | sa.Update | sa.Delete, rows: Iterable[Mapping[str, Any]]
) -> int:
    """Execute ``statement`` with each of ``rows`` as its parameters, which all have the same names.

    Returns how many rows of the table it changed.
    """
    remaining = iter(rows)
    first = next(remaining, None)
    if first is None:
        return 0
    names = list(first)
    return execute_rows(
        connection, statement, names, (tuple(map(row.__getitem__, names)) for row in chain([first], remaining))
    )


def execute_rows(
    connection: sa.Connection,
    statement: sa.Insert | sa.Update | sa.Delete,
    names: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
) -> int:
    """Likewise with plain tuples, whose values are the parameters called ``names``.

    The statement is compiled once and its parameters go to the driver as they are: SQLAlchemy's own way looks at each
    parameter of each row, which takes longer than SQLite itself.
    """
    changed = 0
    sql = ""
    constants: tuple[Any, ...] = ()
    pick: Callable[[tuple[Any, ...]], Any] | None = None
    for some in batched(rows):
        if not sql:
            compiled = statement.compile(dialect=connection.dialect, column_keys=list(names))
            sql = str(compiled)
            others = {name: value for name, value in compiled.params.items() if name not in names}
            constants = tuple(others.values())
            if others or list(names) != compiled.positiontup:
                pick = _picker([*others, *names], compiled.positiontup)
        given = some if pick is None else [pick(constants + row) for row in some]
        changed += connection.exec_driver_sql(sql, given).rowcount
    return changed


def _picker(names: Sequence[str], wanted: Sequence[str] | None) -> Callable[[tuple[Any, ...]], Any]:
    """What makes the driver's parameters of the values called ``names``."""
    if wanted is None:  # the driver takes parameters by name, as that of Postgres does
        return lambda values: dict(zip(names, values, strict=True))
    return itemgetter(*map(names.index, wanted))  # a tuple: every statement has several parameters
