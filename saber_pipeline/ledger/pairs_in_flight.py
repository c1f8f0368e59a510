"""Ending a pair's life in the ledger: landed, then published, then gone from here."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.bulk import (
    PAIR_FILTER,
    SIGNAL_NAMES,
    SIGNAL_PARAM,
    execute_many,
    execute_rows,
    pair_params,
    pair_signal_rows,
)
from saber_pipeline.ledger.claims import Pair, next_landed_seq
from saber_pipeline.ledger.dialect import TEXTS, clock, is_among, is_among_texts, is_postgres, texts_value
from saber_pipeline.ledger.published import remember_published
from saber_pipeline.ledger.spending import take_off_pairs
from saber_pipeline.ledger.steps import count_step
from saber_pipeline.ledger.tables import PairState, SubmissionState


class PairInFlight(NamedTuple):
    """What the ledger knows of a pair in flight.

    ``signal_id`` is the signal bought for it, where that is known; ``known_signal_id`` is an older one. The newest
    of the older ones was made at ``known_created_at`` (seconds since 1970 by the API's clock).
    """

    submission_id: str
    signal_id: str | None
    known_signal_id: str | None
    known_created_at: float | None = None


def open_pairs_among(connection: sa.Connection, pairs: Iterable[Pair]) -> dict[Pair, PairInFlight]:
    """Which of ``pairs`` are in flight."""
    pair_of: defaultdict[str, dict[str, Pair]] = defaultdict(dict)
    for pair in pairs:
        pair_of[pair.question_id][pair.subject] = pair
    found: dict[Pair, PairInFlight] = {}
    on_postgres = is_postgres(connection)
    for question_id, by_subject in pair_of.items():
        asked = {"question_id": question_id, TEXTS: texts_value(list(by_subject), on_postgres=on_postgres)}
        for subject, submission_id, signal_id, known_id, known_at in connection.execute(
            _open_among(on_postgres), asked
        ).fetchall():
            found[by_subject[subject]] = PairInFlight(submission_id, signal_id, known_id, known_at)
    return found


@cache
def _open_among(on_postgres: bool) -> sa.Select[Any]:
    """Made once: for a page's few pairs of each question SQLAlchemy takes longer over it than SQLite."""
    c = t.pairs.c
    return sa.select(c.subject, c.submission_id, c.signal_id, c.known_signal_id, c.known_created_at).where(
        c.question_id == sa.bindparam("question_id"),
        is_among_texts(c.subject, on_postgres=on_postgres),
        c.state == PairState.SENT,
    )


def any_is_named(connection: sa.Connection) -> bool:
    """Whether the API named a signal for any pair in flight, so that it is worth while to look for signals' ids."""
    return connection.execute(_ANY_NAMED).first() is not None


_ANY_NAMED = sa.select(sa.literal(1)).select_from(t.pairs).where(sa.text(t.IS_NAMED)).limit(1)


def pairs_named_by(connection: sa.Connection, signal_ids: Iterable[str]) -> dict[str, dict[Pair, PairInFlight]]:
    """The pairs in flight for which the API named one of ``signal_ids``, by signal id."""
    c = t.pairs.c
    ids = list(signal_ids)
    # The condition stands here word for word as in the index: else SQLite would look through every pair.
    rows = connection.execute(
        sa.select(c.signal_id, c.question_id, c.subject, c.submission_id, c.known_signal_id, c.known_created_at).where(
            sa.text(t.IS_NAMED), is_among(connection, c.signal_id, ids, as_json=json.dumps(ids))
        )
    )
    found: dict[str, dict[Pair, PairInFlight]] = {}
    for signal_id, question_id, subject, submission_id, known_signal_id, known_created_at in rows.fetchall():
        in_flight = PairInFlight(submission_id, signal_id, known_signal_id, known_created_at)
        found.setdefault(signal_id, {})[Pair(question_id, subject)] = in_flight
    return found


def mark_landed(connection: sa.Connection, signal_ids: Mapping[Pair, str], *, free: Iterable[Pair] = ()) -> None:
    """The signals of these pairs have landed: they are no longer in flight. The ``free`` ones cost nothing."""
    if not signal_ids:
        return
    count_step(connection)
    take_off_pairs(connection, free)
    number = next_landed_seq(connection)
    # What is the same for all rows stands in the statement, so that a row goes to the driver as it is.
    statement = (
        sa.update(t.pairs)
        .where(PAIR_FILTER, t.pairs.c.state == _word(PairState.SENT))
        .values(state=_word(PairState.SETTLED), signal_id=SIGNAL_PARAM, settlement=sa.literal_column(str(number)))
    )
    execute_rows(connection, statement, SIGNAL_NAMES, pair_signal_rows(signal_ids))


def _word(state: PairState) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{state.value}'")


def reopen(connection: sa.Connection, pairs: Iterable[Pair]) -> None:
    """Put settled pairs back in flight, their signals known, and their submissions with them.

    They leave forced requests that are closed: there, a pair whose signal is gone would be bought now and, being over,
    once more in the same run.
    """
    c, s, r = t.pairs.c, t.submissions.c, t.forced_requests.c
    is_over = c.request_id.in_(sa.select(r.request_id).where(r.closed_at.is_not(None)))
    statement = (
        sa.update(t.pairs)
        .where(
            PAIR_FILTER,
            c.state == PairState.SETTLED,
        )
        .values(state=PairState.SENT, settlement=None, request_id=sa.case((is_over, None), else_=c.request_id))
    )
    execute_many(connection, statement, pair_params(pairs))
    in_flight = sa.select(c.submission_id).where(c.state == PairState.SENT)
    connection.execute(
        sa.update(t.submissions)
        .where(s.state == SubmissionState.COLLECTED, s.submission_id.in_(in_flight))
        .values(state=SubmissionState.ACCEPTED)
    )


def advance_watermark(connection: sa.Connection, submission_ids: Iterable[str], until: float) -> None:
    """Everything completed before ``until`` (the API's clock) has landed for these submissions."""
    c = t.submissions.c
    statement = (
        sa.update(t.submissions)
        .where(
            c.submission_id == sa.bindparam("this_submission_id"),
            sa.or_(c.collected_until.is_(None), c.collected_until < until),
        )
        .values(collected_until=until)
    )
    execute_many(connection, statement, ({"this_submission_id": each_id} for each_id in submission_ids))


def close_submissions(connection: sa.Connection) -> None:
    """Submissions with nothing left in flight are collected."""
    which = t.submissions.c.state == SubmissionState.ACCEPTED
    in_flight = sa.select(sa.literal(1)).select_from(t.pairs).where(t.pairs.c.state == PairState.SENT).limit(1)
    if connection.execute(in_flight).first() is not None:  # else there is no need to look at the pairs of each
        which = sa.and_(which, sa.not_(_has_pairs_in_flight()))
    connection.execute(sa.update(t.submissions).where(which).values(state=SubmissionState.COLLECTED))


def mark_lost(connection: sa.Connection, submission_ids: Iterable[str]) -> None:
    """What was left of these submissions never showed up at the API. One with pairs in flight still goes on."""
    connection.execute(
        sa.update(t.submissions)
        .where(
            t.submissions.c.submission_id.in_(list(submission_ids)),
            t.submissions.c.state == SubmissionState.ACCEPTED,
            sa.not_(_has_pairs_in_flight()),
        )
        .values(state=SubmissionState.LOST)
    )


def prune_published(connection: sa.Connection, up_to_landed_seq: int, *, other_runs: Collection[str]) -> None:
    """Close forced requests with nothing left open, and drop what has been published.

    ``up_to_landed_seq`` is the newest landed_seq at the time when the published load began; anything
    settled since then stays, because its answers may not be in that publication. The pairs of a closed
    request stay while one of ``other_runs`` is under way that began before, so that it continues the request.
    """
    c, r, runs = t.pairs.c, t.forced_requests.c, t.runs.c
    is_published = sa.and_(c.state == PairState.SETTLED, c.settlement <= up_to_landed_seq)
    unfinished = sa.select(c.request_id).where(c.request_id.is_not(None), sa.not_(is_published))
    connection.execute(
        sa.update(t.forced_requests)
        .where(r.closed_at.is_(None), r.request_id.not_in(unfinished))
        .values(closed_at=clock(connection))
    )
    oldest_other_run = sa.select(sa.func.min(runs.started_at)).where(runs.run_id.in_(other_runs))
    began = connection.execute(oldest_other_run).scalar()
    over = sa.select(r.request_id).where(r.closed_at < (began if began is not None else clock(connection) + 1))
    is_over = sa.and_(is_published, sa.or_(c.request_id.is_(None), c.request_id.in_(over)))
    remember_published(connection, is_over)
    stays = sa.select(sa.literal(1)).select_from(t.pairs).where(is_over.is_not(True)).limit(1)
    if not is_postgres(connection) and connection.execute(stays).first() is None:
        connection.execute(sa.delete(t.pairs))  # without a condition SQLite empties the table, and looks at no row
    else:
        connection.execute(sa.delete(t.pairs).where(is_over))


def _has_pairs_in_flight() -> sa.Exists:
    c = t.pairs.c
    return (
        sa.select(sa.literal(1))
        .where(c.submission_id == t.submissions.c.submission_id, c.state == PairState.SENT)
        .exists()
    )
