"""Settled pairs whose landed answer is gone: back in flight, to be read from the API again for nothing.

It takes a damaged landing file that somebody moved away, or landed files that were lost. The ledger keeps what has
settled until it is published, and the ids of its signals long after that, so it still knows what was in the files.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

import duckdb
import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.claims import Pair
from saber_pipeline.ledger.pairs_in_flight import reopen
from saber_pipeline.ledger.published import (
    PublishedPair,
    accept_loss,
    has_lost,
    published_pairs,
    published_signals,
    read_again,
)
from saber_pipeline.ledger.slices import SLICE_ROWS

logger = logging.getLogger(__name__)


def reopen_what_is_gone(
    con: duckdb.DuckDBPyConnection, ledger: sa.Connection, *, up_to_landed_seq: int
) -> list[PublishedPair]:
    """Put settled pairs back in flight whose signal is not in the warehouse, after all that landed was loaded.

    ``up_to_landed_seq`` is the newest landed_seq before that load began. Returns the signals that are gone of earlier
    purchases of a pair: they answer it no more, and only the history lacks them.
    """
    c = t.pairs.c
    rows = ledger.execute(
        sa.select(c.question_id, c.subject, c.signal_id).where(
            c.signal_id.is_not(None), c.settlement <= up_to_landed_seq
        )
    )
    gone: list[Pair] = []
    for some in rows.partitions(SLICE_ROWS):
        there = _in_warehouse(con, [signal_id for _, _, signal_id in some])
        gone += [Pair(question_id, subject) for question_id, subject, signal_id in some if signal_id not in there]
    if gone:
        _log_reopened(len(gone))
        reopen(ledger, gone)
    ((signals,),) = con.execute("SELECT count(*) FROM signals").fetchall()
    return _reopen_what_had_left(con, ledger, signals) if has_lost(ledger, signals) else []


def _reopen_what_had_left(con: duckdb.DuckDBPyConnection, ledger: sa.Connection, signals: int) -> list[PublishedPair]:
    newest = _gone(con, published_pairs(ledger))
    in_flight = {pair.signal_id for pair in newest}
    of_each = {pair.signal_id: pair for pair in _gone(con, published_signals(ledger))}
    older = [pair for signal_id, pair in of_each.items() if signal_id not in in_flight]
    if newest:
        _log_reopened(len(newest))
        read_again(ledger, newest)
    elif not older:
        accept_loss(ledger, signals)
    return older


def _gone(con: duckdb.DuckDBPyConnection, slices: Iterable[Sequence[PublishedPair]]) -> list[PublishedPair]:
    gone: list[PublishedPair] = []
    for some in slices:
        there = _in_warehouse(con, [pair.signal_id for pair in some])
        gone += [pair for pair in some if pair.signal_id not in there]
    return gone


def _in_warehouse(con: duckdb.DuckDBPyConnection, signal_ids: list[str]) -> set[str]:
    known = con.execute(
        "SELECT signal_id FROM signals WHERE signal_id IN (SELECT unnest(?::VARCHAR[]))", [signal_ids]
    ).fetchall()
    return {signal_id for (signal_id,) in known}


def _log_reopened(answers: int) -> None:
    logger.warning("%s answers are no longer in landing. The run reads them from the API again.", f"{answers:,}")
