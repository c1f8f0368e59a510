"""Runs that wait for one list, their ledger in a database, buy it together: who has nothing left takes some over."""

from __future__ import annotations

import logging
import signal
import threading
import time
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import CostsMoreError
from saber_pipeline.planning.monthly_budget import LIMIT_NAME
from saber_pipeline.purchasing.price_watch import Limit
from saber_pipeline.runs.limits import LimitedRequest, with_taken_over
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.processes import end_of, start_process
from saber_pipeline_tests.testbed.world import LENIENT, SIZE, InterceptingTransport, World, domains, outcomes

if TYPE_CHECKING:
    import httpx

    from saber_pipeline.config.secrets import LedgerAddress
    from saber_pipeline.runs.requests import RunResult
    from saber_pipeline_tests.testbed.fixtures import StartWorld

SECONDS = 120.0
SINGLE = "/v1/companies/signals"
PAIRS = 24
LANES = 2


@pytest.fixture
def world_ledger(new_address: LedgerAddress) -> LedgerAddress:
    """Every world here has its ledger in the database."""
    return new_address


@dataclass
class Giver:
    """A run in a thread that has claimed a list and stands still in a purchase until it is told to go on."""

    world: World
    again_at: int = 0  # before which POST it stands still once more
    has_stopped: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)
    posts: list[httpx.Request] = field(default_factory=list)
    results: list[RunResult] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world = replace(self.world, transport=lambda: InterceptingTransport(before=self._stand_still))
        self._thread = threading.Thread(target=self._run)

    def start(self, **given: Any) -> None:
        """Start it; returns when it has claimed the list and is about to buy."""
        self.given = {"run_id": "giver"} | given
        self._thread.start()
        assert self.has_stopped.wait(SECONDS)

    def go_on(self) -> None:
        """Let it go on, and wait until it has ended."""
        self.may_go_on.set()
        self.may_end.set()
        self._thread.join(SECONDS)

    def end(self) -> RunResult:
        """Its result."""
        self.go_on()
        (result,) = self.results
        return result

    def has_sent(self, posts: int) -> bool:
        """Wait until it has sent so many; whether it did."""
        give_up = time.monotonic() + SECONDS
        while len(self.posts) < posts and time.monotonic() < give_up:
            time.sleep(0.01)
        return len(self.posts) >= posts

    def _run(self) -> None:
        try:
            self.results.append(self.world.run(**self.given))
        finally:
            self.has_stopped.set()

    def _stand_still(self, request: httpx.Request) -> None:
        if request.method == "POST":
            self.posts.append(request)
            if len(self.posts) == 1:
                self.has_stopped.set()
                assert self.may_go_on.wait(SECONDS)
            if len(self.posts) == self.again_at:
                assert self.may_end.wait(SECONDS)


def giver_of(world: World) -> Giver:
    """A run over two dozen pairs, each of which needs a request of its own."""
    world.questions = (LENIENT,)
    world.settings_changed = {"concurrency": LANES}
    world.write_list(domains(PAIRS))
    return Giver(world)


@pytest.fixture
def giver(world: World) -> Giver:
    """Likewise in the world of the test."""
    return giver_of(world)


def lets_go_after(world: World, giver: Giver, posts: int) -> World:
    """The same world for another run, during whose purchase with this number the giver goes on."""
    seen: list[int] = []

    def count(request: httpx.Request) -> None:
        if request.method == "POST":
            seen.append(1)
            if len(seen) == posts:
                giver.may_go_on.set()

    return replace(world, transport=lambda: InterceptingTransport(after=count))


def check_books(world: World, *results: RunResult) -> None:
    """Purchases = pairs = what the runs say they have bought, and every account tells the same."""
    assert len(world.bought()) == sum(world.bought().values()) == PAIRS
    assert sum(result.spending.signals_bought for result in results) == PAIRS
    told = [result.bought_of(("accounts", world.questions[0].key)) for result in results]
    if world.ledger_address:  # else a run cannot have bought for another one, and tells of what it has planned
        assert told == [result.spending.signals_bought for result in results]
    assert [outcomes(result) for result in results] == [{Outcome.ANSWERED: PAIRS}] * len(results)
    assert world.published("SELECT count(*) FROM latest_answers") == [(PAIRS,)]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What went wrong, by the log. That one of the runs waits a second for the other is no error on a busy machine."""
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    return [line for line in said if not line.startswith("Waiting for ")]


def test_two_buy_one_list(world: World, giver: Giver, caplog: pytest.LogCaptureFixture) -> None:
    """While one run stands still in a request, another one buys what that has not come to; each pair is bought once."""
    giver.start()
    taker = lets_go_after(world, giver, 10).run(run_id="taker")
    given = giver.end()
    check_books(world, taker, given)
    assert taker.spending.signals_bought >= 10
    assert given.spending.signals_bought >= LANES
    sent = [request.read() for request in giver.posts]
    assert len(sent) == len(set(sent)) == given.spending.signals_bought
    assert warnings(caplog) == []  # of lost claims, of the price


@pytest.mark.slow
def test_four_buy_one_list(world: World, giver: Giver) -> None:
    """Three runs each take a block of a fourth one's before any of them buys, and all four tell the whole account."""
    giver.start()
    have_taken = threading.Barrier(3)
    results: list[RunResult] = []

    def buy(number: int) -> None:
        posts: list[int] = []

        def wait_for_the_others(request: httpx.Request) -> None:
            if request.method == "POST":
                posts.append(1)
                if len(posts) == 1:
                    have_taken.wait(SECONDS)
                    giver.may_go_on.set()

        one = replace(world, transport=lambda: InterceptingTransport(before=wait_for_the_others))
        results.append(one.run(run_id=f"taker{number}"))

    takers = [threading.Thread(target=buy, args=(number,)) for number in range(3)]
    for thread in takers:
        thread.start()
    for thread in takers:
        thread.join(SECONDS)
    results.append(giver.end())
    check_books(world, *results)
    assert all(result.spending.signals_bought >= LANES for result in results)


@pytest.mark.slow
def test_bought_before_it_took_over(world: World, giver: Giver, caplog: pytest.LogCaptureFixture) -> None:
    """What another run buys between this one's plan and its first purchase is not taken for a wrong price."""
    giver.again_at = PAIRS // 2
    giver.start()
    world.clock.after(60, giver.go_on)
    looks: list[httpx.Request] = []

    def go_on_before_the_block(request: httpx.Request) -> None:
        if request.url.path.endswith("/credits"):
            looks.append(request)
            if len(looks) == 2:  # the first is that of the plan, this one looks whether a block can be paid
                giver.may_go_on.set()
                assert giver.has_sent(giver.again_at)

    taker = replace(world, transport=lambda: InterceptingTransport(before=go_on_before_the_block)).run(run_id="taker")
    check_books(world, taker, giver.end())
    assert taker.spending.signals_bought > 0
    assert warnings(caplog) == []


@pytest.mark.slow
def test_batches(world: World) -> None:
    """Of what goes into batches a run takes full ones, so that there are no more of them than one run would send."""
    world.questions = (SIZE,)
    world.settings_changed = {"max_batch_domains": 4}
    world.write_list(domains(PAIRS))
    giver = Giver(world)
    giver.start()
    world.clock.after(60, giver.go_on)
    taker = replace(world).run(run_id="taker")
    check_books(world, taker, giver.end())
    assert taker.spending.signals_bought == PAIRS - 2 * 4  # one is being sent, and one is the giver's last
    assert world.posts() == PAIRS / 4


@pytest.mark.parametrize(
    ("given", "most"),
    [
        pytest.param({"max_credits": 5}, 5, id="max_credits"),
        pytest.param({"max_credits": 0}, 0, id="no_credits"),
        pytest.param({"sample": 10}, 10, id="sample"),
        pytest.param({"collect_only": True}, 0, id="collect_only"),
        pytest.param({"force": True}, 0, id="forced"),
        pytest.param({"generate_summary": True}, 0, id="with_summaries"),
    ],
)
@pytest.mark.sweep(keep=1)
def test_its_own_limits_hold(world: World, giver: Giver, given: dict[str, Any], most: int) -> None:
    """A run takes over no more than it may buy itself, and leaves the rest where it is; it is content with that."""
    giver.start()
    world.clock.after(60, giver.go_on)
    taker = replace(world).run(run_id="taker", **given)
    given_by = giver.end()
    assert taker.spending.signals_bought <= most
    assert (taker.spending.signals_bought > 0) == (most > 0)
    assert taker.stopped_by is None
    assert outcomes(taker) == {Outcome.ANSWERED: given.get("sample", PAIRS)}
    assert taker.spending.signals_bought + given_by.spending.signals_bought == PAIRS == len(world.bought())


@pytest.mark.parametrize("given", [{"force": True}, {"generate_summary": True}], ids=["forced", "with_summaries"])
@pytest.mark.slow
def test_what_nobody_takes(world: World, giver: Giver, given: dict[str, Any]) -> None:
    """A forced refresh, and purchases that come with summaries, are bought by the run that was asked for them."""
    giver.start(**given)
    world.clock.after(60, giver.go_on)
    taker = replace(world).run(run_id="taker")
    check_books(world, taker, giver.end())
    assert taker.spending.signals_bought == 0


@pytest.mark.parametrize(
    ("changed", "credits_left", "bought"),
    [
        pytest.param({}, PAIRS - 1, 0, id="balance"),
        pytest.param({}, PAIRS, PAIRS - 2 * LANES, id="enough"),
        pytest.param({"monthly_credits": PAIRS - 1}, 1_000, 0, id="month_overdrawn"),
        pytest.param({"monthly_credits": PAIRS}, 1_000, PAIRS - 2 * LANES, id="month_enough"),
    ],
)
@pytest.mark.slow
def test_balance_and_month(world: World, giver: Giver, changed: dict[str, Any], credits_left: int, bought: int) -> None:
    """What runs have claimed must be covered by the balance and the month as they are now, else nothing is taken."""
    giver.start()
    world.sandbox.set_credits(credits_left)
    world.clock.after(60, lambda: world.sandbox.set_credits(1_000))
    world.clock.after(60, giver.go_on)
    taker = replace(world, settings_changed=world.settings_changed | changed).run(run_id="taker")
    assert taker.stopped_by is None
    check_books(world, taker, giver.end())
    assert (taker.spending.signals_bought > 0) == (bought > 0)


def test_a_price_that_is_wrong(start: StartWorld) -> None:
    """Between blocks the balance is compared too: a limit holds although each block was small enough to go unseen.

    The run says so where it has to give back what it has taken; whoever waits for that buys it.
    """
    world = start(credits_per_signal=12)
    giver = giver_of(world)
    giver.start()
    world.clock.after(60, giver.go_on)
    taker = replace(world).run(run_id="taker", max_credits=200)
    given = giver.end()
    assert 0 < 12 * taker.spending.signals_bought <= 200
    assert taker.stopped_by is None or isinstance(taker.stopped_by, CostsMoreError)
    assert outcomes(given) == {Outcome.ANSWERED: PAIRS}


def test_refused_to_the_taker(world: World, giver: Giver) -> None:
    """What the API refuses to the run that took it over is refused in the giver's account too, and not asked again."""
    giver.start()
    world.fault("error_before", f"{SINGLE}$", status=400)
    world.clock.after(60, world.heal)
    world.clock.after(60, giver.go_on)
    taker = replace(world).run(run_id="taker")
    given = giver.end()
    refused = taker.spending.signals_refused
    assert refused > 0
    assert outcomes(taker) == outcomes(given) == {Outcome.ANSWERED: PAIRS - refused, Outcome.REFUSED: refused}
    assert len(giver.posts) == given.spending.signals_bought == PAIRS - refused


def test_the_limit_of_the_month() -> None:
    """What a run takes over had been reserved: the month leaves it that much more, and its own limit stays."""
    settings = replace(Settings(), monthly_credits=1_000)

    def grown(left: int, max_credits: int | None) -> Limit | None:
        limit = Limit(Decimal(left), LIMIT_NAME, "")
        return with_taken_over(limit, Decimal(20), settings, LimitedRequest("run", max_credits=max_credits))

    of_the_month = grown(5, None)
    assert of_the_month == Limit(Decimal(25), LIMIT_NAME, "the 25 credits left of SABER_MONTHLY_CREDITS = 1,000")
    assert grown(5, 30) == of_the_month
    of_the_run = Limit(Decimal(10), "max_credits", "max_credits = 10")
    assert grown(5, 10) == of_the_run
    limited = LimitedRequest("run", max_credits=10)
    assert with_taken_over(of_the_run, Decimal(20), settings, limited) is of_the_run
    assert with_taken_over(None, Decimal(20), settings, LimitedRequest("run")) is None


@pytest.mark.parametrize("die_at", ["after taking 1", "before POST 1", "after POST 1"])
@pytest.mark.sweep(keep=1)
def test_a_taker_is_killed(world: World, die_at: str) -> None:
    """A run that dies when it has taken a block, written down or sent a purchase of it: the rest is bought, once."""
    giver = giver_of(world)
    giver.start()
    victim = start_process("run_in_a_process", world, lenient=True, die_at=die_at, sync_pairs=0)
    code, printed = end_of(victim, timeout=SECONDS)
    assert code == -signal.SIGKILL, printed
    result = giver.end()
    assert outcomes(result) == {Outcome.ANSWERED: PAIRS}
    assert len(world.bought()) == sum(world.bought().values()) == PAIRS
    assert result.spending.signals_bought == PAIRS - (die_at == "after POST 1")
    assert outcomes(world.run()) == {Outcome.OWNED: PAIRS}


class TestInAFile:
    """With the ledger in a file everything is as before."""

    @pytest.fixture
    def world_ledger(self) -> None:
        """Every world here has its ledger in a file."""

    def test_nothing_is_taken(self, world: World, giver: Giver) -> None:
        """A run that waits for another one's purchases buys nothing of them."""
        giver.start()
        world.clock.after(60, giver.go_on)
        taker = replace(world).run(run_id="taker")
        check_books(world, taker, giver.end())
        assert taker.spending.signals_bought == 0
