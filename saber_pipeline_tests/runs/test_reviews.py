"""Reviews: what a person decided stands in accounts, account_answers and account_fit, and buys nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.runs.publication import publish_pending, rebuild_answers
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.world import DAY_SECONDS, World, domains

BIG = Question(
    "big",
    "Do they have over 500 people?",
    AnswerType.BOOLEAN,
    qualification_criteria={"yes": "excellent", "no": "disqualified"},
)
HEADS = Question("heads", "How many people?", AnswerType.NUMBER, qualification_criteria={">= 0": "good"})
REVENUE = Question("revenue", "What is their revenue?", AnswerType.CURRENCY)
GROWTH = Question("growth", "How fast do they grow?", AnswerType.PERCENTAGE)
TOOLS = Question("tools", "Which tools do they use?", AnswerType.LIST)
LEADERS = Question("leaders", "Who leads sales?", AnswerType.CONTACTS)
QUESTIONS = (BIG, HEADS, REVENUE, GROWTH, TOOLS, LEADERS)
A, B, C = domains(3)


@pytest.fixture
def reviewed(world: World) -> World:
    """A world with three companies and answers to all questions."""
    world.questions = QUESTIONS
    world.write_list(domains(3))
    world.run(*QUESTIONS)
    return world


def review(world: World, *rows: str, later_seconds: float = 60.0) -> None:
    """Write reviews, made so long after now, and publish."""
    when = (world.clock.now() + timedelta(seconds=later_seconds)).isoformat()
    text = "domain,question,value,who,when\n" + "".join(f"{row},ada,{when}\n" for row in rows)
    world.paths.reviews_file.write_text(text)
    publish_pending(world.settings, world.questions)


@pytest.mark.slow
def test_a_value_stands_in_place_of_the_answer_in_its_own_type(reviewed: World) -> None:
    """Booleans, numbers, amounts, percentages and lists are what was written, and other companies keep theirs."""
    before = reviewed.published(f"SELECT big, heads FROM accounts WHERE domain = '{B}'")  # noqa: S608 - a constant
    review(
        reviewed, f"{A},big,no", f"{A},heads,12", f"{A},revenue,7.5 EUR", f"{A},growth,3 %", f"{A},tools,Slack; Jira"
    )
    assert reviewed.published(
        "SELECT big, heads, revenue::VARCHAR, revenue_currency, growth, growth_unit, tools, len(leaders) > 0 "  # noqa: S608 - a constant
        f"FROM accounts WHERE domain = '{A}'"
    ) == [(False, 12.0, "7.5000", "EUR", 3.0, "%", ["Slack", "Jira"], True)]
    assert reviewed.published(f"SELECT big, heads FROM accounts WHERE domain = '{B}'") == before  # noqa: S608 - likewise
    told = reviewed.published(
        "SELECT question_key, outcome, value, confidence, source_url, reviewed FROM account_answers "  # noqa: S608 - likewise
        f"WHERE domain = '{A}' AND question_key <> 'leaders' ORDER BY question_key"
    )
    assert told == [
        ("big", "answered", "no", None, None, True),
        ("growth", "answered", "3 %", None, None, True),
        ("heads", "answered", "12", None, None, True),
        ("revenue", "answered", "7.5 EUR", None, None, True),
        ("tools", "answered", "Slack, Jira", None, None, True),
    ]
    assert reviewed.published("SELECT count(*) FROM account_answers WHERE reviewed") == [(5,)]


def test_a_rejected_answer_counts_as_not_known(reviewed: World) -> None:
    """Of one value or of several rows; the answer itself stays in signals and in the question's own view."""
    review(reviewed, f"{A},heads,reject", f"{A},leaders,reject")
    assert reviewed.published(f"SELECT heads, leaders FROM accounts WHERE domain = '{A}'") == [(None, None)]  # noqa: S608 - a constant
    assert reviewed.published(
        "SELECT DISTINCT outcome, value, reviewed, reason FROM account_answers WHERE reviewed"
    ) == [("not_known", None, True, "rejected in reviews.csv")]
    assert reviewed.published("SELECT count(*) FROM questions.heads") == [(3,)]


@pytest.mark.slow
def test_an_accepted_answer_stays_as_it_is(reviewed: World) -> None:
    """It is marked as reviewed, with its confidence and source."""
    query = f"SELECT outcome, value, confidence, source_url FROM account_answers WHERE domain = '{A}' AND question_key = 'heads'"  # noqa: S608, E501 - a constant
    before = reviewed.published(query)
    review(reviewed, f"{A},heads,accept")
    assert reviewed.published(query) == before
    assert reviewed.published("SELECT domain, question_key FROM account_answers WHERE reviewed") == [(A, "heads")]


def test_the_fit_of_accounts_follows_reviews(reviewed: World) -> None:
    """One disqualifying value makes the tier, a rejected answer lowers the coverage."""
    review(reviewed, f"{A},big,yes", f"{B},big,no", f"{C},big,reject")
    assert reviewed.published("SELECT tier, coverage, missing FROM account_fit ORDER BY domain") == [
        ("A", 1.0, []),
        ("disqualified", 1.0, []),
        ("B", 0.5, ["big"]),
    ]
    verdicts = reviewed.published(
        "SELECT subject, verdict, reason FROM qualifications WHERE question_key = 'big' ORDER BY 1"
    )
    assert verdicts == [
        (A, "excellent", "the answer is yes"),
        (B, "disqualified", "the answer is no"),
        (C, None, "not known"),
    ]


def test_a_value_may_be_given_where_nothing_is_known(start: StartWorld) -> None:
    """A company that was never asked, or whose answer is not known, has the value all the same."""
    world = start(not_known_share=1.0)
    world.questions = (BIG, HEADS)
    world.write_list(domains(2))
    world.run(BIG)
    review(world, f"{A},big,yes", f"{B},heads,9")
    assert world.published("SELECT big, heads FROM accounts ORDER BY domain") == [(True, None), (None, 9.0)]
    assert world.published("SELECT count(*) FROM account_fit WHERE tier = 'A'") == [(1,)]


@pytest.mark.slow
def test_a_later_answer_counts_until_it_is_reviewed_itself(world: World) -> None:
    """A review judges what was answered by then; of several reviews the newest one counts."""
    world.questions = (replace(HEADS, max_age_days=1.0),)
    world.purchases_allowed = 2
    world.write_list([A])
    world.run(*world.questions)
    review(world, f"{A},heads,1", f"{A},heads,2")
    assert world.published("SELECT heads FROM accounts") == [(2.0,)]
    world.clock.advance(2 * DAY_SECONDS)
    bought = world.run(*world.questions)
    assert bought.spending.signals_bought == 1  # it was too old, and a review is no answer of Saber's
    ((heads, own),) = world.published("SELECT accounts.heads, q.value FROM accounts, questions.heads AS q")
    assert heads == own
    assert world.published("SELECT bool_or(holds) FROM reviews") == [(False,)]
    review(world, f"{A},heads,3")
    assert world.published("SELECT heads FROM accounts") == [(3.0,)]


@pytest.mark.slow
def test_reviews_buy_nothing(reviewed: World) -> None:
    """Rejected, accepted or replaced: the same run again owns everything."""
    review(reviewed, f"{A},heads,reject", f"{B},heads,accept", f"{C},heads,5")
    again = reviewed.run(*QUESTIONS)
    assert again.spending.signals_bought == 0
    assert reviewed.published("SELECT count(*) FROM account_answers WHERE reviewed") == [(3,)]


@pytest.mark.slow
def test_a_rebuild_gives_the_same(reviewed: World) -> None:
    """Reviews are read from their file, like lists."""
    review(reviewed, f"{A},heads,reject", f"{B},heads,accept", f"{C},big,no")
    tables = ("reviews", "accounts", "account_fit", "review_queue")
    before = [reviewed.published(f"FROM {table} ORDER BY ALL") for table in tables]
    rebuild_answers(reviewed.settings, reviewed.questions)
    assert [reviewed.published(f"FROM {table} ORDER BY ALL") for table in tables] == before
    assert not publish_pending(reviewed.settings, reviewed.questions).publication.changed


@pytest.mark.slow
def test_a_reviewed_pair_leaves_the_queue(start: StartWorld) -> None:
    """Degraded answers stand there with their reason, until somebody decides about them."""
    world = start(degraded_share=1.0)
    world.questions = (HEADS,)
    world.write_list(domains(3))
    world.run(HEADS)
    queue = "SELECT domain FROM review_queue WHERE list_contains(reasons, 'degraded') ORDER BY 1"
    assert world.published(queue) == [(A,), (B,), (C,)]
    review(world, f"{A},heads,accept", f"{B},heads,reject")
    assert world.published(queue) == [(C,)]
    assert world.published("SELECT count(*) FROM review_queue") == [(1,)]
