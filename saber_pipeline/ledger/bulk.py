"""Fast execution of one statement for many pairs: the filter for a pair, its parameters, and the execution."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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


def execute_for_pairs(connection: sa.Connection, statement: sa.Update | sa.Delete, pairs: Iterable[Identified]) -> int:
    """Execute a statement with PAIR_FILTER once for each of ``pairs``. Returns the number of changed table rows."""
    names = ("this_question_id", "this_subject")
    return execute_rows(connection, statement, names, ((pair.question_id, pair.subject) for pair in pairs))


def execute_for_signals(
    connection: sa.Connection, statement: sa.Update, signal_ids: Iterable[tuple[SomePair, str]]
) -> int:
    """The same for a statement that also has SIGNAL_PARAM: pairs with a signal of theirs."""
    names = ("this_signal_id", "this_question_id", "this_subject")
    rows = ((signal_id, pair.question_id, pair.subject) for pair, signal_id in signal_ids)
    return execute_rows(connection, statement, names, rows)


def execute_rows(
    connection: sa.Connection,
    statement: sa.Insert | sa.Update | sa.Delete,
    names: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
) -> int:
    """Execute ``statement`` once for each of ``rows``, whose values are its parameters ``names``.

    Returns the number of changed table rows. The statement is compiled once and the driver gets the parameters
    unchanged. SQLAlchemy's own execution checks each parameter of each row, which takes longer than SQLite itself.
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
