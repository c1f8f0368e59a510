"""Which of the questions own what a subscription has paid for."""

from __future__ import annotations

from dataclasses import replace

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.subscription_runs import SOON_SECONDS, read, read_one, requests, signals, subscribe
from saber_pipeline_tests.testbed.world import CLOUD, STACK, World, domains, outcomes

SCHEMA = {"type": "object", "properties": {"ceo": {"type": "string"}}, "required": ["ceo"]}


def test_what_a_subscription_paid_for_is_owned(world: World) -> None:
    """A run over the same companies finds the subscription's answers in its warehouse and buys only the others."""
    world.questions = (STACK, CLOUD)
    subscription = subscribe(world, 8)
    world.clock.advance(SOON_SECONDS)
    assert read_one(world, subscription).recognised == 8
    world.write_list(domains(10))
    result = world.run(STACK)
    assert outcomes(result) == {Outcome.OWNED: 8, Outcome.ANSWERED: 2}
    assert world.published("SELECT count(*) FROM questions.stack") == [(10,)]


def test_a_question_configured_later_owns_it_too(world: World) -> None:
    """When a question is added that a log has answered long ago, the log is read again, once."""
    world.questions = (CLOUD,)
    subscription = subscribe(world, 30)
    world.effects(failed_share=1.0)
    world.sandbox.run_subscription(subscription.subscription_id, domains(2, start=50))
    world.clock.advance(SOON_SECONDS)
    assert (read_one(world, subscription).landed, signals(world, "question_key IS NULL")) == (32, 32)
    world.questions = (CLOUD, STACK)
    world.clock.advance(SOON_SECONDS)
    again = read_one(world, subscription, run_id="again")
    assert (again.landed, again.recognised) == (32, 32)
    assert (signals(world), signals(world, "question_key = 'stack'")) == (32, 32)
    before = requests(world)
    assert read_one(world, subscription, run_id="third").landed == 0
    assert requests(world) - before <= 5


def test_a_renamed_key_names_all_of_it(world: World) -> None:
    """Executions follow the key that their subscription has now."""
    subscription = subscribe(world, 3)
    world.clock.advance(SOON_SECONDS)
    read_one(world, subscription)
    world.sandbox.run_subscription(subscription.subscription_id, domains(1))
    world.clock.advance(SOON_SECONDS)
    read_one(world, replace(subscription, key="renamed"), run_id="later")
    assert world.published("SELECT subscription, count(*) FROM subscription_signals GROUP BY 1") == [("renamed", 4)]


def test_an_answer_of_another_schema_is_not_taken_for_ours(world: World) -> None:
    """An object that does not fit the question's schema leaves its pair to be bought; one that fits is owned."""
    ceo = Question("ceo", "Who is it?", AnswerType.JSON_SCHEMA, output_schema=SCHEMA)
    world.questions = (ceo,)
    other = {"type": "object", "properties": {"offices": {"type": "integer"}}, "required": ["offices"]}
    fits = subscribe(world, 4, question=ceo.text, answer_type="json_schema", output_schema=SCHEMA)
    differs = subscribe(world, 5, "other", question=ceo.text, answer_type="json_schema", output_schema=other)
    world.clock.advance(SOON_SECONDS)
    assert [one.recognised for one in read(world, fits, differs).reads] == [4, 0]
    assert signals(world, "question_key = 'ceo'") == 4
    world.effects(not_known_share=1.0)
    world.sandbox.run_subscription(differs.subscription_id, domains(5, start=10))
    world.clock.advance(SOON_SECONDS)
    assert read_one(world, differs, run_id="later").recognised == 0  # nothing shows whose "not known" it is


def test_connectors_cannot_be_told_from_a_log(world: World) -> None:
    """A question with connectors is never taken as answered by a log, which does not show any."""
    wanted = {"salesNavigator": {"enabled": "required"}}
    world.questions = (replace(STACK, connectors=wanted),)
    subscription = subscribe(world, 2)
    world.clock.advance(SOON_SECONDS)
    assert (read_one(world, subscription).recognised, signals(world, "question_key IS NULL")) == (0, 2)
