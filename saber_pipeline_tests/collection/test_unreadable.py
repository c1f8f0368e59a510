"""A signal that nothing can read is kept as it came, counted, and not bought again."""

from __future__ import annotations

import asyncio
import contextlib
import json
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import httpx
import pytest

from saber_pipeline.collection.signal_sink import SignalSink
from saber_pipeline.collection.signal_sources import source_of
from saber_pipeline.collection.unreadable_signals import UnreadableRows
from saber_pipeline.collection.webhook_wakeups import EventReader
from saber_pipeline.config.questions.subject_kinds import COMPANIES, CONTACTS
from saber_pipeline.errors import PipelineError
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.webhook_events import note_events
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.publication import rebuild_answers
from saber_pipeline.warehouse.landing import LandingWriter
from saber_pipeline_tests.testbed.world import (
    DAY_SECONDS,
    LENIENT,
    ROLE,
    SIZE,
    InterceptingTransport,
    World,
    domains,
    outcomes,
    people,
    start_world,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from saber_pipeline.config.questions.question import Question


SIGNALS = "/v1/companies/signals"


class SpoilingTransport(httpx.AsyncBaseTransport):
    """Real HTTP to an API whose every reply with the signal about ``subject`` has that signal spoilt."""

    def __init__(self, subject: str, spoil: Callable[[bytes], bytes], *, every: bool = True) -> None:
        self._real = httpx.AsyncHTTPTransport()
        self._subject = subject
        self._spoil = spoil
        self._every = every
        self.spoilt = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._real.handle_async_request(request)
        body = await response.aread()
        if request.method == "GET" and self._subject.encode() in body and (self._every or not self.spoilt):
            body = self._spoilt(body)
        headers = [(name, value) for name, value in response.headers.items() if name.lower() != "content-length"]
        return httpx.Response(response.status_code, headers=headers, content=body)

    def _spoilt(self, body: bytes) -> bytes:
        found = json.loads(body)
        rows = found.get("results", [found])
        written = [json.dumps(row, separators=(",", ":")).encode() for row in rows]
        for at, row in enumerate(rows):
            if self._subject in (row.get("domain"), row.get("contactProfileUrl")):
                written[at] = self._spoil(written[at])
                self.spoilt += 1
        if "results" not in found:
            return written[0]
        rest = json.dumps({name: value for name, value in found.items() if name != "results"}).encode()
        return b'{"results":[' + b",".join(written) + b"]," + rest[1:]

    async def aclose(self) -> None:
        await self._real.aclose()


def cut(row: bytes) -> bytes:
    """It ends in the middle of its answer, or of its last member."""
    return row[: row.index(b'"answer"') + 12] if b'"answer"' in row else row[:-2]


def no_object(_row: bytes) -> bytes:
    return b'"gone"'


def noise(_row: bytes) -> bytes:
    """Nothing is legible, and its brackets do not add up."""
    return b'\xff\xfe{{[[ "'


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield start_world(stack.enter_context, tmp_path)


def spoil(world: World, how: Callable[[bytes], bytes], subject: str, *, every: bool = True) -> SpoilingTransport:
    transports = [SpoilingTransport(subject, how, every=every)]
    world.transport = lambda: transports.append(SpoilingTransport(subject, how, every=every)) or transports[-1]  # type: ignore[func-returns-value]
    return transports[0]


@pytest.mark.parametrize(("how", "pairs"), [(cut, 12), (no_object, 12), (noise, 120)])
@pytest.mark.sweep(keep=1)
def test_an_unreadable_row_of_a_batch(world: World, how: Callable[[bytes], bytes], pairs: int) -> None:
    """Its pair is held back and never bought again; the others are answered, and a rebuild says the same."""
    world.questions = (SIZE,)
    world.write_list(domains(pairs))
    spoil(world, how, domains(pairs)[7])
    result = world.run()
    assert outcomes(result) == {Outcome.ANSWERED: pairs - 1, Outcome.FAILED: 1}
    assert sum(result.outcomes.unreadable.values()) == 1
    held = "SELECT subject, status, error_code FROM signals WHERE error_code IS NOT NULL"
    assert world.published(held) == [(domains(pairs)[7], "failed", "UNREADABLE_REPLY")]
    kept = "SELECT row_id, subject, raw FROM unreadable_signals ORDER BY ALL"
    rows = world.published(kept)
    assert rows
    assert all(how.__name__ != "cut" or row[2].endswith('"answer":{"t') for row in rows)
    rebuild_answers(world.settings, world.questions)
    assert world.published(held) == [(domains(pairs)[7], "failed", "UNREADABLE_REPLY")]
    assert world.published(kept) == rows
    for days in (1, 60):
        world.clock.advance(days * DAY_SECONDS)
        world.purchases_allowed += days > 30  # the other answers are too old then
        world.run()
    assert world.bought()[domains(pairs)[7], SIZE.text] == 1


@pytest.mark.parametrize("question", [LENIENT, ROLE], ids=["company", "contact"])
@pytest.mark.slow
def test_an_unreadable_single_signal(world: World, question: Question) -> None:
    """One whose id is known is read by its id, to no avail: its pair is held back under that id until it is forced."""
    world.questions = (question,)
    subjects, kind = (people(4), CONTACTS) if question is ROLE else (domains(4), COMPANIES)
    world.write_list(subjects, kind=kind)
    spoil(world, cut, subjects[2])
    assert outcomes(world.run()) == {Outcome.ANSWERED: 3, Outcome.FAILED: 1}
    world.clock.advance(DAY_SECONDS)
    assert world.run().spending.signals_bought == 0
    world.purchases_allowed = 2
    world.transport = None
    assert outcomes(world.run(force=True)) == {Outcome.ANSWERED: 4}


def test_a_reply_garbled_once_is_no_loss(world: World) -> None:
    """A row that was unreadable in one reply and readable in the next is an answer like any other."""
    world.questions = (SIZE,)
    world.write_list(domains(5))
    spoil(world, noise, domains(5)[3], every=False)
    assert outcomes(world.run()) == {Outcome.ANSWERED: 5}


@pytest.mark.slow
def test_a_lost_reply_whose_signal_is_unreadable(world: World) -> None:
    """An unreadable row about its company says that a purchase without a reply did arrive: it is not repeated."""
    world.questions = (SIZE,)
    world.write_list(domains(1))
    world.fault("reset_after", times=1)
    spoil(world, noise, domains(1)[0])
    assert outcomes(world.run()) == {Outcome.FAILED: 1}
    assert world.bought() == {(domains(1)[0], SIZE.text): 1}


@pytest.mark.slow
def test_a_gateway_that_garbles_everything_is_an_outage(world: World) -> None:
    """Replies that are no JSON at all, to every request, are no unreadable signals: the next run collects."""
    world.questions = (SIZE,)
    world.write_list(domains(3))
    page = httpx.Response(200, text="<html>sorry</html>")
    world.transport = lambda: InterceptingTransport(
        before=lambda r: page if r.url.path.startswith(SIGNALS) and r.method == "GET" else None
    )
    with contextlib.suppress(PipelineError):
        world.run(max_wait_minutes=30)
    world.transport = None
    assert outcomes(world.run()) == {Outcome.ANSWERED: 3}


def test_a_webhook_about_an_unreadable_signal(world: World) -> None:
    """Who reads events about signals, of which one cannot be read, keeps that one as it came and lands the others."""
    world.questions = (LENIENT,)
    world.write_list(domains(3))
    world.run(max_wait_minutes=0)
    world.clock.advance(60)
    ids = [signal_id for (signal_id,) in world.ledger_rows("SELECT signal_id FROM pairs WHERE state = 'sent'")]
    spoil(world, cut, domains(3)[1])
    ledger, landed = Ledger.open(world.paths.ledger), list[object]()
    with closing(ledger), ledger.transaction() as connection:
        for signal_id in ids:
            note_events(connection, [signal_id], "signal.completed")

    async def read() -> int:
        async with world.new_client() as client:
            sink = SignalSink(
                ledger,
                lambda: LandingWriter(world.paths.landed_signals, "20990101T000000000000Z-event-0"),
                unreadable=UnreadableRows(landed.extend),
                cache_hours=12,
                stuck_after_hours=24,
                now=client.server_clock.earliest,
                stopwatch=client.stopwatch,
            )
            return await EventReader(ledger, [source_of(client, COMPANIES)], is_last=True).read(sink)

    ledger = Ledger.open(world.paths.ledger)
    with closing(ledger):
        assert asyncio.run(read()) == 2
    told = world.ledger_rows("SELECT outcome, count(*) FROM webhook_news GROUP BY 1 ORDER BY 1")
    assert told == [("it cannot be read", 1), ("landed", 2)]
    assert len(landed) == 1
