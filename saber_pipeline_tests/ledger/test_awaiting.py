"""What a run waits for is in flight only once it was sent, and no more once it has settled."""

from __future__ import annotations

from pathlib import Path

from saber_pipeline.config.secrets import LedgerAddress
from saber_pipeline.ledger.awaited_pairs import (
    await_pairs,
    awaited_in_flight,
    awaited_submission_ids,
    count_awaited,
    count_sent,
    pairs_of_submission,
)
from saber_pipeline.ledger.claims import Candidate, Pair, claim
from saber_pipeline.ledger.pairs_in_flight import mark_landed
from saber_pipeline.ledger.store import Ledger
from saber_pipeline_tests.testbed.ledger_steps import CANDIDATES, send

PAIRS = [Pair(candidate.question_id, candidate.subject) for candidate in CANDIDATES]


def in_flight(ledger: Ledger) -> tuple[int, int, frozenset[str]]:
    """Pairs listed, pairs counted, and their submissions."""
    with ledger.reading() as connection:
        listed = awaited_in_flight(connection, "run", limit=1_000)
        return len(listed), count_sent(connection, "run"), awaited_submission_ids(connection, "run")


def test_only_what_was_sent_is_in_flight(ledger_place: Path | LedgerAddress) -> None:
    """Claimed pairs are waited for and not in flight; sent ones are; settled ones are neither."""
    ledger = Ledger.open(ledger_place)
    with ledger.transaction() as connection:
        await_pairs(connection, "run", PAIRS)
        claim(connection, "run", CANDIDATES)
    with ledger.reading() as connection:
        assert count_awaited(connection, "run").claimed == len(PAIRS)
    assert in_flight(ledger) == (0, 0, frozenset())

    submission = send(ledger, "run")
    with ledger.transaction() as connection:  # of another run, waited for by this one, and not sent
        await_pairs(connection, "run", [Pair("q", "later.com")])
        claim(connection, "other", [Candidate("q", "later.com", is_cached=False)])
    assert in_flight(ledger) == (len(PAIRS), len(PAIRS), frozenset({submission.submission_id}))

    with ledger.transaction() as connection:
        mark_landed(connection, {pair: f"signal {pair.subject}" for pair in PAIRS[:10]})
    assert in_flight(ledger) == (len(PAIRS) - 10, len(PAIRS) - 10, frozenset({submission.submission_id}))
    with ledger.reading() as connection:
        assert set(pairs_of_submission(connection, submission.submission_id)) == set(PAIRS[10:])
    ledger.close()
