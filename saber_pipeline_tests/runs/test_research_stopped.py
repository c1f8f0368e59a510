"""What stops a run about research, and what it has bought by then."""

from __future__ import annotations

import logging
import os
import signal
import threading
from typing import TYPE_CHECKING, Self

import httpx
import pytest

from saber_pipeline.errors import ApiError, BudgetError, ListError, NotEnoughCreditsError, OutOfCreditsError
from saber_pipeline.ledger.claims import Candidate, claim, count_claims
from saber_pipeline.ledger.research import ClaimRules, claim_people
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.runs.research.research_run_request import ResearchOutcome
from saber_pipeline.sandbox.sandbox_settings import OutOfCreditsWay
from saber_pipeline_tests.testbed.research_runs import (
    HEADER,
    RESEARCH,
    end_credits_after,
    outcomes,
    people,
    purchases,
    research,
    write_people,
)
from saber_pipeline_tests.testbed.world import SIZE, InterceptingTransport, World, domains

if TYPE_CHECKING:
    from saber_pipeline_tests.testbed.fixtures import StartWorld


def test_an_api_that_loses_every_reply_is_left_alone(world: World) -> None:
    """After three lost replies in a row nothing more is sent, and the run fails."""
    world.settings_changed = {"concurrency": 1}
    write_people(world, people(20))
    world.fault("reset_after", RESEARCH, method="POST")
    result = research(world)
    assert outcomes(result) == {ResearchOutcome.UNKNOWN: 3, ResearchOutcome.NOT_FINISHED: 17}
    assert isinstance(result.stopped_by, ApiError)
    world.heal()
    assert outcomes(research(world)) == {ResearchOutcome.UNKNOWN: 3, ResearchOutcome.RESEARCHED: 17}


@pytest.mark.sweep(keep=2)
@pytest.mark.parametrize("way", OutOfCreditsWay)
@pytest.mark.slow
def test_credits_that_run_out(start: StartWorld, way: OutOfCreditsWay) -> None:
    """In whatever way credits end midway, buying stops, what was paid is collected, and a top-up buys the rest."""
    world = start(credits=10, out_of_credits_way=way)
    world.settings_changed = {"concurrency": 1}
    write_people(world, people(10))
    end_credits_after(world, 4)
    stopped = research(world)
    world.transport = None
    assert isinstance(stopped.stopped_by, OutOfCreditsError)
    bought = stopped.outcomes[ResearchOutcome.RESEARCHED]
    assert bought == world.published("SELECT count(*) FROM contact_research WHERE status = 'completed'")[0][0] == 4
    assert stopped.outcomes[ResearchOutcome.REFUSED] == len(stopped.refused) == 10 - bought
    world.sandbox.set_credits(100)
    rest = research(world, allowed=2 if way is OutOfCreditsWay.FAIL_LATER else 1)
    assert outcomes(rest) == {ResearchOutcome.OWNED: bought, ResearchOutcome.RESEARCHED: 10 - bought}
    assert world.sandbox.books()["remaining_credits"] == 100 - (10 - bought)


@pytest.mark.slow
def test_guards(start: StartWorld) -> None:
    """Balance and max_credits are compared before the first POST, with what other runs have reserved."""
    world = start(credits=12)
    write_people(world, people(10))
    with pytest.raises(BudgetError, match=r"for the research of 10 people, more than max_credits = 9\. Nothing"):
        research(world, max_credits=9)
    world.settings_changed = {"max_credits_per_run": 8}
    with pytest.raises(BudgetError, match="more than SABER_MAX_CREDITS_PER_RUN = 8"):
        research(world)
    world.settings_changed = {}
    ledger = Ledger.open(world.paths.ledger)
    with lease(ledger, "other", lease_seconds=60):
        with ledger.transaction() as connection:
            claim(connection, "other", [Candidate("q", f"s{n}", is_cached=False) for n in range(3)])
        with pytest.raises(NotEnoughCreditsError, match=r"10 needed .* 9 available \(12 less what other runs"):
            research(world)
    assert purchases(world) == {}
    rules = ClaimRules(force_refresh=False, retry_unknown=False, began=0.0)
    world.write_list(domains(4))
    with lease(ledger, "research", lease_seconds=60):
        with ledger.transaction() as connection:
            claim_people(connection, "research", [f"p{n}" for n in range(9)], rules)
            assert count_claims(connection, "answers").reserved_by_others == 3 + 9
        with pytest.raises(NotEnoughCreditsError, match=r"4 needed for 4 pairs, 3 available"):
            world.run(SIZE)
    ledger.close()
    assert world.run(SIZE).outcomes.adds_up
    world.sandbox.set_credits(10)
    assert outcomes(research(world, max_credits=10)) == {ResearchOutcome.RESEARCHED: 10}


def test_what_the_api_refuses(world: World) -> None:
    """A row that the API calls invalid is refused with its reason, and the others are bought."""
    write_people(world, people(3))

    def refuse(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and b"Leadaaab" in request.content:
            return httpx.Response(422, json={"error": {"code": "VALIDATION_ERROR", "message": "no such company"}})
        return None

    world.transport = lambda: InterceptingTransport(before=refuse)
    assert outcomes(research(world)) == {ResearchOutcome.RESEARCHED: 2, ResearchOutcome.REFUSED: 1}
    refused = world.published("SELECT last_name, error FROM contact_research WHERE status = 'refused'")
    assert refused[0][0] == "Leadaaab"
    assert "no such company" in refused[0][1]


@pytest.mark.parametrize(
    ("rows", "header", "words"),
    [
        ([], HEADER, "no rows"),
        (["a,b"], "first_name,company_domain", "lack last_name, company_name"),
    ],
)
def test_a_list_that_cannot_be_used(world: World, rows: list[str], header: str, words: str) -> None:
    """A list without rows or without a column that everybody needs is an error that says what is missing."""
    write_people(world, rows, header=header)
    with pytest.raises(ListError, match=words):
        research(world)


def test_no_list_at_all(world: World) -> None:
    """Without a list, and with the name of one that is not there, the error says where to put it."""
    with pytest.raises(ListError, match="There is no research list"):
        research(world)
    write_people(world, people(1))
    with pytest.raises(ListError, match="other has no file"):
        research(world, lists=("other",))


class Noticing(logging.Handler):
    """Notices that the package has logged something with these words, while it is entered."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words
        self.it = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if self.words in record.getMessage():
            self.it.set()

    def __enter__(self) -> Self:
        logging.getLogger("saber_pipeline").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("saber_pipeline").removeHandler(self)


def test_interrupted_while_a_purchase_is_under_way(world: World) -> None:
    """Ctrl-C waits for the reply to what was sent: it is known, nothing is unknown, and the next run goes on."""
    world.settings_changed = {"concurrency": 3}
    write_people(world, people(12))
    sent = []
    noticed = Noticing("waits for the replies to requests under way")

    def interrupt(request: httpx.Request) -> None:
        if request.method == "POST":
            sent.append(request)
            if len(sent) in (2, 3):  # Ctrl-C comes twice
                os.kill(os.getpid(), signal.SIGINT)  # a real one, which wakes the thread that waits
                assert noticed.it.wait(60)

    world.transport = lambda: InterceptingTransport(after=interrupt)
    with noticed, pytest.raises(KeyboardInterrupt):
        research(world)
    assert len(sent) < 6
    world.transport = None
    states = world.ledger_rows("SELECT state, count(*) FROM researches GROUP BY 1")
    assert "unknown" not in dict(states)
    assert "intended" not in dict(states)
    assert outcomes(research(world)).keys() <= {ResearchOutcome.OWNED, ResearchOutcome.RESEARCHED}
    assert len(purchases(world)) == 12
