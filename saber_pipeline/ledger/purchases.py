"""Submissions: the POSTs that buy signals, and their pairs."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger import write_ahead
from saber_pipeline.ledger.bulk import PAIR_FILTER, SIGNAL_PARAM, execute_for_pairs, execute_for_signals
from saber_pipeline.ledger.claims import ClaimedPair, Pair, put_back
from saber_pipeline.ledger.dialect import is_among
from saber_pipeline.ledger.purchase_rows import SIGNALS
from saber_pipeline.ledger.runs import ClaimLostError
from saber_pipeline.ledger.spending import take_off_pairs
from saber_pipeline.ledger.tables import PairState, SubmissionState
from saber_pipeline.products.product import Route

LONGEST_REQUEST_SECONDS = 1_800.0
"""How long after its intent a POST may still be sent: it may wait for the rate limit, or after a 429."""


@dataclass(frozen=True)
class Submission:
    """One POST that buys signals. Times are seconds since 1970 by the API's clock, ``machine_…`` by the machine's."""

    submission_id: str
    run_id: str
    route: Route
    state: SubmissionState
    force_refresh: bool
    signals: int
    intended_at: float
    submitted_at: float | None = None
    unknown_at: float | None = None
    batch_id: str | None = None
    collected_until: float | None = None
    machine_intended_at: float | None = None
    machine_unknown_at: float | None = None

    @property
    def not_before(self) -> float:
        """The POST was not sent before this API time, if either clock was right."""
        if self.machine_intended_at is None:
            return self.intended_at
        return min(self.intended_at, self.machine_intended_at)

    @cached_property
    def bought_since(self) -> float:
        """None of its signals was created before this API time. Uses the time the API reported, if any."""
        return self.not_before if self.submitted_at is None else self.submitted_at

    @cached_property
    def bought_by(self) -> float:
        """The pairs' earlier signals were created before this API time."""
        if self.submitted_at is not None:
            return self.submitted_at
        return max(self.intended_at, self.machine_intended_at or self.intended_at)

    def checked_time(self, submitted_at: datetime | None) -> float | None:
        """The accepting reply's ``submitted_at`` as a timestamp; None if it is missing or both clocks contradict it."""
        latest = self.bought_by + LONGEST_REQUEST_SECONDS
        if submitted_at is None or submitted_at.timestamp() > latest:
            return None
        return submitted_at.timestamp()


def intend(
    connection: sa.Connection,
    *,
    run_id: str,
    route: Route,
    force_refresh: bool,
    pairs: Sequence[ClaimedPair],
    intended_at: float,
    machine_at: float | None = None,
    price: Decimal = Decimal(1),
) -> Submission:
    """Record the intent of a POST for ``pairs`` at ``price`` credits each. Commit before sending it.

    ``machine_at`` is the machine's clock at ``intended_at``, which is by the API's.

    Raises:
        ClaimLostError: this run has lost the claim on some of ``pairs``, or another run has claimed a twin of one that
            is not forced (``force_twins``); nothing was written.
    """
    submission = Submission(
        submission_id=uuid.uuid4().hex,
        run_id=run_id,
        route=route,
        state=SubmissionState.INTENDED,
        force_refresh=force_refresh,
        signals=len(pairs),
        intended_at=intended_at,
        machine_intended_at=machine_at,
    )
    c = t.pairs.c
    send_claims = (
        sa.update(t.pairs)
        .where(PAIR_FILTER, c.state == PairState.CLAIMED, c.run_id == run_id)
        .where(sa.true() if force_refresh else sa.not_(c.is_cached))
        .values(state=PairState.SENT, submission_id=submission.submission_id, signal_id=None, is_free=False)
    )
    moved = write_ahead.intend(
        connection,
        SIGNALS,
        (submission.submission_id,),
        run_id,
        at=intended_at,
        machine_at=machine_at,
        price=price,
        send_claims=lambda: len(pairs) - execute_for_pairs(connection, send_claims, pairs),
        route=route,
        force_refresh=force_refresh,
        signals=len(pairs),
    )
    if moved:
        raise ClaimLostError(
            f"Another run took over {moved} pairs of this one, whose lease had expired, or asks their question with "
            "other settings. They were not sent in this request."
        )
    return submission


def has_twins(connection: sa.Connection, submission_id: str) -> bool:
    """Whether a twin of a pair of an unforced POST was claimed since its intent (``force_twins``).

    The API could serve the twin's signal for it from then on.
    """
    marked = sa.select(sa.literal(1)).where(_sent_with(submission_id), t.pairs.c.is_cached).limit(1)
    return connection.execute(marked).first() is not None


def accept(
    connection: sa.Connection,
    submission_id: str,
    *,
    submitted_at: float | None,
    batch_id: str | None = None,
    signal_ids: Mapping[Pair, str] | None = None,
) -> None:
    """Record that the POST was accepted, with the ids in its reply. Pairs that got a twin's signal become free."""
    write_ahead.accept(connection, SIGNALS, (submission_id,), submitted_at=submitted_at, batch_id=batch_id)
    name_signals(connection, signal_ids or {})
    if signal_ids:
        _free_twins_served(connection, signal_ids)


def name_signals(connection: sa.Connection, signal_ids: Mapping[Pair, str]) -> None:
    """Record the signal ids of pairs in flight."""
    if not signal_ids:
        return
    statement = sa.update(t.pairs).where(PAIR_FILTER, t.pairs.c.state == PairState.SENT).values(signal_id=SIGNAL_PARAM)
    execute_for_signals(connection, statement, signal_ids.items())


def _free_twins_served(connection: sa.Connection, signal_ids: Mapping[Pair, str]) -> None:
    """Free pairs that the API's cache served the signal of a twin, because its forced POST overtook theirs on the wire.

    They cost nothing, and are due again. Which of the two replies comes first does not matter.
    """
    c, published, s = t.pairs.c, t.published.c, t.submissions.c
    ids = list(signal_ids.values())
    columns = c.question_id, c.subject, c.signal_id
    unforced = sa.select(s.submission_id).where(s.force_refresh.is_not(True))
    marked = sa.and_(c.is_cached, c.submission_id.in_(unforced))
    named = sa.and_(sa.text(t.IS_NAMED), is_among(connection, c.signal_id, ids))
    served = connection.execute(sa.select(*columns).where(named, marked)).fetchall()
    if not served:  # nearly always: what follows reads every pair
        return
    owners: set[tuple[str, str]] = set()
    for table in (c, published):
        some = sa.select(table.question_id, table.signal_id).where(is_among(connection, table.signal_id, ids))
        owners |= {(question_id, signal_id) for question_id, signal_id in connection.execute(some)}
    free = [
        Pair(question_id, subject)
        for question_id, subject, signal_id in served
        if any(owner != question_id and its_id == signal_id for owner, its_id in owners)
    ]
    take_off_pairs(connection, free)
    for pair in free:
        put_back(connection, sa.and_(c.question_id == pair.question_id, c.subject == pair.subject))


def mark_rejected(connection: sa.Connection, submission_id: str, reason: str) -> None:
    """Record that the POST certainly bought nothing. Its pairs are claims of the run again."""
    write_ahead.refuse(connection, SIGNALS, (submission_id,), reason)
    connection.execute(
        sa.update(t.pairs).where(_sent_with(submission_id)).values(state=PairState.CLAIMED, submission_id=None)
    )


def resolve_without_effect(connection: sa.Connection, submission_id: str, *, cached: Iterable[Pair] = ()) -> None:
    """Record that an unknown POST had no effect. Its pairs become free, or due as resends in a forced request.

    ``cached``: pairs for which the API may serve an older signal, so that only a forced request refreshes them.
    """
    write_ahead.refuse(connection, SIGNALS, (submission_id,), "it showed no effect")
    sent = _sent_with(submission_id)
    note_cached = sa.update(t.pairs).where(sent, PAIR_FILTER).values(is_cached=True)
    execute_for_pairs(connection, note_cached, cached)
    put_back(connection, sent, is_resend=True)


def free_pairs(connection: sa.Connection, submission_id: str) -> None:
    """Release the pairs of a POST that was never sent."""
    put_back(connection, _sent_with(submission_id))


def submissions_in(
    connection: sa.Connection, states: Iterable[SubmissionState], *, ids: Collection[str] | None = None
) -> list[Submission]:
    """Submissions in any of ``states`` (of ``ids`` only, if given), oldest first."""
    c = t.submissions.c
    kept = [each for each in c if each is not c.reason]
    query = sa.select(*kept).where(c.state.in_(list(states))).order_by(c.intended_at)
    return [
        Submission(**(row | {"route": Route(row["route"]), "state": SubmissionState(row["state"])}))
        for row in map(dict, connection.execute(query).mappings())
        if ids is None or row["submission_id"] in ids
    ]


def _sent_with(submission_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(t.pairs.c.submission_id == submission_id, t.pairs.c.state == PairState.SENT)
