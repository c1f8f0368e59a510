"""Which pair of a sync-mode batch each item of its reply is about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from saber_pipeline.api.batches import SyncBatch, read_batch
from saber_pipeline.ledger.claims import Pair
from saber_pipeline.purchasing.batch_replies import match_items
from saber_pipeline.purchasing.chunks import Chunk
from saber_pipeline_tests.testbed.world import CLOUD, SIZE

QUESTIONS = {SIZE.question_id: SIZE, CLOUD.question_id: CLOUD}
CHUNK = Chunk((SIZE.question_id, CLOUD.question_id), ("a.com", "b.com"), force_refresh=False)
A_SIZE, A_CLOUD = Pair(SIZE.question_id, "a.com"), Pair(CLOUD.question_id, "a.com")
B_SIZE, B_CLOUD = Pair(SIZE.question_id, "b.com"), Pair(CLOUD.question_id, "b.com")


def matched(*items: dict[str, Any], chunk: Chunk = CHUNK) -> dict[Pair, str]:
    """By pair: the id of its signal, or why it was rejected."""
    numbered = [{"id": str(n), "status": "processing", **item} for n, item in enumerate(items)]
    reply = read_batch(json.dumps({"results": numbered}).encode())
    assert isinstance(reply, SyncBatch)
    signal_ids, rejected = match_items(chunk, QUESTIONS, reply)
    return signal_ids | {pair: str(error.message) for pair, error in rejected.items()}


def test_question_by_question() -> None:
    """Items in the other order of the product are matched by what they say."""
    items = [{"domain": d, "question": q.text} for q in (SIZE, CLOUD) for d in ("a.com", "b.com")]
    assert matched(*items) == {A_SIZE: "0", B_SIZE: "1", A_CLOUD: "2", B_CLOUD: "3"}


@pytest.mark.parametrize("question", [None, "What was asked, in other words"])
def test_an_item_without_the_question(question: str | None) -> None:
    """A place is never believed against the domain that stands there: the pair is followed by its domain instead."""
    items = [{"domain": d, "question": question} for _ in range(2) for d in ("a.com", "b.com")]
    assert matched(*items) == {A_SIZE: "0", B_CLOUD: "3"}


def test_a_rejection_in_another_spelling() -> None:
    """A rejected item is its company's whatever it adds to the domain, so that nobody waits for its signal."""
    rejected = {"id": None, "status": "rejected", "error": "no company", "domain": "https://www.B.com/"}
    one = Chunk((SIZE.question_id,), ("a.com", "b.com"), force_refresh=False)
    assert matched({"domain": "a.com"}, {**rejected, "question": "Q?"}, chunk=one) == {
        A_SIZE: "0",
        B_SIZE: "no company",
    }


def test_an_item_that_says_nothing() -> None:
    """Items that name neither company nor question are matched by their place, if there is one for each pair."""
    assert matched({}, {}, {}, {}) == {A_SIZE: "0", A_CLOUD: "1", B_SIZE: "2", B_CLOUD: "3"}
    assert matched({}, {}, {}) == {}


def test_another_company() -> None:
    """An item about a company that was not asked about is nobody's."""
    assert matched(*[{"domain": "c.com", "question": SIZE.text}] * 4) == {}
