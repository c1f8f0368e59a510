"""Pairs in flight, and their end in the ledger: landed, then published, then deleted here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.bulk import PAIR_FILTER, SIGNAL_PARAM, execute_for_pairs, execute_for_signals, execute_rows
from saber_pipeline.ledger.claims import Pair, next_landed_seq
from saber_pipeline.ledger.dialect import TEXTS, clock, is_among, is_among_texts, is_postgres, texts_value
from saber_pipeline.ledger.published import remember_published, reopen_submissions
from saber_pipeline.ledger.spending import take_off_pairs
from saber_pipeline.ledger.steps import count_step
from saber_pipeline.ledger.tables import PairState, SubmissionState


class PairInFlight(NamedTuple):
    """A pair in flight.

    ``signal_id``: the signal bought for it, if known. ``known_signal_ids``: those that were not, with a space between
    them: the newest older signal of the pair, and those of other questions. Ask ``knows``.
    ``known_created_at``: when the newest older signal was created (seconds since 1970 by the API's clock).
    """

    submission_id: str
    signal_id: str | None
    known_signal_ids: str | None
    known_created_at: float | None = None

    def knows(self, signal_id: str) -> bool:
        """Whether the signal is known not to be the one that was bought for the pair."""
        return self.known_signal_ids is not None and f" {signal_id} " in f" {self.known_signal_ids} "


def open_pairs_among(connection: sa.Connection, pairs: Iterable[Pair]) -> dict[Pair, PairInFlight]:
    """The pairs in flight among ``pairs``."""
    pair_of: defaultdict[str, dict[str, Pair]] = defaultdict(dict)
    for pair in pairs:
        pair_of[pair.question_id][pair.subject] = pair
    found: dict[Pair, PairInFlight] = {}
    on_postgres = is_postgres(connection)
    for question_id, by_subject in pair_of.items():
        parameters = {"question_id": question_id, TEXTS: texts_value(list(by_subject), on_postgres=on_postgres)}
        for subject, submission_id, signal_id, known_ids, known_at in connection.execute(
            _open_among(on_postgres), parameters
        ).fetchall():
            found[by_subject[subject]] = PairInFlight(submission_id, signal_id, known_ids, known_at)
    return found


@cache
def _open_among(on_postgres: bool) -> sa.Select[Any]:
    """Built once: for a page's few pairs of each question, SQLAlchemy builds it for longer than SQLite runs it."""
    c = t.pairs.c
    return sa.select(c.subject, c.submission_id, c.signal_id, c.known_signal_id, c.known_created_at).where(
        c.question_id == sa.bindparam("question_id"),
        is_among_texts(c.subject, on_postgres=on_postgres),
        c.state == PairState.SENT,
    )


def any_is_named(connection: sa.Connection) -> bool:
    """Whether the signal id of any pair in flight is known, so that looking pairs up by signal id can find one."""
    return connection.execute(_ANY_NAMED).first() is not None


_ANY_NAMED = sa.select(sa.literal(1)).select_from(t.pairs).where(sa.text(t.IS_NAMED)).limit(1)


def pairs_named_by(connection: sa.Connection, signal_ids: Iterable[str]) -> dict[str, dict[Pair, PairInFlight]]:
    """The pairs in flight whose known signal id is among ``signal_ids``, by signal id."""
    c = t.pairs.c
    ids = list(signal_ids)
    # The condition must equal the index's word for word, or SQLite scans every pair.
    rows = connection.execute(
        sa.select(c.signal_id, c.question_id, c.subject, c.submission_id, c.known_signal_id, c.known_created_at).where(
            sa.text(t.IS_NAMED), is_among(connection, c.signal_id, ids)
        )
    )
    found: dict[str, dict[Pair, PairInFlight]] = {}
    for signal_id, question_id, subject, submission_id, known_ids, known_created_at in rows.fetchall():
        in_flight = PairInFlight(submission_id, signal_id, known_ids, known_created_at)
        found.setdefault(signal_id, {})[Pair(question_id, subject)] = in_flight
    return found


def mark_landed(connection: sa.Connection, signal_ids: Mapping[Pair, str], *, free: Iterable[Pair] = ()) -> None:
    """Settle pairs whose signals have landed. The ``free`` ones cost nothing."""
    if not signal_ids:
        return
    count_step(connection)
    take_off_pairs(connection, free)
    number = next_landed_seq(connection)
    # Values shared by all rows are literals of the statement, so that rows go to the driver unchanged.
    statement = (
        sa.update(t.pairs)
        .where(PAIR_FILTER, t.pairs.c.state == _literal(PairState.SENT))
        .values(state=_literal(PairState.SETTLED), signal_id=SIGNAL_PARAM, settlement=sa.literal_column(str(number)))
    )
    execute_for_signals(connection, statement, signal_ids.items())


def note_others_signals(connection: sa.Connection, signal_ids: Iterable[tuple[Pair, str]]) -> None:
    """Record signals that look like those of pairs in flight, and have settled pairs of other questions.

    They are added to those known before: a pair may have several such questions beside it, and each of their signals
    is read again while the pair is awaited.
    """
    c = t.pairs.c
    before = sa.func.coalesce(c.known_signal_id.concat(_literal(" ")), _literal(""))
    open_one = sa.and_(PAIR_FILTER, c.state == _literal(PairState.SENT))
    statement = sa.update(t.pairs).where(open_one).values(known_signal_id=before.concat(SIGNAL_PARAM))
    execute_for_signals(connection, statement, signal_ids)


def _literal(text: str) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{text}'")


def reopen(connection: sa.Connection, pairs: Iterable[Pair]) -> None:
    """Put settled pairs with known signals back in flight, and their submissions back to accepted.

    The pairs leave closed forced requests. Otherwise a pair whose signal is gone would be bought now and, because its
    request is over, again in the same run.
    """
    c, r = t.pairs.c, t.forced_requests.c
    is_over = c.request_id.in_(sa.select(r.request_id).where(r.closed_at.is_not(None)))
    statement = (
        sa.update(t.pairs)
        .where(PAIR_FILTER, c.state == PairState.SETTLED)
        .values(state=PairState.SENT, settlement=None, request_id=sa.case((is_over, None), else_=c.request_id))
    )
    execute_for_pairs(connection, statement, pairs)
    reopen_submissions(connection)


def advance_watermark(connection: sa.Connection, submission_ids: Iterable[str], until: float) -> None:
    """Record that all signals of these submissions completed before ``until`` (the API's clock) have landed."""
    c = t.submissions.c
    statement = (
        sa.update(t.submissions)
        .where(
            c.submission_id == sa.bindparam("this_submission_id"),
            sa.or_(c.collected_until.is_(None), c.collected_until < until),
        )
        .values(collected_until=until)
    )
    execute_rows(connection, statement, ["this_submission_id"], ((each_id,) for each_id in submission_ids))


def close_submissions(connection: sa.Connection) -> None:
    """Mark submissions without pairs in flight as collected, if they were accepted or their outcome is unknown.

    Of an unknown one, signals that were there before have settled every pair: nothing is left that could decide it, and
    it must not reserve credits for ever.
    """
    condition: sa.ColumnElement[bool] = t.submissions.c.state.in_([SubmissionState.ACCEPTED, SubmissionState.UNKNOWN])
    in_flight = sa.select(sa.literal(1)).select_from(t.pairs).where(t.pairs.c.state == PairState.SENT).limit(1)
    if connection.execute(in_flight).first() is not None:  # otherwise no submission's pairs need to be checked
        condition = sa.and_(condition, sa.not_(_has_pairs_in_flight()))
    connection.execute(
        sa.update(t.submissions).where(condition).values(state=SubmissionState.COLLECTED, unknown_at=None)
    )


def mark_lost(connection: sa.Connection, submission_ids: Iterable[str]) -> None:
    """Mark submissions as lost whose remaining pairs never appeared at the API. Those with pairs in flight stay."""
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
    """Close forced requests without open pairs, and delete published pairs.

    ``up_to_landed_seq`` is the newest landed_seq when the published load began. Pairs settled since then stay, because
    their answers may not be in that publication. The pairs of a closed request stay while one of ``other_runs`` that
    began before is running, so that this run continues the request.
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
        connection.execute(sa.delete(t.pairs))  # without a condition SQLite empties the table without reading rows
    else:
        connection.execute(sa.delete(t.pairs).where(is_over))


def _has_pairs_in_flight() -> sa.Exists:
    c = t.pairs.c
    return sa.exists().where(c.submission_id == t.submissions.c.submission_id, c.state == PairState.SENT)
