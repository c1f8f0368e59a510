"""Logs of subscriptions against the sandbox: every execution lands once."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest

from saber_pipeline.errors import OtherAddressError, SourcesError
from saber_pipeline.ingest import subscription_import as module
from saber_pipeline.ingest.source_declarations import Subscription
from saber_pipeline.ingest.subscription_import import SubscriptionRead
from saber_pipeline.ingest.subscription_log import LogLanding, Recogniser, SubscriptionLog, read_completed
from saber_pipeline.runs.publication import rebuild_answers
from saber_pipeline.warehouse.landing import LandingWriter
from saber_pipeline_tests.testbed.subscription_runs import SOON_SECONDS, read, read_one, requests, signals, subscribe
from saber_pipeline_tests.testbed.windows import AskedWindows
from saber_pipeline_tests.testbed.world import CLOUD, SIZE, InterceptingTransport, World, domains

if TYPE_CHECKING:
    from saber_pipeline_tests.testbed.fixtures import StartWorld

LOGS = "/v1/companies/signals/subscriptions/"
LAG_SECONDS = 31.0


def landing_writers(world: World) -> Callable[[], tuple[LandingWriter, LandingWriter]]:
    """Each pair of writers has a file of its own."""
    numbers = itertools.count()

    def new_writers() -> tuple[LandingWriter, LandingWriter]:
        stem = f"part{next(numbers)}"
        return LandingWriter(world.paths.landed_signals, stem), LandingWriter(world.paths.landing / "logs", stem)

    return new_writers


def test_new_executions_land_once(world: World) -> None:
    """Each reading lands what completed since the last one; signals are typed, and lead to their subscription."""
    subscription = subscribe(world, 40)
    world.clock.advance(SOON_SECONDS)
    first = read_one(world, subscription)
    assert (first.landed, first.executions, first.processing, first.is_complete) == (40, 40, 0, True)
    assert read_one(world, subscription, run_id="again").landed == 0
    world.sandbox.run_subscription(subscription.subscription_id, domains(10))
    world.clock.advance(SOON_SECONDS)
    assert read_one(world, subscription, run_id="later").landed == 10
    assert world.published(
        "SELECT subscription, count(*), count(DISTINCT signal_id) FROM subscription_signals "
        "JOIN answers_open_text USING (signal_id) GROUP BY 1"
    ) == [("news", 50, 50)]
    assert signals(world) == 50
    assert world.published("SELECT count(*) FROM batches") == [(0,)]
    assert world.sandbox.books(pairs=False)["remaining_credits"] == 100_000 - 50  # the subscription's own


@pytest.mark.slow
def test_signals_that_end_later_come_later(start: StartWorld) -> None:
    """What is processing is counted and lands as such; its end lands with a reading after the lag."""
    world = start(processing_seconds=(5.0, 600.0))
    subscription = subscribe(world, 60)
    for run in range(12):
        world.clock.advance(SOON_SECONDS)
        one = read_one(world, subscription, run_id=f"run{run}")
        assert (one.executions, one.is_complete) == (60, True)
        assert one.processing <= signals(world, "status = 'processing'") <= signals(world) <= 60
    assert (one.processing, signals(world), signals(world, "status = 'processing'")) == (0, 60, 0)


def test_a_long_log_is_read_in_parts(world: World) -> None:
    """A log with more executions than one window takes is read in windows that are halved, and nothing is missing."""
    subscription = subscribe(world, 30)
    began = world.clock.now()
    for start in range(30, 150, 30):
        world.clock.advance(SOON_SECONDS)
        world.sandbox.run_subscription(subscription.subscription_id, domains(30, start=start))
    world.clock.advance(SOON_SECONDS)
    asked = AskedWindows()
    world.transport = asked.transport
    landing = LogLanding(subscription, Recogniser(()), landing_writers(world))

    async def read_it() -> bool:
        async with world.new_client() as client:
            log = SubscriptionLog(client, subscription.subscription_id)
            return await read_completed(log, landing, start=began, end=world.clock.now(), max_rows=40)

    assert asyncio.run(read_it())
    assert len(landing.landed) == 150
    assert asked.read_through() >= 4
    assert max(asked.offsets) <= 40  # the page behind a window's rows tells whether its total is true


def test_failed_ones_land_once(world: World) -> None:
    """Failed executions carry no time of completion: they are listed apart, and land with their error code."""
    world.effects(failed_share=1.0, error_code="CONNECTOR_UNAVAILABLE")
    subscription = subscribe(world, 60)
    world.clock.advance(SOON_SECONDS)
    assert read_one(world, subscription).failed == 60
    assert signals(world, "status = 'failed' AND error_code = 'CONNECTOR_UNAVAILABLE'") == 60
    world.sandbox.run_subscription(subscription.subscription_id, domains(3, start=100))
    world.clock.advance(SOON_SECONDS)
    assert read_one(world, subscription, run_id="later").landed == 3
    assert signals(world) == 63


@pytest.mark.slow
def test_pages_that_shift(start: StartWorld) -> None:
    """Executions that are made and end while pages are read shift them; a closed window shows each all the same."""
    world = start(processing_seconds=(1.0, 90.0))
    subscription = subscribe(world, 200)
    world.clock.advance(SOON_SECONDS)
    made = [0]

    def run_it(request: httpx.Request) -> None:
        if "fromDate" in request.url.params and made[0] < 6:
            made[0] += 1
            world.sandbox.run_subscription(subscription.subscription_id, domains(5, start=300 + 5 * made[0]))
            world.clock.advance(2.0)

    world.transport = lambda: InterceptingTransport(after=run_it)
    assert read_one(world, subscription).is_complete
    for run in range(4):
        world.clock.advance(SOON_SECONDS)
        assert read_one(world, subscription, run_id=f"run{run}").is_complete
    assert signals(world) == 200 + 5 * made[0]


def test_failed_ones_on_shifting_pages(world: World) -> None:
    """Failures that come while the failed ones are listed shift their pages; the listing is read until it adds up."""
    world.effects(failed_share=1.0)
    subscription = subscribe(world, 60)
    world.clock.advance(SOON_SECONDS)
    made = [0]

    def run_it(request: httpx.Request) -> None:
        if request.url.params.get("status") == "failed" and made[0] < 2:
            made[0] += 1
            world.sandbox.run_subscription(subscription.subscription_id, domains(1, start=300 + made[0]))
            world.clock.advance(SOON_SECONDS)

    world.transport = lambda: InterceptingTransport(after=run_it)
    assert read_one(world, subscription).is_complete
    assert signals(world, "status = 'failed'") == 62


@pytest.mark.sweep(keep=2)
@pytest.mark.parametrize("kind", ["reset_before", "error_after", "truncate", "too_many_requests"])
def test_faults_are_repeated_through(world: World, kind: str) -> None:
    """Reading changes nothing, so every fault on its way is answered by asking again."""
    subscription = subscribe(world, 60)
    world.clock.advance(SOON_SECONDS)
    world.fault(kind, LOGS, skip=3, times=3)
    one = read_one(world, subscription)
    assert (one.landed, one.is_complete) == (60, True)


def test_an_outage_keeps_what_has_landed(world: World) -> None:
    """When the API goes away in the middle, what has landed is published, and the next run reads the rest."""
    first, second = subscribe(world, 5), subscribe(world, 6, "other", question=CLOUD.text)
    world.clock.advance(SOON_SECONDS)
    world.fault("error_before", LOGS + second.subscription_id)
    result = read(world, first, second)
    assert [one.subscription.key for one in result.reads] == ["news"]
    assert result.stopped_by is not None
    assert signals(world) == 5
    world.heal()
    assert [one.landed for one in read(world, first, second, run_id="again").reads] == [0, 6]


def test_a_crash_before_the_note_reads_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between landing and noting how far it was, the next run lands the same again, and no row is double."""
    subscription = subscribe(world, 30)
    world.clock.advance(SOON_SECONDS)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "note_read", die)
        with pytest.raises(KeyboardInterrupt):
            read_one(world, subscription)
    assert read_one(world, subscription, run_id="again").landed == 30
    assert (signals(world), world.published("SELECT count(*) FROM subscription_signals")) == (30, [(30,)])


def test_two_at_once(world: World) -> None:
    """Two runs beside each other land everything between them, each signal is one row, and none is missed later."""
    subscription = subscribe(world, 80)
    world.clock.advance(SOON_SECONDS)
    reads: list[SubscriptionRead] = []
    runs = [
        threading.Thread(target=lambda number=n: reads.append(read_one(world, subscription, run_id=f"run{number}")))
        for n in range(2)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [one.is_complete for one in reads] == [True, True]
    assert (signals(world), world.published("SELECT count(*) FROM subscription_signals")) == (80, [(80,)])
    assert read_one(world, subscription, run_id="third").landed == 0


def test_a_rebuild_needs_no_request(world: World) -> None:
    """Everything that came from subscriptions is in landing: a rebuild gives the same tables."""
    subscription = subscribe(world, 12)
    world.clock.advance(SOON_SECONDS)
    read_one(world, subscription)
    query = "SELECT * FROM subscription_signals JOIN signals USING (signal_id) ORDER BY signal_id"
    before, asked = world.published(query), requests(world)
    rebuild_answers(world.settings, world.questions)
    assert world.published(query) == before
    assert requests(world) == asked


def test_lost_landing_is_read_again_on_demand(world: World) -> None:
    """With landed files gone, from_the_beginning brings back what the API still has."""
    subscription = subscribe(world, 12)
    world.clock.advance(SOON_SECONDS)
    read_one(world, subscription)
    for file in world.paths.landed_signals.iterdir():
        file.unlink()
    rebuild_answers(world.settings, world.questions)
    assert (signals(world), read_one(world, subscription, run_id="again").landed) == (0, 0)
    assert read_one(world, subscription, run_id="whole", from_the_beginning=True).landed == 12
    assert signals(world) == 12


def test_an_unknown_subscription(world: World) -> None:
    """A subscription that Saber does not have is told with file and line; others before it are kept."""
    known = subscribe(world, 2)
    world.clock.advance(SOON_SECONDS)
    gone = Subscription("gone", world.paths.sources_file, 9, subscription_id="6f1c0c0e-2a3b-4c5d-8e9f-000000000001")
    result = read(world, known, gone)
    assert isinstance(result.stopped_by, SourcesError)
    assert "sources.yaml:9: gone: Saber has no subscription 6f1c0c0e-" in str(result.stopped_by)
    assert signals(world) == 2


def test_answers_of_two_addresses_do_not_meet(world: World) -> None:
    """What lands counts as owned, so a data directory of another API address is refused before the first request."""
    world.write_list(domains(1))
    world.run(SIZE)
    subscription = subscribe(world, 1)
    world.base_url = f"{world.sandbox.base_url}/prefix"
    with pytest.raises(OtherAddressError, match="belongs to"):
        read(world, subscription)
    assert requests(world) == 0


def test_what_is_younger_than_the_lag_waits(world: World) -> None:
    """An answer that completed a moment ago is left to the next run, because its window may still change."""
    subscription = subscribe(world, 4)
    world.clock.advance(11.0)
    assert read_one(world, subscription).landed == 0
    world.clock.advance(LAG_SECONDS)
    assert read_one(world, subscription, run_id="later").landed == 4
