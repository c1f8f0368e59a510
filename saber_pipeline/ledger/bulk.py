"""Fast execution of one statement for many pairs: the filter for a pair, its parameters, and the execution."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.slices import batched


class Identified(Protocol):
    """Anything that identifies a pair."""

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
    """The parameters of PAIR_FILTER for each of ``pairs``."""
    return [{"this_question_id": pair.question_id, "this_subject": pair.subject} for pair in pairs]


SIGNAL_NAMES = ("this_signal_id", "this_question_id", "this_subject")
"""The parameters of SIGNAL_PARAM and PAIR_FILTER; ``pair_signal_rows`` yields their values, one row for each pair."""


def pair_signal_rows(signal_ids: Mapping[SomePair, str]) -> Iterator[tuple[str, str, str]]:
    """Values for ``SIGNAL_NAMES``, one row for each pair."""
    return ((signal_id, pair.question_id, pair.subject) for pair, signal_id in signal_ids.items())


def execute_many(
    connection: sa.Connection, statement: sa.Insert | sa.Update | sa.Delete, rows: Iterable[Mapping[str, Any]]
) -> int:
    """Execute ``statement`` once for each of ``rows``. All rows have the same names.

    Returns the number of changed table rows.
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
    """``execute_many`` for plain tuples, whose values are the parameters ``names``.

    The statement is compiled once and the driver gets the parameters unchanged. SQLAlchemy's own execution checks each
    parameter of each row, which takes longer than SQLite itself.
    """
    changed = 0
    sql = ""
    constants: tuple[Any, ...] = ()
    pick: Callable[[tuple[Any, ...]], Any] | None = None
    for chunk in batched(rows):
        if not sql:
            compiled = statement.compile(dialect=connection.dialect, column_keys=list(names))
            sql = str(compiled)
            others = {name: value for name, value in compiled.params.items() if name not in names}
            constants = tuple(others.values())
            if others or list(names) != compiled.positiontup:
                pick = _picker([*others, *names], compiled.positiontup)
        parameters = chunk if pick is None else [pick(constants + row) for row in chunk]
        changed += connection.exec_driver_sql(sql, parameters).rowcount
    return changed


def _picker(names: Sequence[str], wanted: Sequence[str] | None) -> Callable[[tuple[Any, ...]], Any]:
    """A function that turns the values of ``names`` into the driver's parameters."""
    if wanted is None:  # the Postgres driver takes parameters by name
        return lambda values: dict(zip(names, values, strict=True))
    return itemgetter(*map(names.index, wanted))  # a tuple: every statement has several parameters
