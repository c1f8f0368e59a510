"""``account_answers``: a row for each company of a list and each company question, whatever became of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.world import CLOUD, ROLE, SIZE, World, domains

BIG = Question("big", "Do they have over 500 people?", AnswerType.BOOLEAN)
TOOLS = Question("tools", "Which tools do they use?", AnswerType.LIST)
LEADERS = Question("leaders", "Who leads sales?", AnswerType.CONTACTS)
OUTCOMES = "SELECT question_key, outcome, count(*) FROM account_answers GROUP BY ALL ORDER BY ALL"


def test_each_pair_has_its_row_and_its_outcome(start: StartWorld) -> None:
    """Answered, not known, failed and never asked add up to companies times questions; contacts stay out."""
    world = start(not_known_share=0.3, failed_share=0.2)
    world.questions = (SIZE, CLOUD, ROLE)
    world.write_list(domains(40))
    world.run(SIZE)
    counts = {(key, outcome): n for key, outcome, n in world.published(OUTCOMES)}
    assert counts.pop(("cloud", "not_asked")) == 40
    assert counts.keys() == {("size", "answered"), ("size", "not_known"), ("size", "failed")}
    assert sum(counts.values()) == 40
    assert counts["size", "answered"] == world.published("SELECT count(*) FROM questions.size")[0][0]
    reasons = world.published("SELECT DISTINCT reason IS NOT NULL FROM account_answers WHERE outcome = 'failed'")
    assert reasons == [(True,)]


@pytest.mark.slow
def test_what_is_on_its_way_is_not_finished(start: StartWorld) -> None:
    """Pairs that were bought and have no answer yet are told from those that nobody asked."""
    world = start(processing_seconds=(600.0, 600.0))
    world.write_list(domains(150))
    world.run(SIZE, max_wait_minutes=0)
    assert world.published(OUTCOMES) == [("cloud", "not_asked", 150), ("size", "not_finished", 150)]
    world.run(SIZE)
    assert world.published(OUTCOMES) == [("cloud", "not_asked", 150), ("size", "answered", 150)]


def test_refused_pairs_say_why(world: World) -> None:
    """A question that the API refuses stands as refused, with what the API said."""
    world.write_list(domains(2))
    long = replace(SIZE, key="long", text="Why? " * 101)  # the API takes 500 characters
    world.questions = (long,)
    world.run(long)
    rows = world.published("SELECT DISTINCT outcome, length(reason) > 0 FROM account_answers")
    assert rows == [("refused", True)]


def test_the_value_is_text_that_a_person_reads(world: World) -> None:
    """Booleans are yes or no, lists are joined, contacts are JSON; each leads to its signal and first source."""
    world.questions = (BIG, TOOLS, LEADERS)
    world.write_list(domains(8))
    world.run(BIG, TOOLS, LEADERS)
    values = world.published("SELECT DISTINCT value IN ('yes', 'no') FROM account_answers WHERE question_key = 'big'")
    assert values == [(True,)]
    lists = world.published(
        "SELECT bool_and(told.value = array_to_string(typed.value, ', ')) "
        "FROM account_answers AS told JOIN questions.tools AS typed ON typed.subject = told.domain "
        "WHERE told.question_key = 'tools'"
    )
    assert lists == [(True,)]
    people = world.published(
        "SELECT bool_and(json_array_length(value) = len(accounts.leaders)) "
        "FROM account_answers JOIN accounts USING (domain) WHERE question_key = 'leaders'"
    )
    assert people == [(True,)]
    led = world.published(
        "SELECT count(*) FROM account_answers AS told "
        "JOIN sources ON sources.signal_id = told.signal_id AND sources.position = 0 AND sources.url = told.source_url"
    )
    assert led[0][0] > 0
