"""Runs that share a ledger in a database read in bulk one at a time, each for all of them."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.api.clock import SYSTEM_CLOCK
from saber_pipeline.api.server_clock import ServerClock
from saber_pipeline.api.stopwatch import Stopwatch
from saber_pipeline.collection.company_reader import TAIL_ROWS
from saber_pipeline.collection.reading_turn import PATIENCE_SECONDS, READING_KEY, ReadingTurn
from saber_pipeline.collection.signal_sink import SignalSink
from saber_pipeline.ledger.awaited_pairs import await_pairs
from saber_pipeline.ledger.claims import Candidate, ClaimedPair, Pair, claim
from saber_pipeline.ledger.pairs_in_flight import mark_landed
from saber_pipeline.ledger.purchases import accept, intend
from saber_pipeline.ledger.questions import remember_questions
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.store import Ledger, get_value
from saber_pipeline.products.product import Route
from saber_pipeline.warehouse.landing import LandingWriter
from saber_pipeline_tests.testbed.world import CLOUD, SIZE, ManualClock, World, domains

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from saber_pipeline.config.secrets import LedgerAddress

in_a_database = pytest.mark.parametrize("ledger_place", ["postgres"], indirect=True)
PAIRS = [Pair("size", f"company{number}.com") for number in range(10)]


def turn_of(
    ledger: Ledger,
    run_id: str,
    *,
    monotonic: Callable[[], float] = lambda: 0.0,
    is_over: Callable[[], bool] = lambda: False,
) -> ReadingTurn:
    """A turn as a run has it."""
    return ReadingTurn(ledger, run_id, lease_seconds=60, monotonic=monotonic, is_over=is_over)


def reads(turn: ReadingTurn) -> bool:
    """Whether the run would read now; its turn is over at once."""
    with turn.taken() as is_ours:
        return is_ours


def buy_for(ledger: Ledger, run_id: str) -> str:
    """The run has bought all pairs and waits for them; the submission's id."""
    with ledger.transaction() as connection:
        claim(connection, run_id, [Candidate(*pair, is_cached=False) for pair in PAIRS])
        await_pairs(connection, run_id, PAIRS)
        pairs = [ClaimedPair(*pair, force_refresh=False) for pair in PAIRS]
        bought = intend(
            connection, run_id=run_id, route=Route.ASYNC, force_refresh=False, pairs=pairs, intended_at=1_790_000_000.0
        )
        accept(connection, bought.submission_id, submitted_at=1_790_000_000.0)
    return bought.submission_id


@in_a_database
def test_one_at_a_time(ledger: Ledger) -> None:
    """While a run that is alive reads, no other one does; one that has died keeps nobody waiting."""
    first, second = turn_of(ledger, "first"), turn_of(ledger, "second")
    with lease(ledger, "second", lease_seconds=60):
        with lease(ledger, "first", lease_seconds=60), first.taken() as is_ours:
            assert is_ours
            assert not reads(second)
            assert reads(first)  # it has it already, and is done with it
            assert reads(second)
        died = ExitStack()
        died.enter_context(first.taken())  # never given back
        assert reads(second)


@in_a_database
def test_nobody_waits_for_nothing(ledger: Ledger) -> None:
    """A run waits as long as anything settles, whoever's it is. When nothing does, or its time is over, it reads."""
    buy_for(ledger, "third")
    clock = ManualClock()
    second = turn_of(ledger, "second", monotonic=clock.monotonic)
    with lease(ledger, "first", lease_seconds=60), turn_of(ledger, "first").taken():
        for pair in PAIRS:
            assert not reads(second), pair
            clock.advance(PATIENCE_SECONDS - 1)
            assert not reads(second), pair
            with ledger.transaction() as connection:
                mark_landed(connection, {pair: f"signal of {pair.subject}"})
        assert not reads(second)
        clock.advance(PATIENCE_SECONDS)
        assert reads(second)
        assert reads(turn_of(ledger, "third", is_over=lambda: True))


@pytest.mark.parametrize("ledger_place", ["sqlite"], indirect=True)
def test_on_one_machine(ledger: Ledger) -> None:
    """With the ledger in a file everybody reads as before, and nothing is written for it."""
    with turn_of(ledger, "first").taken() as is_ours:
        assert is_ours
        assert reads(turn_of(ledger, "second"))
        with ledger.reading() as connection:
            assert get_value(connection, READING_KEY) is None


@in_a_database
def test_what_it_could_not_recognise(ledger: Ledger, tmp_path: Path) -> None:
    """A run vouches for nothing of others, once somebody asks what it does not know."""
    with ledger.transaction() as connection:
        remember_questions(connection, [SIZE])
    sink = SignalSink(
        ledger,
        lambda: LandingWriter(tmp_path, "one"),
        cache_hours=12,
        stuck_after_hours=24,
        now=lambda: datetime.now(UTC),
        stopwatch=Stopwatch(SYSTEM_CLOCK, ServerClock(SYSTEM_CLOCK)),
    )
    bought = buy_for(ledger, "second")
    assert [each.submission_id for each in turn_of(ledger, "first").others(sink).followed] == [bought]
    with ledger.transaction() as connection:
        remember_questions(connection, [CLOUD])
    assert turn_of(ledger, "first").others(sink).followed == []


class TestInADatabase:
    """Whole runs."""

    @pytest.fixture
    def world_ledger(self, new_address: LedgerAddress) -> LedgerAddress:
        """Every world here has its ledger in the database."""
        return new_address

    @pytest.mark.slow
    def test_read_for_others(self, world: World) -> None:
        """What a run has read through is read by no other one, though these bought it."""
        world.questions = (SIZE,)
        for number, name in enumerate(("one", "two")):
            world.write_list(domains(8, start=100 * number), name)
            world.run(lists=(name,), max_wait_minutes=0)
        world.clock.advance(300)
        world.run(lists=("one",))
        read = [seconds for (seconds,) in world.ledger_rows("SELECT collected_until FROM submissions")]
        assert len(read) == 2
        assert None not in read
        assert read[0] == read[1]
        before = world.sandbox.books(pairs=False)["requests"]
        assert world.run(lists=("two",)).outcomes.adds_up
        assert world.sandbox.books(pairs=False)["requests"] == before

    @pytest.mark.slow
    @pytest.mark.parametrize("waits", [True, False], ids=["somebody waits", "nobody waits"])
    def test_it_begins_with_the_oldest_that_is_waited_for(
        self, world: World, new_address: LedgerAddress, *, waits: bool
    ) -> None:
        """Who reads begins where the oldest purchase began that a live run waits for, whoever bought it."""
        world.questions = (SIZE,)
        for number, name in enumerate(("one", "two")):
            world.write_list(domains(TAIL_ROWS + 1, start=1000 * number), name)
            world.run(lists=(name,), max_wait_minutes=0)
            world.clock.advance(3600)
        with ExitStack() as stack:
            if waits:
                ledger = Ledger.open(new_address)
                stack.callback(ledger.close)
                stack.enter_context(lease(ledger, "elsewhere", lease_seconds=1e6))
                with ledger.transaction() as connection:
                    await_pairs(
                        connection, "elsewhere", [Pair(SIZE.question_id, domain) for domain in domains(TAIL_ROWS + 1)]
                    )
            world.run(lists=("two",))
        one, two = (row[0] for row in world.ledger_rows("SELECT collected_until FROM submissions ORDER BY intended_at"))
        assert two is not None
        assert one == (two if waits else None)
