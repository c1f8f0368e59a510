"""Steps of runs at a ledger, for its tests."""

from __future__ import annotations

from saber_pipeline.ledger.claims import (
    Candidate,
    Pair,
    claim_forced,
    claimed_slice,
    count_claims,
    free_claims,
    newest_landed_seq,
)
from saber_pipeline.ledger.pairs_in_flight import mark_landed, prune_published
from saber_pipeline.ledger.purchases import Submission, intend
from saber_pipeline.ledger.runs import live_runs
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.products.product import Route

CANDIDATES = [Candidate("q", f"s{number}.com", is_cached=False) for number in range(50)]


def claimed_by(ledger: Ledger, run_id: str) -> int:
    with ledger.reading() as connection:
        return count_claims(connection, run_id).claimed


def send(ledger: Ledger, run_id: str) -> Submission:
    """Everything ``run_id`` has claimed, as one submission."""
    with ledger.transaction() as connection:
        pairs = claimed_slice(connection, run_id, 1_000)
        return intend(
            connection,
            run_id=run_id,
            route=Route.SYNC,
            force_refresh=pairs[0].force_refresh,
            pairs=pairs,
            intended_at=0.0,
        )


def states(ledger: Ledger) -> dict[str, int]:
    with ledger.reading() as connection:
        rows = connection.exec_driver_sql("SELECT state, count(*) FROM pairs GROUP BY state")
        return {str(state): int(pairs) for state, pairs in rows}


def settle_and_publish(ledger: Ledger, *, other_runs: frozenset[str] = frozenset()) -> None:
    with ledger.transaction() as connection:
        mark_landed(connection, {Pair(c.question_id, c.subject): f"signal {c.subject}" for c in CANDIDATES})
        prune_published(connection, newest_landed_seq(connection), other_runs=other_runs)


def force(ledger: Ledger, run_id: str) -> None:
    with ledger.transaction() as connection:
        claim_forced(connection, run_id, CANDIDATES)


def free_dead(ledger: Ledger) -> None:
    with ledger.transaction() as connection:
        free_claims(connection, live_runs(connection, lease_seconds=60))
