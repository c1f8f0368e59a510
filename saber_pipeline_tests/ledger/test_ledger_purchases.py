"""Submissions, settlements and forced requests in the ledger."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.claims import (
    Candidate,
    Pair,
    claim,
    claim_forced,
    claimed_slice,
    count_claims,
    newest_landed_seq,
    release,
    skip_pairs,
)
from saber_pipeline.ledger.pairs_in_flight import mark_landed, prune_published, reopen
from saber_pipeline.ledger.purchase_rows import SIGNALS
from saber_pipeline.ledger.purchases import (
    accept,
    mark_rejected,
    resolve_without_effect,
    submissions_in,
)
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.tables import SkipKind, SubmissionState
from saber_pipeline.ledger.write_ahead import Clocks, adopt_orphans, mark_unknown
from saber_pipeline_tests.testbed.ledger_steps import (
    CANDIDATES,
    claimed_by,
    force,
    send,
    settle_and_publish,
    states,
)


def test_life_of_a_submission(ledger: Ledger) -> None:
    """Intended, and when its run dies unknown; without a trace its pairs are free again."""
    with ledger.transaction() as connection:
        claim(connection, "one", CANDIDATES)
    submission = send(ledger, "one")
    with ledger.transaction() as connection:
        adopt_orphans(connection, SIGNALS, {"one"}, Clocks(0.0, 0.0, 60))
        assert len(submissions_in(connection, [SubmissionState.INTENDED])) == 1
        adopt_orphans(connection, SIGNALS, (), Clocks(0.0, 0.0, 60))
        assert len(submissions_in(connection, [SubmissionState.UNKNOWN])) == 1
        release(connection, "one")
    assert states(ledger) == {"sent": 50}
    with ledger.transaction() as connection:
        resolve_without_effect(connection, submission.submission_id)
    assert states(ledger) == {}


def test_refused_submission(ledger: Ledger) -> None:
    """A refused purchase gives its pairs back to the run as claims."""
    with ledger.transaction() as connection:
        claim(connection, "one", CANDIDATES)
    submission = send(ledger, "one")
    with ledger.transaction() as connection:
        mark_rejected(connection, submission.submission_id, "no")
    assert claimed_by(ledger, "one") == 50


def test_reserved(ledger: Ledger) -> None:
    """What others have claimed or are sending counts as reserved, what was accepted does not."""
    with ledger.transaction() as connection:
        claim(connection, "one", CANDIDATES[:20])
    submission = send(ledger, "one")
    with ledger.transaction() as connection:
        claim(connection, "two", CANDIDATES[20:30])
        assert count_claims(connection, "three").reserved_by_others == 30
        accept(connection, submission.submission_id, submitted_at=0.0)
        assert count_claims(connection, "three").reserved_by_others == 10


def test_forgetting(ledger: Ledger) -> None:
    """What settled after a load began stays in the ledger until the next publication."""
    with ledger.transaction() as connection:
        claim(connection, "one", CANDIDATES)
    send(ledger, "one")
    with ledger.transaction() as connection:
        mark_landed(connection, {Pair("q", "s0.com"): "a"})
        loaded = newest_landed_seq(connection)
        mark_landed(connection, {Pair("q", "s1.com"): "b"})
        prune_published(connection, loaded, other_runs=())
    assert states(ledger) == {"sent": 48, "settled": 1}


def test_what_was_published_is_looked_through_once_a_day(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """What left more than 90 days ago is dropped, but not by every publication, which would read all of it."""
    day, hour, pair = 86_400.0, 3_600.0, {"question_id": "q", "subject": "a.com", "submission_id": "s"}

    def publish_at(now: float, *published_at: float) -> list[float]:
        monkeypatch.setattr("saber_pipeline.ledger.published.clock", lambda _: now)
        with ledger.transaction() as connection:
            for at in published_at:
                row = pair | {"signal_id": f"signal of {at}", "published_at": at}
                connection.execute(t.published.insert(), [row])
            prune_published(connection, newest_landed_seq(connection), other_runs=())
            return list(connection.scalars(sa.select(t.published.c.published_at).order_by(t.published.c.published_at)))

    assert publish_at(200 * day, 109 * day, 111 * day) == [111 * day]
    assert publish_at(200 * day + 23 * hour, 1 * day) == [1 * day, 111 * day]
    assert publish_at(201 * day) == [111 * day]
    assert publish_at(202 * day) == []
    assert publish_at(50 * day, -50 * day) == []  # a clock that was set back


def test_forced_request_that_closed_meanwhile(ledger: Ledger) -> None:
    """A forced run that began while another's request was open continues it, also when it closed since."""
    with lease(ledger, "one", lease_seconds=60):
        force(ledger, "one")
        send(ledger, "one")
        with lease(ledger, "two", lease_seconds=60):
            settle_and_publish(ledger, other_runs=frozenset({"two"}))
            with ledger.reading() as connection:
                closed = connection.exec_driver_sql("SELECT closed_at FROM forced_requests").scalar_one()
            assert closed is not None
            force(ledger, "two")
            assert claimed_by(ledger, "two") == 0
            assert states(ledger) == {"settled": 50}
    with ledger.transaction() as connection:
        prune_published(connection, newest_landed_seq(connection), other_runs=())
    assert states(ledger) == {}
    with lease(ledger, "three", lease_seconds=60):
        force(ledger, "three")
        assert claimed_by(ledger, "three") == 50


def test_what_is_reopened_leaves_a_closed_request(ledger: Ledger) -> None:
    """A pair of a closed request that is read again and found lost is bought once by the forced run that finds it."""
    with lease(ledger, "one", lease_seconds=60):
        force(ledger, "one")
        send(ledger, "one")
        settle_and_publish(ledger, other_runs=frozenset({"one"}))
    with lease(ledger, "two", lease_seconds=60):
        gone = [Pair("q", CANDIDATES[0].subject)]
        with ledger.transaction() as connection:
            reopen(connection, gone)
            skip_pairs(connection, "two", gone, SkipKind.LOST, "gone")
        force(ledger, "two")
        assert claimed_by(ledger, "two") == 50
        send(ledger, "two")
        settle_and_publish(ledger, other_runs=frozenset({"two"}))
        force(ledger, "two")
        assert claimed_by(ledger, "two") == 0


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (SkipKind.CREDITS, "due"),
        (SkipKind.UNSENT, "due"),
        (SkipKind.LOST, "due"),
        (SkipKind.INVALID, "settled"),
    ],
)
def test_skipped_in_a_forced_request(ledger: Ledger, kind: SkipKind, state: str) -> None:
    """Pairs skipped are due again in their forced request; those refused as invalid are done with."""
    with lease(ledger, "one", lease_seconds=60):
        force(ledger, "one")
        with ledger.transaction() as connection:
            skip_pairs(connection, "one", [Pair("q", c.subject) for c in CANDIDATES], kind, "why")
    assert states(ledger) == {state: 50}
    with ledger.transaction() as connection:
        prune_published(connection, newest_landed_seq(connection), other_runs=())
    assert states(ledger) == ({} if state == "settled" else {"due": 50})


def test_resend_of_a_forced_pair(ledger: Ledger) -> None:
    """What showed no effect is sent again without force, unless the cache may hold the older answer."""
    with lease(ledger, "one", lease_seconds=60):
        with ledger.transaction() as connection:
            claim_forced(
                connection,
                "one",
                [Candidate("q", "new.com", is_cached=False), Candidate("q", "old.com", is_cached=True)],
            )
        submission = send(ledger, "one")
        assert submission.force_refresh
        with ledger.transaction() as connection:
            mark_unknown(connection, SIGNALS, (submission.submission_id,), "reset", at=0.0)
            resolve_without_effect(connection, submission.submission_id)
            claim_forced(
                connection,
                "one",
                [Candidate("q", "new.com", is_cached=False), Candidate("q", "old.com", is_cached=True)],
            )
            again = {pair.subject: pair.force_refresh for pair in claimed_slice(connection, "one", 10)}
    assert again == {"new.com": False, "old.com": True}
