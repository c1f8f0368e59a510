"""The proof of a million: the server counts what was bought, and kills fall everywhere."""

from __future__ import annotations

import json
import random

import pytest

from benchmarks import signals
from benchmarks.contender import PAGE_ROWS
from benchmarks.million import _points
from benchmarks.server import BATCHES, Api


def test_the_server_counts_pairs_that_were_bought_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two purchases that share one company of one question are three signals about two pairs of it."""
    monkeypatch.setattr(signals, "VARIANTS", 1)
    api = Api()

    def buy(question: str, *domains: str) -> None:
        body = {"signals": [{"question": question, "answerType": "open_text"}], "domains": domains}
        assert api.reply("POST", BATCHES, json.dumps(body).encode())[0] == 202

    buy("Which CRM?", "acme.com", "beta.com")
    assert json.loads(api.reply("POST", "/_bench/bought", b"")[1]) == {"signals": 2, "pairs": 2}
    buy("Which CRM?", "beta.com")
    buy("Which ERP?", "beta.com")
    assert json.loads(api.reply("POST", "/_bench/bought", b"")[1]) == {"signals": 4, "pairs": 3}


def test_kills_fall_on_buying_reading_and_what_comes_after() -> None:
    """The first kill is while it buys, the last while it publishes, the others while it reads what is left."""
    for seed in range(20):
        first, *between, last = _points(random.Random(seed), 1_000_000, 6)  # noqa: S311 - repeatable
        assert (1 <= first.posts <= 50, first.requests) == (True, 0)
        assert len(between) == 4
        assert all(point.requests > 0 for point in between)
        assert sum(point.requests for point in between) < 1_000_000 // PAGE_ROWS
        assert last.publishing
    assert _points(random.Random(1), 1_000, 0) == []  # noqa: S311 - likewise
