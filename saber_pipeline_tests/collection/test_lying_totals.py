"""Listings whose total is not true: they end by their pages without rows."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.api.pages import Page
from saber_pipeline.api.signals import SignalPage, read_signal, read_signal_page
from saber_pipeline.collection.company_reader import FailedListing
from saber_pipeline.collection.listing_reader import read_listing
from saber_pipeline.collection.missing_pairs import _read_by_subject
from saber_pipeline.collection.schema_checks import schema_check
from saber_pipeline.collection.schema_patterns import linear_pattern
from saber_pipeline.collection.windows import read_pages, read_window
from saber_pipeline_tests.api.exchanges import SIGNAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from saber_pipeline.api.signals import Signal

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EMPTY_PAGES_AT_MOST = 100  # those that were under way when the first one came


class LyingListing:
    """``rows`` signals, and a total of ``total`` on every page; none, and pages of ten rows, if it is None."""

    def __init__(self, rows: int, total: int | None) -> None:
        found = ({**SIGNAL, "id": f"s{n}", "status": "failed"} for n in range(rows))
        self.signals = [read_signal(json.dumps(each).encode()) for each in found]
        self.total = total
        self.asked = 0

    async def list_signals(self, *, limit: int = 25, offset: int = 0, **_: Any) -> SignalPage:
        self.asked += 1
        if self.total is None:
            body = {"results": [json.loads(each.raw) for each in self.signals[offset : offset + 10]]}
            return read_signal_page(json.dumps(body).encode(), limit=limit, offset=offset)
        return SignalPage(tuple(self.signals[offset : offset + limit]), self.total)

    async def of_subject(self, _subject: str, *, offset: int = 0) -> SignalPage:
        return await self.list_signals(offset=offset)


class Taker:
    def __init__(self) -> None:
        self.ids: set[str] = set()

    def take(self, signals: Iterable[Signal]) -> None:
        self.ids.update(signal.id for signal in signals)


@pytest.mark.parametrize("total", [10**15, 20_000, 101])
def test_a_window_ends(total: int) -> None:
    """A window whose total is far too large gives its rows, is not proven, and asks for few pages more."""
    listing, taker = LyingListing(100, total), Taker()

    @contextmanager
    def deliver() -> Iterator[Taker]:
        yield taker

    read = asyncio.run(read_window(listing, deliver, start=NOW - timedelta(days=2), end=NOW))
    assert not read.is_proven
    assert len(taker.ids) == 100
    assert listing.asked < 3 * (EMPTY_PAGES_AT_MOST + 6)


def test_no_window_is_proven_without_a_total() -> None:
    """A page with fewer rows than requested is no proof that there are no more, if the API gives no total."""
    first = asyncio.run(LyingListing(100, None).list_signals())
    read = asyncio.run(read_pages(LyingListing(100, None), Taker().take, first, start=NOW - timedelta(days=2), end=NOW))
    assert not read.is_proven


@pytest.mark.parametrize(("total", "requests"), [(10**15, 5), (0, 5), (3, 5), (60, 5), (100, 4), (None, 11)])
def test_a_subject_is_read_to_its_end(total: int | None, requests: int) -> None:
    """All signals of a subject are found whatever the total says; a true total saves the request for an empty page."""
    listing = LyingListing(100, total)
    assert len(asyncio.run(_read_by_subject(listing, "a.example"))) == 100  # type: ignore[arg-type]
    assert listing.asked == requests


@pytest.mark.parametrize(("total", "requests"), [(10**15, 4), (7, 4), (None, 7)])
def test_failed_signals_are_read_to_their_end(total: int | None, requests: int) -> None:
    """Likewise those that failed."""
    listing, taker = LyingListing(60, total), Taker()
    asyncio.run(FailedListing(listing).poll(taker.take, created_since=NOW - timedelta(days=999)))
    assert len(taker.ids) == 60
    assert listing.asked == requests


def test_a_last_page_given_for_ever_is_the_end() -> None:
    """A listing that repeats its last page whatever the offset ends at the first page with nothing new."""
    listing = LyingListing(60, 10**15)

    async def of_subject(_subject: str, *, offset: int = 0) -> SignalPage:
        return await listing.list_signals(offset=min(offset, 50))

    async def page_at(offset: int) -> Page[Signal]:
        page = await of_subject("a.example", offset=offset)
        return Page(page.signals, page.total, has_more=True)

    listing.of_subject = of_subject  # type: ignore[method-assign]
    assert len(asyncio.run(_read_by_subject(listing, "a.example"))) == 60  # type: ignore[arg-type]
    assert listing.asked == 4
    taken: list[Signal] = []
    read = asyncio.run(read_listing(page_at, lambda signal: signal.id, taken.append))
    assert (read.distinct, read.is_proven, len(taken)) == (60, False, 60)


def test_patterns_are_matched_by_the_linear_engine() -> None:
    """Patterns of schemas are RE2's, wherever they stand; what RE2 cannot read is left out of the verdict."""
    assert type(linear_pattern("^a+$")).__module__ == "re2"
    assert linear_pattern(r"(a)\1") is None
    assert linear_pattern("(?=a)") is None
    check = schema_check(
        {
            "type": "object",
            "properties": {"code": {"type": "string", "pattern": "^[A-Z]{2}$"}, "odd": {"pattern": r"(a)\1"}},
            "patternProperties": {"^x_": {"type": "integer"}},
            "additionalProperties": False,
        }
    )
    assert check({"code": "DE", "odd": "ab", "x_1": 3})
    assert not check({"code": "Germany"})
    assert not check({"x_1": "three"})
    assert not check({"other": 1})


def test_no_pattern_reaches_pythons_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in jsonschema matches a pattern by Python's re."""

    def never(*_: object) -> None:
        raise AssertionError("matched by re")

    check = schema_check({"patternProperties": {"^a": {"pattern": "b"}}, "unevaluatedProperties": False})
    monkeypatch.setattr("jsonschema._keywords.re.search", never)
    monkeypatch.setattr("jsonschema._utils.re.search", never)
    assert check({"a": "b"})
    assert not check({"a": "c"})
