"""Cutting pairs into batches."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from saber_pipeline.ledger.claims import ClaimedPair
from saber_pipeline.products.product import Route
from saber_pipeline.purchasing.chunks import MAX_ASYNC_SIGNALS, MAX_SYNC_DOMAINS, MAX_SYNC_SIGNALS, Chunk, cut

QUESTION_IDS = st.sampled_from("abcdef")
SUBJECTS = st.integers(0, 60).map("s{}.com".format)
PAIRS = st.dictionaries(st.tuples(QUESTION_IDS, SUBJECTS), st.booleans(), min_size=1).map(
    lambda needed: [ClaimedPair(question_id, subject, force) for (question_id, subject), force in needed.items()]
)


@settings(deadline=None)
@given(PAIRS, st.integers(1, 80))
def test_exact(pairs: list[ClaimedPair], max_domains: int) -> None:
    """Whatever is needed, the chunks hold exactly those pairs, each once, within the domain cap."""
    chunks = cut(pairs, max_domains=max_domains)
    assert Counter(pair for chunk in chunks for pair in chunk.pairs()) == Counter(pairs)
    assert all(len(chunk.subjects) <= max_domains for chunk in chunks)
    assert all(chunk.signals == len(chunk.pairs()) for chunk in chunks)


@settings(deadline=None, max_examples=8)
@given(st.integers(1, 45_000), st.integers(1, 3))
def test_limits(subjects: int, questions: int) -> None:
    """No chunk is above the limit of signals, and a full product takes as few requests as that allows."""
    pairs = [ClaimedPair(f"q{q}", f"s{s}", force_refresh=False) for s in range(subjects) for q in range(questions)]
    chunks = cut(pairs, max_domains=20_000)
    assert sum(chunk.signals for chunk in chunks) == len(pairs)
    assert all(chunk.signals <= MAX_ASYNC_SIGNALS for chunk in chunks)
    assert len(chunks) == -(-subjects // (MAX_ASYNC_SIGNALS // questions))


@settings(deadline=None)
@given(PAIRS)
def test_halves(pairs: list[ClaimedPair]) -> None:
    """Halving keeps every pair once, and ends at single pairs."""
    todo, singles = list(cut(pairs, max_domains=100)), []
    while todo:
        chunk = todo.pop()
        if chunk.signals == 1:
            assert chunk.halves() == (chunk,)
            singles += chunk.pairs()
        else:
            todo += chunk.halves()
    assert Counter(singles) == Counter(pairs)


def test_routes() -> None:
    """Up to 100 signals go in sync mode, which names ids; more go in async mode."""
    small = Chunk(("q",), tuple(f"s{n}" for n in range(MAX_SYNC_SIGNALS)), force_refresh=False)
    large = Chunk(("q",), tuple(f"s{n}" for n in range(MAX_SYNC_DOMAINS + 1)), force_refresh=False)
    assert (small.route, large.route) == (Route.SYNC, Route.ASYNC)
    assert Chunk(("q", "r"), small.subjects, force_refresh=False).route is Route.ASYNC


def test_parts_stay_written_out() -> None:
    """A chunk that a refusal has asked for in words goes in words in every part, so that none is refused again."""
    chunk = Chunk(("p", "q", "r"), ("a.com", "b.com"), force_refresh=True, written_out=True)
    parts = chunk.first(2)
    assert [part.signals for part in parts] == [2, 1, 3]
    assert all(part.written_out and part.force_refresh for part in parts)
