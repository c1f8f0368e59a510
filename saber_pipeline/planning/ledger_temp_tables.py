"""Loads the ledger's pairs into temp tables of DuckDB, for set-based planning and outcomes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import duckdb
import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.claims import settled_for_force
from saber_pipeline.ledger.pair_subjects import Subjects, pairs_where
from saber_pipeline.ledger.slices import batched
from saber_pipeline.ledger.tables import PairState, SkipKind
from saber_pipeline.ledger.takeovers import skipped_for
from saber_pipeline.planning.sql import PLANNING_SQL
from saber_pipeline.warehouse.sql import fill_sql, read_sql
from saber_pipeline.warehouse.transaction import transaction

LISTS_AT_ONCE = 10
"""Lists of up to SUBJECTS_AT_ONCE subjects in one statement, because each statement takes a millisecond."""

Columns = dict[str, tuple[str, Sequence[object]]]
"""Column name to its DuckDB type and its values."""

PAIR: Columns = {"question_id": ("VARCHAR", ()), "subject": ("VARCHAR", ())}


def load_open_pairs(
    con: duckdb.DuckDBPyConnection,
    ledger: sa.Connection,
    question_ids: Sequence[str],
    live_runs: Collection[str],
) -> None:
    """``open_pairs(question_id, subject)``: pairs of these questions in flight, or claimed by a live run."""
    create_temp_table(con, "open_pairs", PAIR)
    _append_pairs(con, "open_pairs", pairs_where(ledger, _is_open(live_runs), question_ids))


def has_open_pairs(ledger: sa.Connection, question_ids: Sequence[str], live_runs: Collection[str]) -> bool:
    """Whether ``load_open_pairs`` would find any pair."""
    return any(True for _ in pairs_where(ledger, _is_open(live_runs), question_ids))


def _is_open(live_runs: Collection[str]) -> sa.ColumnElement[bool]:
    c = t.pairs.c
    return sa.or_(c.state == PairState.SENT, sa.and_(c.state == PairState.CLAIMED, c.run_id.in_(live_runs)))


def load_known_in_flight(
    con: duckdb.DuckDBPyConnection, ledger: sa.Connection, question_ids: Sequence[str], live_runs: Collection[str]
) -> None:
    """``pairs_in_flight(question_id, subject, is_tracked)``: pairs of these questions in flight.

    ``is_tracked``: a live run waits for the pair.
    """
    c, a = t.pairs.c, t.awaited.c
    is_tracked = sa.exists().where(a.run_id.in_(live_runs), a.question_id == c.question_id, a.subject == c.subject)
    create_temp_table(con, "pairs_in_flight", PAIR | {"is_tracked": ("BOOLEAN", ())})
    tracked = pairs_where(ledger, c.state == PairState.SENT, question_ids, mark=is_tracked)
    _append_pairs(con, "pairs_in_flight", tracked, is_marked=True)


def load_pairs_in_flight(con: duckdb.DuckDBPyConnection, ledger: sa.Connection) -> bool:
    """Update ``internal.pairs_in_flight`` with the ledger's pairs in flight; returns whether it changed."""
    create_temp_table(con, "sent_pairs", PAIR)
    _append_pairs(con, "sent_pairs", pairs_where(ledger, t.pairs.c.state == PairState.SENT))
    ((differs,),) = con.execute(read_sql("in_flight_differs", PLANNING_SQL)).fetchall()
    if differs:
        with transaction(con):
            con.execute("DELETE FROM internal.pairs_in_flight")
            con.execute("INSERT INTO internal.pairs_in_flight FROM sent_pairs")
    con.execute("DROP TABLE temp.sent_pairs")
    return bool(differs)


def load_settled_pairs(
    con: duckdb.DuckDBPyConnection, ledger: sa.Connection, question_ids: Sequence[str], up_to_landed_seq: int
) -> None:
    """``settled_pairs(question_id, subject)``: pairs of these questions that had landed by ``up_to_landed_seq``."""
    c = t.pairs.c
    has_landed = sa.and_(c.state == PairState.SETTLED, c.settlement <= up_to_landed_seq, c.signal_id.is_not(None))
    create_temp_table(con, "settled_pairs", PAIR)
    _append_pairs(con, "settled_pairs", pairs_where(ledger, has_landed, question_ids))


def load_skipped(con: duckdb.DuckDBPyConnection, ledger: sa.Connection, run_id: str) -> None:
    """``skipped_pairs(question_id, subject, is_refusal)``: pairs skipped by ``run_id`` (see ``skipped_for``)."""
    create_temp_table(con, "skipped_pairs", PAIR | {"is_refusal": ("BOOLEAN", ())})
    marked = (
        (question_id, subject, SkipKind(kind).is_refusal) for question_id, subject, kind in skipped_for(ledger, run_id)
    )
    _append(con, "skipped_pairs", ("VARCHAR", "VARCHAR", "BOOLEAN"), marked)


def load_ended(con: duckdb.DuckDBPyConnection, ledger: sa.Connection, run_id: str | None, *, is_forced: bool) -> None:
    """``ended_pairs(question_id, subject)``: pairs that a plan may call due, although no run will buy them.

    These are the pairs that ``run_id`` skipped and, if forced, the settled pairs of the request it continues.
    """
    create_temp_table(con, "ended_pairs", PAIR)
    if run_id is not None:
        ended = ((question_id, subject) for question_id, subject, _ in skipped_for(ledger, run_id))
        _append(con, "ended_pairs", ("VARCHAR", "VARCHAR"), ended)
    if is_forced:
        _append(con, "ended_pairs", ("VARCHAR", "VARCHAR"), settled_for_force(ledger, run_id))


def create_temp_table(con: duckdb.DuckDBPyConnection, table: str, columns: Columns) -> None:
    """Create or replace the temp table ``table`` from columns with their values."""
    definition = ", ".join(f"{name} {kind}" for name, (kind, _) in columns.items())
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({definition})")
    kinds, values = zip(*columns.values(), strict=True)
    _append(con, table, kinds, zip(*values, strict=True))


def _append_pairs(
    con: duckdb.DuckDBPyConnection, table: str, pairs: Iterable[Subjects], *, is_marked: bool = False
) -> None:
    mark = ", mark" if is_marked else ""
    statement = fill_sql("append_pairs", package=PLANNING_SQL, table=table, mark=mark)
    for chunk in batched(pairs, LISTS_AT_ONCE):
        con.execute(statement, [list(values) for values in zip(*chunk, strict=True)])


def _append(con: duckdb.DuckDBPyConnection, table: str, kinds: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    unnested = ", ".join(f"unnest(?::{kind}[])" for kind in kinds)
    for chunk in batched(rows):
        con.execute(
            f"INSERT INTO {table} SELECT {unnested}",
            [list(values) for values in zip(*chunk, strict=True)],
        )
