"""Executions of every status, and logs whose pages are odd: nothing is missed, nothing is double, nobody else waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.errors import SourcesError
from saber_pipeline.ingest.source_declarations import Subscription
from saber_pipeline.runs.publication import rebuild_answers
from saber_pipeline_tests.testbed.rewriting_transport import PageRewritingTransport
from saber_pipeline_tests.testbed.subscription_runs import SOON_SECONDS, read, read_one, requests, signals, subscribe
from saber_pipeline_tests.testbed.world import STACK, World, domains

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from saber_pipeline_tests.testbed.fixtures import StartWorld

STATES = "SELECT status, count(*), count(DISTINCT signal_id) FROM signals GROUP BY 1 ORDER BY 1"


def rewrite_pages(world: World, rewrite: Callable[[httpx.Request, dict[str, Any]], None]) -> None:
    world.transport = lambda: PageRewritingTransport(rewrite)


def is_of(request: httpx.Request, status: str) -> bool:
    return request.url.params.get_list("status") == [status]


@pytest.mark.parametrize("end", ["completed", "failed"])
def test_one_that_is_processing_has_its_row(start: StartWorld, end: str) -> None:
    """An execution that is processing is in ``signals`` at once, lands once, and its end replaces that state."""
    world = start(processing_seconds=(600.0, 600.0), failed_share=1.0 if end == "failed" else 0.0)
    world.questions = (STACK,)
    subscription = subscribe(world, 60)
    world.clock.advance(SOON_SECONDS)
    first = read_one(world, subscription)
    assert (first.landed, first.processing, first.is_complete) == (0, 60, True)
    assert world.published(STATES) == [("processing", 60, 60)]
    assert signals(world, "question_key = 'stack' AND subject = 'company00007.com'") == 1
    assert world.published("SELECT count(*), count(DISTINCT signal_id) FROM subscription_signals") == [(60, 60)]
    files = len(list(world.paths.landed_signals.iterdir()))
    read_one(world, subscription, run_id="meanwhile")
    assert len(list(world.paths.landed_signals.iterdir())) == files
    world.clock.advance(700.0)
    assert read_one(world, subscription, run_id="later").landed == 60
    for _ in range(2):
        assert world.published(STATES) == [(end, 60, 60)]
        assert world.published("SELECT count(*) FROM answers_open_text") == [(60 if end == "completed" else 0,)]
        rebuild_answers(world.settings, world.questions)


@pytest.mark.parametrize("total", [True, False], ids=["a total", "no total"])
def test_as_many_failures_are_not_the_same_ones(world: World, *, total: bool) -> None:
    """Where one failed execution has gone and another has come, their number is the same, and the new one lands."""
    world.effects(failed_share=1.0)
    subscription = subscribe(world, 3)
    world.clock.advance(SOON_SECONDS)
    assert read_one(world, subscription).failed == 3
    world.sandbox.run_subscription(subscription.subscription_id, ["another.com"])
    world.clock.advance(SOON_SECONDS)

    def lose_one(request: httpx.Request, page: dict[str, Any]) -> None:
        if is_of(request, "failed"):
            page["results"] = [signal for signal in page["results"] if signal["domain"] != domains(1)[0]]
            page["total"] -= 1
        if not total:
            del page["total"]

    rewrite_pages(world, lose_one)
    assert read_one(world, subscription, run_id="later").failed == 1
    assert (signals(world, "subject = 'another.com' AND status = 'failed'"), signals(world)) == (1, 4)


def test_a_log_without_totals(world: World) -> None:
    """Where the pages name no total, they are read until two readings show the same executions."""
    subscription = subscribe(world, 60)
    world.clock.advance(SOON_SECONDS)
    rewrite_pages(world, lambda _request, page: page.pop("total"))
    one = read_one(world, subscription)
    assert (one.is_complete, one.executions) == (True, None)
    assert signals(world, "status = 'completed'") == 60
    assert read_one(world, subscription, run_id="again").landed == 0


def test_a_log_whose_totals_are_too_small(world: World) -> None:
    """Where the pages hold more than their total says, all of them are read, and the log is said to be incomplete."""
    subscription = subscribe(world, 60)
    world.clock.advance(SOON_SECONDS)
    rewrite_pages(world, lambda _request, page: page.update(total=0))
    assert not read_one(world, subscription).is_complete
    assert signals(world, "status = 'completed'") == 60


def test_one_that_is_listed_twice(world: World) -> None:
    """An execution on two pages lands once, and the log counts as read: the next run does not read it all again."""
    subscription = subscribe(world, 60)
    world.clock.advance(SOON_SECONDS)
    first: list[dict[str, Any]] = []

    def repeat(request: httpx.Request, page: dict[str, Any]) -> None:
        if is_of(request, "completed") and "fromDate" in request.url.params:
            page["total"] += page["total"] > 0
            if page["results"] and page["offset"] == 0:
                first[:] = page["results"][:1]
            elif page["results"] and len(page["results"]) < 25:
                page["results"] += first

    rewrite_pages(world, repeat)
    one = read_one(world, subscription)
    assert (one.landed, one.is_complete, signals(world)) == (60, True, 60)
    assert world.published("SELECT count(*) FROM subscription_signals") == [(60,)]
    assert read_one(world, subscription, run_id="again").landed == 0


def test_a_row_that_cannot_be_read_is_kept(world: World) -> None:
    """A row of a log that is no signal is kept in ``unreadable_signals``, once, and the other rows land."""
    subscription = subscribe(world, 4)
    world.clock.advance(SOON_SECONDS)

    def spoil(request: httpx.Request, page: dict[str, Any]) -> None:
        if is_of(request, "completed") and page["results"]:
            page["results"][0] = {"domain": "company00003.com", "status": ["no", "text"]}

    rewrite_pages(world, spoil)
    for number in range(2):
        one = read_one(world, subscription, run_id=f"run{number}", from_the_beginning=number > 0)
        assert (one.unreadable, one.is_complete) == (1, True)
    assert signals(world) == 3
    assert world.published("SELECT subject, count(*) FROM unreadable_signals GROUP BY 1") == [("company00003.com", 1)]


def test_one_that_is_gone_stops_itself_only(world: World) -> None:
    """A subscription that Saber does not have is told at the end, and those after it are read all the same."""
    gone = Subscription("gone", world.paths.sources_file, 9, subscription_id="6f1c0c0e-2a3b-4c5d-8e9f-000000000001")
    odd = Subscription("odd", world.paths.sources_file, 11, subscription_id="not an id")
    last = subscribe(world, 2)
    world.clock.advance(SOON_SECONDS)
    result = read(world, gone, odd, last)
    assert [one.subscription.key for one in result.reads] == ["news"]
    assert isinstance(result.stopped_by, SourcesError)
    assert "sources.yaml:9: gone: Saber has no subscription 6f1c0c0e-" in str(result.stopped_by)
    assert signals(world) == 2


def test_executions_that_no_filter_shows(world: World) -> None:
    """A completed execution without a time, and one with a status of its own, are found by the number of all; once."""
    world.questions = (STACK,)
    subscription = subscribe(world, 60)
    world.clock.advance(SOON_SECONDS)
    undated, cancelled = domains(2)

    def hide(request: httpx.Request, page: dict[str, Any]) -> None:
        statuses, by_time = request.url.params.get_list("status"), "fromDate" in request.url.params
        hidden = ({undated} if by_time else set()) | ({cancelled} if statuses else set())
        page["total"] -= len(hidden) if page["total"] and statuses == ["completed"] else 0
        page["results"] = [signal for signal in page["results"] if signal["domain"] not in hidden]
        for signal in page["results"]:
            if signal["domain"] == undated:
                del signal["completedAt"]
            if signal["domain"] == cancelled:
                signal |= {"status": "CANCELLED", "answer": None}
                del signal["completedAt"]

    rewrite_pages(world, hide)
    first = read_one(world, subscription)
    assert (first.landed, first.executions, first.is_complete) == (59, 60, True)
    assert world.published(STATES) == [("cancelled", 1, 1), ("completed", 59, 59)]
    assert signals(world, "question_key = 'stack'") == 60
    before = requests(world)
    assert read_one(world, subscription, run_id="again").landed == 0
    assert requests(world) - before <= 5
