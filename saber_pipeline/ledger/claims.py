"""Exclusive claims on pairs: making them, releasing them, and forced requests."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.bulk import PAIR_FILTER, execute_for_pairs, execute_rows
from saber_pipeline.ledger.dialect import clock, insert
from saber_pipeline.ledger.purchase_rows import OF_KNOWN_PRICE
from saber_pipeline.ledger.reasons import Reason, reason_number
from saber_pipeline.ledger.research import free_dead_researches
from saber_pipeline.ledger.slices import SLICE_ROWS, batched
from saber_pipeline.ledger.spending import take_off_pairs
from saber_pipeline.ledger.store import get_value, set_value
from saber_pipeline.ledger.tables import PairState, SkipKind


class Pair(NamedTuple):
    """Identity of a pair: the question's identity and the subject."""

    question_id: str
    subject: str


class Candidate(NamedTuple):
    """A due pair of a plan.

    ``is_cached``: the API may still serve an older answer, or one to a question that its cache takes for this one.
    ``known_signal_id``: the pair's newest signal in the warehouse. ``known_created_at``: when the pair's last signal
    there was created (seconds since 1970). ``list_name``: the first list of the run that contains the pair.
    """

    question_id: str
    subject: str
    is_cached: bool
    known_signal_id: str | None = None
    known_created_at: float | None = None
    list_name: str | None = None


class ClaimedPair(NamedTuple):
    """A pair this run will submit, and whether with ``forceRefresh``."""

    question_id: str
    subject: str
    force_refresh: bool


@dataclass(frozen=True)
class Claims:
    """The number of pairs claimed by this run, and of pairs that other runs are about to buy."""

    claimed: int
    reserved_by_others: int


def claim(connection: sa.Connection, run_id: str, candidates: Iterable[Candidate]) -> None:
    """Claim every candidate that no other run has."""
    statement = insert(connection, t.pairs).values(state=PairState.CLAIMED, run_id=run_id, is_resend=False)
    statement = statement.on_conflict_do_update(
        index_elements=["question_id", "subject"],
        set_={
            "state": PairState.CLAIMED,
            "run_id": run_id,
            "known_signal_id": statement.excluded.known_signal_id,
            "known_created_at": statement.excluded.known_created_at,
            "list_name": statement.excluded.list_name,
        },
        where=t.pairs.c.state == PairState.DUE,
    )
    execute_rows(connection, statement, Candidate._fields, candidates)


def claim_forced(
    connection: sa.Connection, run_id: str, candidates: Iterable[Candidate], waiting: Iterable[Candidate] = ()
) -> None:
    """Claim candidates for a forced request. Pairs that belong to no request get a new one.

    ``waiting`` pairs join the request without a claim. The request stays open until they are decided, so that the
    answers they wait for are not bought twice.

    A pair of an open forced request continues that request: it is claimed if it is still due, and left alone if it was
    sent or has settled. The same holds if the request was closed while this run was already running. A pair that is in
    flight for another reason joins the request unchanged.
    """
    request_id = uuid.uuid4().hex
    connection.execute(
        sa.insert(t.forced_requests).values(request_id=request_id, run_id=run_id, opened_at=clock(connection))
    )
    c, r = t.pairs.c, t.forced_requests.c
    began = sa.select(t.runs.c.started_at).where(t.runs.c.run_id == run_id).scalar_subquery()
    over = sa.select(r.request_id).where(r.closed_at <= began)
    is_over = sa.and_(c.state == PairState.SETTLED, sa.or_(c.request_id.is_(None), c.request_id.in_(over)))
    is_free = sa.or_(c.state == PairState.DUE, is_over)
    for state, group in ((PairState.CLAIMED, candidates), (PairState.DUE, waiting)):
        statement = insert(connection, t.pairs).values(
            state=state, run_id=run_id, is_resend=False, request_id=request_id
        )
        new = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=["question_id", "subject"],
            set_={
                "request_id": sa.case((is_over, request_id), else_=sa.func.coalesce(c.request_id, request_id)),
                "state": sa.case((is_free, state), else_=c.state),
                "run_id": sa.case((is_free, run_id), else_=c.run_id),
                "is_resend": sa.case((is_over, False), else_=c.is_resend),
                "is_cached": sa.case((is_free, new.is_cached), else_=c.is_cached),
                "known_signal_id": sa.case((is_free, new.known_signal_id), else_=c.known_signal_id),
                "known_created_at": sa.case((is_free, new.known_created_at), else_=c.known_created_at),
                "list_name": sa.case((is_free, new.list_name), else_=c.list_name),
            },
        )
        execute_rows(connection, statement, Candidate._fields, group)


def force_twins(connection: sa.Connection, twins: Iterable[tuple[str, str]]) -> None:
    """Have each pair sent with ``forceRefresh`` that has a twin in the ledger: see ``cache_twins``.

    All of them, and also the claims of other runs; what is on its way is marked, for when it has to be sent again. The
    API's cache serves a signal from its creation on, so of two twins an unforced one would be right only if its request
    arrived first, which nothing guarantees: a reply is lost, a request waits for the rate limit, or another run sends
    its own meanwhile. Two forced ones are right in every order, and cost no more, because the first would have made a
    signal anyway. Call it in the transaction that claims.
    """
    twins_of: dict[str, set[str]] = defaultdict(set)
    for question_id, twin_id in twins:
        twins_of[question_id].add(twin_id)
        twins_of[twin_id].add(question_id)
    of_question = sa.exists().where(t.pairs.c.question_id == sa.bindparam("this_question_id"))
    present = {q for q in twins_of if connection.execute(sa.select(of_question), {"this_question_id": q}).scalar()}
    c, twin = t.pairs.c, t.pairs.alias("twin")
    for question_id in present:  # hardly ever more than none: earlier questions have left the ledger
        others = list(twins_of[question_id] & present)
        has_twin = sa.exists().where(twin.c.question_id.in_(others), twin.c.subject == c.subject)
        unsettled = sa.and_(c.question_id == question_id, c.state != PairState.SETTLED)
        connection.execute(sa.update(t.pairs).where(unsettled, has_twin).values(is_cached=True))


def settled_for_force(connection: sa.Connection, run_id: str | None) -> Iterator[tuple[str, str]]:
    """Question id and subject of the pairs that have settled in the forced requests that ``run_id`` would continue.

    Requests closed before the run began are left out; without a run, all closed requests are.
    """
    c, r = t.pairs.c, t.forced_requests.c
    began = sa.select(t.runs.c.started_at).where(t.runs.c.run_id == run_id).scalar_subquery()
    over = sa.select(r.request_id).where(r.closed_at.is_not(None) if run_id is None else r.closed_at <= began)
    rows = connection.execute(
        sa.select(c.question_id, c.subject).where(
            c.state == PairState.SETTLED, c.request_id.is_not(None), c.request_id.not_in(over)
        )
    )
    for chunk in rows.partitions(SLICE_ROWS):
        yield from ((question_id, subject) for question_id, subject in chunk)


def end_unbought(connection: sa.Connection, pairs: Iterable[Pair]) -> None:
    """Settle the ``pairs`` that wait in a forced request, so that it does not stay open for them."""
    statement = (
        sa.update(t.pairs)
        .where(PAIR_FILTER, t.pairs.c.state == PairState.DUE, t.pairs.c.request_id.is_not(None))
        .values(state=PairState.SETTLED, settlement=next_landed_seq(connection))
    )
    execute_for_pairs(connection, statement, pairs)


def claim_awaited(connection: sa.Connection, run_id: str) -> None:
    """Claim the awaited pairs of forced requests that have become free."""
    a, c, u = t.awaited.c, t.pairs.c, t.skipped.c
    this_pair = sa.and_(a.question_id == c.question_id, a.subject == c.subject)
    is_awaited = sa.exists().where(a.run_id == run_id, this_pair)
    is_skipped = sa.exists().where(u.run_id == run_id, u.question_id == c.question_id, u.subject == c.subject)
    connection.execute(
        sa.update(t.pairs)
        .where(c.state == PairState.DUE, c.request_id.is_not(None), is_awaited, sa.not_(is_skipped))
        .values(state=PairState.CLAIMED, run_id=run_id)
    )


def free_claims(connection: sa.Connection, live_runs: Collection[str]) -> None:
    """Release the unsent claims of dead runs, on pairs and on researches."""
    put_back(connection, sa.and_(t.pairs.c.state == PairState.CLAIMED, t.pairs.c.run_id.not_in(live_runs)))
    free_dead_researches(connection, live_runs)


def count_claims(connection: sa.Connection, run_id: str) -> Claims:
    """Count the claims of this run, and the pairs and researches that other runs have claimed or may be sending."""
    c = t.pairs.c
    mine = connection.execute(
        sa.select(sa.func.count()).where(c.state == PairState.CLAIMED, c.run_id == run_id)
    ).scalar_one()
    claimed_by_others = connection.execute(
        sa.select(sa.func.count()).where(c.state == PairState.CLAIMED, c.run_id != run_id)
    ).scalar_one()
    reserved = sum(rows.count(connection, sa.and_(rows.reserved, rows.c.run_id != run_id)) for rows in OF_KNOWN_PRICE)
    return Claims(claimed=mine, reserved_by_others=claimed_by_others + reserved)


def claimed_slice(
    connection: sa.Connection, run_id: str, limit: int, *, without_questions: Collection[str] = ()
) -> list[ClaimedPair]:
    """Up to ``limit`` claimed pairs of this run, ordered by subject."""
    c = t.pairs.c
    force = sa.or_(c.is_cached, sa.and_(c.request_id.is_not(None), sa.not_(c.is_resend)))
    rows = connection.execute(
        sa.select(c.question_id, c.subject, force)
        .where(c.state == PairState.CLAIMED, c.run_id == run_id, c.question_id.not_in(without_questions))
        .order_by(c.subject)
        .limit(limit)
    )
    return [ClaimedPair(question_id, subject, bool(forced)) for question_id, subject, forced in rows]


def release(connection: sa.Connection, run_id: str) -> None:
    """Release every unsent claim of this run."""
    put_back(connection, sa.and_(t.pairs.c.state == PairState.CLAIMED, t.pairs.c.run_id == run_id))


def drop_claims(connection: sa.Connection, run_id: str, question_id: str) -> None:
    """Drop this run's claims on a question. Their pairs also leave forced requests, and the run does not await them."""
    c, a = t.pairs.c, t.awaited.c
    claimed = sa.and_(c.state == PairState.CLAIMED, c.run_id == run_id, c.question_id == question_id)
    connection.execute(
        sa.delete(t.awaited).where(
            a.run_id == run_id, a.question_id == question_id, a.subject.in_(sa.select(c.subject).where(claimed))
        )
    )
    connection.execute(sa.delete(t.pairs).where(claimed))


def skip_pairs(
    connection: sa.Connection, run_id: str, pairs: Iterable[Pair], kind: SkipKind, reason: Reason | str
) -> None:
    """Record that this run skips ``pairs``, and end their purchase.

    In a forced request, a pair that the API refused as invalid has settled, and any other is due again. Outside a
    forced request, the next plan decides again.
    """
    record = insert(connection, t.skipped).values(
        run_id=run_id, kind=kind, reason_number=reason_number(connection, reason), at=time.time()
    )
    record = record.on_conflict_do_update(
        index_elements=["run_id", "question_id", "subject"],
        set_={"kind": record.excluded.kind, "reason_number": record.excluded.reason_number, "at": record.excluded.at},
    )
    c = t.pairs.c
    drop = sa.delete(t.pairs).where(PAIR_FILTER, c.request_id.is_(None))
    keep = sa.update(t.pairs).where(PAIR_FILTER)
    if kind is SkipKind.INVALID:
        keep = keep.values(state=PairState.SETTLED, settlement=next_landed_seq(connection))
    else:
        keep = keep.values(state=PairState.DUE, submission_id=None, signal_id=None)
    for chunk in batched(pairs):
        if kind.is_refusal:  # a refused pair of an accepted batch: the API created no signal for it
            take_off_pairs(connection, chunk)
        execute_rows(connection, record, Pair._fields, chunk)
        execute_for_pairs(connection, drop, chunk)
        execute_for_pairs(connection, keep, chunk)


def next_landed_seq(connection: sa.Connection) -> int:
    """Draw the number of this settling transaction (the column ``settlement``); it only ever rises."""
    number = newest_landed_seq(connection) + 1
    set_value(connection, "settlement", str(number))
    return number


def newest_landed_seq(connection: sa.Connection) -> int:
    """The number of the newest settling transaction."""
    return int(get_value(connection, "settlement") or 0)


def put_back(connection: sa.Connection, condition: sa.ColumnElement[bool], **more: object) -> None:
    """Free pairs: those of a forced request are due again, with ``more`` values, and the others leave the ledger."""
    # Each poll calls this and hardly ever finds a pair, and each of the statements below reads all pairs.
    if connection.execute(sa.select(sa.literal(1)).select_from(t.pairs).where(condition).limit(1)).first() is None:
        return
    connection.execute(sa.delete(t.pairs).where(condition, t.pairs.c.request_id.is_(None)))
    values = {"state": PairState.DUE, "submission_id": None, "signal_id": None, **more}
    connection.execute(sa.update(t.pairs).where(condition).values(values))
