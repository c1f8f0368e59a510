"""What happened is told once: by a look at a real ledger, real answers and a real address."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
import httpx
import pytest

from saber_pipeline.alerts.alert_delivery import is_slack, post_waiting
from saber_pipeline.alerts.alert_detection import AlertRound, detect_and_post
from saber_pipeline.alerts.findings import FailedRun
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.config.secrets import AlertAddress, ApiKey
from saber_pipeline.ledger.alerts import Alert, begin_to_send, note_alerts
from saber_pipeline.ledger.store import Ledger
from saber_pipeline_tests.testbed.alert_listener import Listener, listening
from saber_pipeline_tests.testbed.world import World, domains

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saber_pipeline_tests.testbed.fixtures import StartWorld

KEY = "sk_live_0123456789abcdef0123456789"
FITS = Question(
    "fits",
    "Does it fit?",
    AnswerType.BOOLEAN,
    weight="important",
    qualification_criteria={"yes": "excellent", "no": "poor"},
)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as made:
        yield made


def look(world: World, listener: Listener, *failed: FailedRun) -> AlertRound:
    """One look; the balance is read at the sandbox."""
    settings = replace(world.settings, api_key=ApiKey(KEY), alert_url=AlertAddress(listener.url))
    return detect_and_post(
        settings,
        world.questions,
        AlertAddress(listener.url),
        lambda since: [run for run in failed if run.ended_at >= since],
        world.new_client,
        now=lambda: world.clock.seconds,
    )


def failure(world: World, number: int, *, why: str = "No credits.") -> FailedRun:
    return FailedRun(f"run-{number}", "refresh_answers", world.clock.seconds, why, "accounts")


def test_a_failed_run_is_told_once(world: World, listener: Listener) -> None:
    """A run that fails after the first look is told once, whatever looks follow; one that failed before is not."""
    old = failure(world, 1)
    world.clock.advance(60)
    look(world, listener, old)
    world.clock.advance(60)
    new = failure(world, 2, why=f"The key {KEY} is refused.")
    for _ in range(3):
        look(world, listener, old, new)
        world.clock.advance(7200)
    (post,) = listener.posts
    assert post["kind"] == "failed_run"
    assert post["details"]["run_id"] == "run-2"
    assert post["text"] == "Run run-2 of refresh_answers for accounts failed: The key sk_live_…6789 is refused."
    assert all(KEY.encode() not in raw for raw in listener.raw)
    assert listener.headers[0]["Idempotency-Key"] == post["id"]


def test_what_was_not_taken_is_sent_again_with_the_same_id(world: World, listener: Listener) -> None:
    """An alert that the address refuses, redirects or does not answer waits, longer each time, and keeps its id."""
    look(world, listener)
    listener.statuses = [500, 302, 404]
    world.clock.advance(60)
    run = failure(world, 1)
    problems = []
    for pause in (0, 1, 30, 60, 120, 240):
        world.clock.advance(pause)
        problems.append(look(world, listener, run).problems)
    assert len({headers["Idempotency-Key"] for headers in listener.headers}) == 1
    assert len(listener.raw) == 4  # not in the second look: its pause was not over
    assert len(listener.posts) == 1
    assert "status 500" in problems[0][0]
    assert problems[1] == problems[4] == ()
    assert "a redirect, which is not followed" in problems[2][0]
    assert all("secret-path" not in text for texts in problems for text in texts)


def test_an_address_out_of_reach_holds_up_nothing(world: World, listener: Listener) -> None:
    """Where nobody answers, one attempt is made in a look, and everything is told when the address is back."""
    look(world, listener)
    world.clock.advance(60)
    runs = [failure(world, number) for number in range(3)]
    away = Listener(url="http://127.0.0.1:9/hooks/secret-path")
    found = look(world, away, *runs)
    assert (found.noted, found.posted.sent, found.posted.waiting) == (3, 0, 3)
    assert found.problems == ("http://127.0.0.1:9/… did not answer (ConnectError)",)
    world.clock.advance(60)
    assert look(world, listener, *runs).posted.sent == 3
    assert len({post["id"] for post in listener.posts}) == 3


def test_a_process_that_dies_while_it_sends_repeats_nothing(world: World, listener: Listener) -> None:
    """An alert whose POST was under way when the process died is not sent again: nobody knows whether it arrived."""
    ledger = Ledger.open(world.paths.ledger)
    with ledger.transaction() as connection:
        note_alerts(connection, [Alert(name, "test", name, {}) for name in ("a", "b")], now=world.clock.seconds)
        assert begin_to_send(connection, "a")
        assert not begin_to_send(connection, "a")
    posted = post_waiting(ledger, AlertAddress(listener.url), now=lambda: world.clock.seconds)
    ledger.close()
    assert [post["text"] for post in listener.posts] == ["b"]
    assert (posted.sent, posted.waiting) == (1, 0)


def test_credits_and_budgets(start: StartWorld, listener: Listener) -> None:
    """A budget is told once from 80 % on; a low balance once each time that it has fallen."""
    world = start(credits=100)
    world.settings_changed = {"low_credits": 50, "monthly_credits": 10}
    world.write_list(domains(7))
    world.run(world.questions[0])
    look(world, listener)
    assert listener.take() == []
    world.write_list(domains(8))
    world.run(world.questions[0])
    look(world, listener)
    (budget,) = listener.take()
    assert budget["kind"] == "budget"
    assert budget["details"] == {
        "budget": "SABER_MONTHLY_CREDITS",
        "month": "September 2026 (UTC)",
        "limit": 10,
        "spent": 8.0,
        "reserved": 0.0,
    }
    told = []
    for balance in (49, 40, 60, 30, 20):
        world.sandbox.set_credits(balance)
        world.clock.advance(60)
        look(world, listener)
        told += [post["details"]["balance"] for post in listener.take()]
    assert told == [49, 30]


def published(world: World, answers: dict[str, tuple[str, str]]) -> None:
    """``answers.duckdb`` with these tiers by domain, and changed values; what the alerts read of it."""
    world.data_dir.mkdir(parents=True, exist_ok=True)
    world.paths.answers_file.unlink(missing_ok=True)
    with duckdb.connect(str(world.paths.answers_file)) as con:
        con.execute('CREATE TABLE account_fit ("domain" VARCHAR, tier VARCHAR, score DOUBLE)')
        con.execute(
            "CREATE TABLE answer_changes (signal_id VARCHAR, subject VARCHAR, question_key VARCHAR, kind VARCHAR, "
            "old_value VARCHAR, new_value VARCHAR, changed_at TIMESTAMP)"
        )
        for domain, (tier, signal_id) in answers.items():
            con.execute("INSERT INTO account_fit VALUES (?, ?, 1)", [domain, tier or None])
            if signal_id:
                key = "fits" if signal_id.startswith("i") else "other"
                con.execute(
                    "INSERT INTO answer_changes VALUES (?, ?, ?, 'changed', 'no', 'yes <!channel>', '2026-09-01')",
                    [signal_id, domain, key],
                )


def items(post: dict[str, Any], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(item[name] for name in names) for item in post["details"]["items"]]


def test_tiers_and_changes(world: World, listener: Listener) -> None:
    """What is there at the first look is known; then accounts that became A or fell, and important changes, once."""
    world.questions = (FITS,)
    published(world, {"a.com": ("A", "i1"), "b.com": ("B", ""), "c.com": ("C", ""), "d.com": ("", "")})
    look(world, listener)
    assert listener.take() == []
    later = {"a.com": ("B", "i1"), "b.com": ("A", "i2"), "c.com": ("B", "x3"), "d.com": ("A", "")}
    published(world, later)
    look(world, listener)
    became, fell, changed = sorted(listener.take(), key=lambda post: str(post["kind"]))
    assert items(became, "domain", "from", "to") == [("b.com", "B", "A"), ("d.com", None, "A")]
    assert became["text"] == "2 became tier A: b.com (was B); d.com."
    assert items(fell, "domain", "from", "to") == [("a.com", "A", "B")]
    assert items(changed, "subject", "question_key", "old_value", "new_value") == [
        ("b.com", "fits", "no", "yes <!channel>")
    ]
    published(world, later)
    look(world, listener)
    assert listener.take() == []
    published(world, {**later, "a.com": ("A", ""), "b.com": ("disqualified", "")})
    look(world, listener)
    assert sorted(post["kind"] for post in listener.take()) == ["account_became_a", "account_fell"]


def test_real_answers(start: StartWorld, listener: Listener) -> None:
    """Accounts of a first publication that are tier A are told, with what the run really answered."""
    world = start()
    world.questions = (FITS,)
    look(world, listener)
    world.write_list(domains(30))
    world.run(FITS)
    look(world, listener)
    (post,) = listener.take()
    ((risen,),) = world.published("SELECT count(*) FROM account_fit WHERE tier = 'A'")
    assert (post["kind"], post["details"]["count"]) == ("account_became_a", risen)
    assert risen > 0
    look(world, listener)
    assert listener.take() == []


def test_an_alert_is_bounded(world: World, listener: Listener) -> None:
    """Ten thousand changes with long values are one alert of at most 32,000 bytes, which says how many there are."""
    world.questions = (FITS,)
    look(world, listener)
    published(world, {f"{'😀' * 150}{n}.com": ("A", f"i{n}") for n in range(300)})
    with duckdb.connect(str(world.paths.answers_file)) as con:
        con.execute("UPDATE answer_changes SET new_value = repeat('😀', 100000), old_value = repeat('😀', 1000)")
    assert look(world, listener).problems == ()
    assert [post["details"].get("count") for post in listener.posts] == [300, 300]
    assert max(map(len, listener.raw)) <= 32_000
    assert all(post["details"]["items"] for post in listener.posts)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", True),
        ("https://slack.com./x", True),
        ("https://hooks.slack.com.example.com/services", False),
        ("https://notslack.com/services", False),
        ("https://example.com/hooks.slack.com", False),
    ],
)
def test_slack_is_known_by_its_host(address: str, *, expected: bool) -> None:
    """Only Slack's own hosts get Slack's form."""
    assert is_slack(address) is expected


def test_slacks_form(world: World) -> None:
    """Slack is sent text alone, in which nothing that others wrote calls anybody or becomes a link."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    ledger = Ledger.open(world.paths.ledger)
    with ledger.transaction() as connection:
        note_alerts(connection, [Alert("a", "test", "x <!channel> & y\n" + "z" * 9_000, {"k": "v"})], now=1.0)
    address = AlertAddress("https://hooks.slack.com/services/T0/B0/x")
    assert post_waiting(ledger, address, transport=httpx.MockTransport(answer)).sent == 1
    ledger.close()
    body = json.loads(sent[0].content)
    assert list(body) == ["text"]
    assert body["text"].startswith("x &lt;!channel&gt; &amp; y z")
    assert len(body["text"]) < 3_100


def test_answers_that_cannot_be_read_stop_nothing_else(world: World, listener: Listener) -> None:
    """Where answers.duckdb is broken, the look says so, and tells the rest."""
    look(world, listener)
    world.data_dir.mkdir(exist_ok=True)
    world.paths.answers_file.write_bytes(b"no database")
    world.clock.advance(60)
    found = look(world, listener, failure(world, 1))
    assert found.posted.sent == 1
    assert "answers.duckdb cannot be read" in found.problems[0]


@pytest.mark.ledger_in_a_file("it reads its text")
def test_the_address_is_in_no_file(world: World, listener: Listener) -> None:
    """Neither the ledger nor what the sensor says holds the address."""
    look(world, listener)
    world.clock.advance(60)
    look(world, listener, failure(world, 1, why=f"see {listener.url}"))
    with sqlite3.connect(world.paths.ledger_file) as connection:
        kept = "\n".join(connection.iterdump())
    connection.close()
    assert "secret-path" not in kept
