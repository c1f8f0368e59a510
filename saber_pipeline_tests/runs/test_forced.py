"""Forced requests: each pair once, however often and from wherever the request is continued."""

from __future__ import annotations

import httpx
import pytest

from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.world import CLOUD, SIZE, InterceptingTransport, World, domains, outcomes


@pytest.fixture
def owned(world: World) -> World:
    """A world whose 150 pairs are owned and fresh, so that only force buys them."""
    world.settings_changed = {"max_batch_domains": 60}
    world.write_list(domains(150))
    world.run(SIZE)
    world.purchases_allowed = 2
    return world


def test_buys_the_selected_pairs(owned: World) -> None:
    """Force buys exactly the selected pairs again; old versions stay and the newest answers are shown."""
    result = owned.run(SIZE, force=True)
    assert outcomes(result) == {Outcome.ANSWERED: 150}
    assert owned.forced_signals() == 150
    assert set(owned.bought()) == {(domain, SIZE.text) for domain in domains(150)}
    assert owned.published("SELECT count(*), count(*) FILTER (force_refreshed) FROM signals") == [(300, 150)]
    assert owned.published("SELECT count(*) FILTER (force_refreshed) FROM latest_answers") == [(150,)]


@pytest.mark.slow
def test_new_request_after_the_end(owned: World) -> None:
    """When a forced request is over, the next forced run is a new one."""
    owned.run(SIZE, force=True)
    owned.purchases_allowed = 3
    assert owned.run(SIZE, force=True).spending.signals_bought == 150
    assert owned.ledger_rows("SELECT count(*) FROM forced_requests WHERE closed_at IS NULL") == [(0,)]
    assert owned.ledger_rows("SELECT count(*) FROM pairs") == [(0,)]


@pytest.mark.slow
def test_continued_after_the_deadline(owned: World) -> None:
    """A forced run that ended with everything in flight is continued by the next one, which buys nothing."""
    first = owned.run(SIZE, force=True, max_wait_minutes=0)
    assert outcomes(first) == {Outcome.NOT_FINISHED: 150}
    second = owned.run(SIZE, force=True)
    assert second.spending.signals_bought == 0
    assert outcomes(second) == {Outcome.ANSWERED: 150}


@pytest.mark.slow
def test_continued_after_an_interruption(owned: World) -> None:
    """A forced run that was interrupted between two batches is continued: only the rest is bought."""
    sent: list[int] = []

    def interrupt(request: httpx.Request) -> None:
        if request.method == "POST":
            sent.append(1)
            if len(sent) == 2:
                raise KeyboardInterrupt

    owned.transport = lambda: InterceptingTransport(before=interrupt)
    with pytest.raises(KeyboardInterrupt):
        owned.run(SIZE, force=True)
    assert owned.forced_signals() == 60
    owned.transport = None
    result = owned.run(SIZE, force=True)
    assert outcomes(result) == {Outcome.ANSWERED: 150}
    # The batch that was being sent showed no trace, so it went again, without force where nothing is cached.
    assert sum(owned.bought().values()) == 300


@pytest.mark.slow
def test_unforced_beside_an_open_request(owned: World) -> None:
    """An unforced run waits for the pairs that a forced request has in flight, and buys nothing."""
    owned.run(SIZE, force=True, max_wait_minutes=0)
    result = owned.run(SIZE)
    assert outcomes(result) == {Outcome.ANSWERED: 150}
    assert result.spending.signals_bought == 0


@pytest.mark.slow
def test_in_flight_joins(world: World) -> None:
    """A pair that is in flight unforced joins a forced request as it is."""
    world.write_list(domains(20))
    world.run(SIZE, max_wait_minutes=0)
    result = world.run(SIZE, CLOUD, force=True)
    assert outcomes(result) == {Outcome.ANSWERED: 40}
    assert world.forced_signals() == 20


def test_refused_as_invalid(owned: World) -> None:
    """Pairs that the API refuses as invalid do not keep a forced request open."""
    bad = "company00003.com"

    def refuse(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and bad.encode() in request.content:
            return httpx.Response(422, json={"error": {"code": "VALIDATION_ERROR", "message": "not valid"}})
        return None

    owned.transport = lambda: InterceptingTransport(before=refuse)
    assert outcomes(owned.run(SIZE, force=True)) == {Outcome.ANSWERED: 149, Outcome.REFUSED: 1}
    assert owned.ledger_rows("SELECT count(*) FROM forced_requests WHERE closed_at IS NULL") == [(0,)]
    assert owned.ledger_rows("SELECT count(*) FROM pairs") == [(0,)]


@pytest.mark.slow
def test_refused_for_credits(owned: World) -> None:
    """Pairs that the credits did not cover are due again in the same request, and the others are not."""
    sent: list[int] = []

    def run_out(request: httpx.Request) -> None:
        if request.method == "POST":
            sent.append(1)
            if len(sent) == 1:
                owned.sandbox.set_credits(0)

    owned.transport = lambda: InterceptingTransport(after=run_out)
    first = owned.run(SIZE, force=True)
    assert outcomes(first) == {Outcome.ANSWERED: 60, Outcome.REFUSED: 90}
    assert first.stopped_by is not None
    owned.transport = None
    owned.sandbox.set_credits(90)
    second = owned.run(SIZE, force=True)
    assert second.spending.signals_bought == 90
    assert outcomes(second) == {Outcome.ANSWERED: 150}


@pytest.mark.slow
def test_undecided_is_not_answered(owned: World) -> None:
    """A forced pair whose purchase came to nothing is not finished, although an older answer is there."""
    owned.fault("reset_before", times=1)
    first = owned.run(SIZE, force=True, max_wait_minutes=10.1)
    assert outcomes(first) == {Outcome.ANSWERED: 90, Outcome.NOT_FINISHED: 60}
    assert outcomes(owned.run(SIZE, force=True)) == {Outcome.ANSWERED: 150}


@pytest.mark.slow
def test_several_runs_of_one_refresh(owned: World) -> None:
    """Runs that force one refresh together, list by list, buy a domain in two lists once; the next refresh is new."""
    owned.write_list(domains(40, start=140), "more")
    began = owned.clock.now()
    first = owned.run(SIZE, force=True, forced_since=began)
    second = owned.run(SIZE, lists=("more",), force=True, forced_since=began)
    assert (first.spending.signals_bought, second.spending.signals_bought) == (150, 30)
    assert outcomes(second) == {Outcome.OWNED: 10, Outcome.ANSWERED: 30}
    owned.purchases_allowed = 3
    owned.clock.advance(60)
    again = owned.run(SIZE, lists=("more",), force=True, forced_since=owned.clock.now())
    assert again.spending.signals_bought == 40
