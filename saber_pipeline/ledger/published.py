"""The signal ids of pairs that have left the ledger, so that no purchase is lost with the landed files.

A pair leaves when its answer is published. Its signal id stays for KEPT_DAYS. If landed files and the warehouse are
lost, the pair goes back in flight and its signal is read from the API by id, which is free.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.bulk import execute_rows
from saber_pipeline.ledger.dialect import clock, insert, is_postgres, newest_of_each
from saber_pipeline.ledger.slices import SLICE_ROWS, batched
from saber_pipeline.ledger.store import get_value, set_value
from saber_pipeline.ledger.tables import PairState, SubmissionState

KEPT_DAYS = 90
LOOK_UP_SIGNALS = 500
"""Ids in one statement."""

SIGNALS_KEY = "published_signals"
FORGOTTEN_KEY = "published_forgotten_at"
DAY_SECONDS = 86_400.0


class PublishedPair(NamedTuple):
    """A pair whose answer was published, and the signal with the answer."""

    question_id: str
    subject: str
    submission_id: str
    signal_id: str
    is_forced: bool = False


def remember_published(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> None:
    """Record the signals of the pairs that satisfy ``condition``, and once a day delete those older than KEPT_DAYS."""
    c, now = t.pairs.c, clock(connection)
    connection.execute(
        sa.insert(t.published).from_select(
            ["question_id", "subject", "submission_id", "signal_id", "published_at"],
            sa.select(c.question_id, c.subject, c.submission_id, c.signal_id, sa.literal(now)).where(
                condition, c.submission_id.is_not(None), c.signal_id.is_not(None)
            ),
        )
    )
    _delete_old(connection, now)


def _delete_old(connection: sa.Connection, now: float) -> None:
    """Once a day only: it reads every row, so each publication would take longer the more is owned."""
    if 0 <= now - float(get_value(connection, FORGOTTEN_KEY) or 0) < DAY_SECONDS:
        return
    connection.execute(sa.delete(t.published).where(t.published.c.published_at < now - KEPT_DAYS * DAY_SECONDS))
    set_value(connection, FORGOTTEN_KEY, str(now))


def note_signals(connection: sa.Connection, signals: int) -> None:
    """Record the size of a published warehouse; a later one with fewer ``signals`` has lost some."""
    if signals > int(get_value(connection, SIGNALS_KEY) or 0):
        set_value(connection, SIGNALS_KEY, str(signals))


def has_lost(connection: sa.Connection, signals: int) -> bool:
    """Whether the published warehouse ever had more than ``signals``. Ask after everything landed is loaded."""
    return signals < int(get_value(connection, SIGNALS_KEY) or 0)


def published_pairs(connection: sa.Connection) -> Iterator[Sequence[PublishedPair]]:
    """The newest signal of each published pair, in slices."""
    p = t.published.c
    query = sa.select(p.question_id, p.subject, p.submission_id, p.signal_id)
    if is_postgres(connection):
        query = newest_of_each(query, (p.question_id, p.subject), p.published_at)
    else:
        newest: sa.Select[tuple[int]] = sa.select(sa.func.max(sa.literal_column("rowid"))).select_from(t.published)
        query = query.where(sa.literal_column("rowid").in_(newest.group_by(p.question_id, p.subject)))
    rows = connection.execute(query)
    for chunk in rows.partitions(SLICE_ROWS):
        yield [PublishedPair(*row) for row in chunk]


def published_signals(connection: sa.Connection) -> Iterator[Sequence[PublishedPair]]:
    """Every published signal, including those of a pair's earlier purchases, in slices."""
    p, s = t.published.c, t.submissions.c
    query = sa.select(
        p.question_id, p.subject, p.submission_id, p.signal_id, sa.func.coalesce(s.force_refresh, sa.false())
    ).select_from(sa.outerjoin(t.published, t.submissions, p.submission_id == s.submission_id))
    for chunk in connection.execute(query).partitions(SLICE_ROWS):
        yield [PublishedPair(*row) for row in chunk]


def forget_signals(connection: sa.Connection, signal_ids: Sequence[str]) -> None:
    """Delete signals that the API no longer has either."""
    for chunk in batched(signal_ids, LOOK_UP_SIGNALS):
        connection.execute(sa.delete(t.published).where(t.published.c.signal_id.in_(chunk)))


def accept_loss(connection: sa.Connection, signals: int) -> None:
    """Take ``signals`` as the warehouse's size from now on, because no missing signal can be read again."""
    set_value(connection, SIGNALS_KEY, str(signals))


def read_again(connection: sa.Connection, gone: Iterable[PublishedPair]) -> None:
    """Put published pairs back in flight, with their signal ids.

    A pair that is in the ledger for another reason stays unchanged.
    """
    statement = insert(connection, t.pairs).values(
        state=PairState.SENT,
        run_id="",
        known_signal_id=None,
        is_cached=False,
        is_resend=False,
        is_free=True,  # its cost was settled when it was published
    )
    rows = (pair[:4] for pair in gone)
    execute_rows(connection, statement.on_conflict_do_nothing(), PublishedPair._fields[:4], rows)
    reopen_submissions(connection)


def reopen_submissions(connection: sa.Connection) -> None:
    """Put collected submissions with pairs in flight back to accepted."""
    s, c = t.submissions.c, t.pairs.c
    in_flight = sa.select(c.submission_id).where(c.state == PairState.SENT)
    connection.execute(
        sa.update(t.submissions)
        .where(s.state == SubmissionState.COLLECTED, s.submission_id.in_(in_flight))
        .values(state=SubmissionState.ACCEPTED)
    )
