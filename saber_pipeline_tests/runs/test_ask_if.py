"""Questions with ``ask_if``: asked only where it is true, in the run that gets the answers it hangs on."""

from __future__ import annotations

import signal
from dataclasses import replace

import pytest

from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType
from saber_pipeline.config.questions.subject_kinds import CONTACTS
from saber_pipeline.errors import BudgetError, QuestionsError
from saber_pipeline.planning.plan import Status
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.processes import start_process
from saber_pipeline_tests.testbed.world import GATED, World, domains, outcomes, people

GATE = Question("uses_crm", "Do they use a CRM?", AnswerType.BOOLEAN)
SIZE = Question("size", "How many people work there?", AnswerType.NUMBER, ask_if="uses_crm")
MOTION = Question("motion", "How do they sell?", ask_if="uses_crm AND size IS NOT NULL")


def passing(world: World) -> int:
    ((count,),) = world.published("SELECT count(*) FROM accounts WHERE uses_crm")
    return int(count)


def test_only_where_it_is_true(world: World) -> None:
    """One run asks the gate of all companies, and the rest only of those that pass, to the credit."""
    world.questions = (GATE, SIZE)
    world.write_list(domains(300))
    result = world.run()
    passed = passing(world)
    assert 0 < passed < 300
    assert result.spending.signals_bought == 300 + passed
    assert result.spending.credits_spent == 300 + passed
    assert outcomes(result) == {Outcome.ANSWERED: 300 + passed, Outcome.HELD_BACK: 300 - passed}
    asked = {subject for subject, question in world.bought() if question == SIZE.text}
    assert asked == {domain for (domain,) in world.published("SELECT domain FROM accounts WHERE uses_crm")}


def test_one_after_another(world: World) -> None:
    """A question waits for one that waits itself, all in one run, and the next run buys nothing."""
    world.questions = (GATE, SIZE, MOTION)
    world.write_list(domains(120))
    result = world.run()
    passed = passing(world)
    assert result.spending.signals_bought == 120 + 2 * passed
    assert outcomes(result) == {Outcome.ANSWERED: 120 + 2 * passed, Outcome.HELD_BACK: 2 * (120 - passed)}
    again = world.run()
    assert not again.requests
    assert outcomes(again) == {Outcome.OWNED: 120 + 2 * passed, Outcome.HELD_BACK: 2 * (120 - passed)}
    assert again.plan.held_reasons == {"its ask_if is false": 2 * (120 - passed)}


@pytest.mark.slow
def test_many_questions_behind_one(world: World) -> None:
    """More questions than a column of bits holds wait for a gate all the same."""
    rest = tuple(Question(f"fact_{number}", f"What is fact {number}?", ask_if="uses_crm") for number in range(70))
    world.questions = (GATE, *rest)
    world.write_list(domains(4))
    result = world.run()
    passed = passing(world)
    assert result.plan.totals == {Status.DUE: 4, Status.WAITING: 280}
    assert outcomes(result) == {Outcome.ANSWERED: 4 + 70 * passed, Outcome.HELD_BACK: 70 * (4 - passed)}


def test_without_the_gate(world: World) -> None:
    """A run that selects only the rest asks where the gate's answer is owned and true, and nowhere else."""
    world.questions = (GATE, SIZE)
    world.write_list(domains(40), "known")
    world.write_list(domains(60), "accounts")
    world.run(GATE, lists=("known",))
    result = world.run(SIZE)
    passed = passing(world)
    assert result.spending.signals_bought == passed
    assert result.plan.held_reasons == {"its ask_if is false": 40 - passed, "its ask_if is unknown": 20}


@pytest.mark.slow
def test_the_condition_changes(world: World) -> None:
    """Another condition buys nothing by itself, and what has been bought stays owned where it is no longer true."""
    world.questions = (GATE, SIZE)
    world.write_list(domains(50))
    world.run()
    passed = passing(world)
    never = replace(SIZE, ask_if="domain IS NULL")
    world.questions = (GATE, never)
    result = world.run()
    assert result.spending.signals_bought == 0
    assert outcomes(result) == {Outcome.OWNED: 50 + passed, Outcome.HELD_BACK: 50 - passed}


@pytest.mark.slow
def test_forced(world: World) -> None:
    """Force buys the gate anew, and then the rest where the new answer is true."""
    world.questions = (GATE, SIZE)
    world.write_list(domains(50))
    world.run()
    world.purchases_allowed = 2
    result = world.run(force=True)
    passed = passing(world)
    assert result.spending.signals_bought == 50 + passed
    assert outcomes(result) == {Outcome.ANSWERED: 50 + passed, Outcome.HELD_BACK: 50 - passed}
    assert result.plan.totals == {Status.DUE: 50, Status.WAITING: 50}


@pytest.mark.slow
def test_account_answers_say_so(world: World) -> None:
    """account_answers shows what is held back and why, and what has an answer keeps it."""
    world.questions = (GATE, SIZE)
    world.write_list(domains(40), "known")
    world.write_list(domains(45))
    world.run(lists=("known",))
    world.run(SIZE)
    passed = passing(world)
    rows = world.published(
        "SELECT outcome, reason, count(*) FROM account_answers WHERE question_key = 'size' GROUP BY ALL ORDER BY ALL"
    )
    assert rows == [
        ("answered", None, passed),
        ("held_back", "its ask_if is false", 40 - passed),
        ("held_back", "its ask_if is unknown", 5),
    ]
    world.questions = (GATE, replace(SIZE, ask_if=None))
    world.run(GATE, lists=("known",))
    ((count,),) = world.published("SELECT count(*) FROM account_answers WHERE outcome = 'held_back'")
    assert count == 0


@pytest.mark.sweep
@pytest.mark.parametrize("force", [False, True], ids=["", "forced"])
@pytest.mark.parametrize("die_at", ["before POST 4", "after POST 5", "after GET 5"])
@pytest.mark.slow
def test_killed_in_between(world: World, die_at: str, *, force: bool) -> None:
    """A run killed between the gate and what waits for it is taken up by the next one, to the credit."""
    world.questions = GATED
    world.write_list(domains(200))
    process = start_process("run_in_a_process", world, die_at=die_at, gated=True, force=force)
    _, said = process.communicate(timeout=240)
    assert process.returncode == -signal.SIGKILL, said
    result = world.run(force=force)
    passed = passing(world)
    assert 0 < passed < 200
    assert len(world.bought()) == sum(world.bought().values()) == 200 + 2 * passed
    assert result.outcomes.totals[Outcome.HELD_BACK] == 2 * (200 - passed)
    assert set(outcomes(result)) <= {Outcome.ANSWERED, Outcome.OWNED, Outcome.HELD_BACK}
    assert world.ledger_rows("SELECT count(*) FROM pairs") == [(0,)]
    world.purchases_allowed = 2
    again = world.run(force=force)
    assert again.spending.signals_bought == (200 + 2 * passing(world) if force else 0)


@pytest.mark.slow
def test_time_is_over_in_between(start: StartWorld) -> None:
    """What waits when the time is over is not finished, and the next run buys it."""
    world = start(processing_seconds=(100.0, 4000.0))
    world.questions = (GATE, SIZE)
    world.write_list(domains(300))
    first = world.run(max_wait_minutes=20)
    assert first.outcomes.totals[Outcome.NOT_FINISHED] > 0
    world.clock.advance(5000)
    world.run()
    passed = passing(world)
    assert sum(world.bought().values()) == 300 + passed
    assert outcomes(world.run()) == {Outcome.OWNED: 300 + passed, Outcome.HELD_BACK: 300 - passed}


@pytest.mark.slow
def test_company_by_company(start: StartWorld) -> None:
    """The rest about some companies is bought while the gate of others is still being answered."""
    world = start(processing_seconds=(10.0, 3000.0))
    world.questions = (GATE, SIZE)
    world.write_list(domains(400))
    world.run()
    ((last_gate,),) = world.published("SELECT max(completed_at) FROM signals WHERE question_key = 'uses_crm'")
    made = world.published("SELECT created_at FROM signals WHERE question_key = 'size'")
    early = [created for (created,) in made if created < last_gate]
    assert len(early) > 0.8 * len(made) > 0


@pytest.mark.slow
def test_the_limit_of_the_run(world: World) -> None:
    """Where max_credits does not cover what has waited, none of it is bought, and the gate's answers are there."""
    world.questions = (GATE, SIZE)
    world.write_list(domains(100))
    result = world.run(max_credits=101)
    assert isinstance(result.stopped_by, BudgetError)
    assert sum(world.bought().values()) == 100
    assert passing(world) > 1
    assert result.outcomes.totals[Outcome.ANSWERED] == 100
    assert 100 > result.outcomes.totals[Outcome.NOT_FINISHED] >= passing(world)
    assert world.run().spending.signals_bought == passing(world)


@pytest.mark.slow
def test_a_gate_without_an_answer(start: StartWorld) -> None:
    """Where the gate failed or is not known, the condition is unknown and the rest is held back."""
    world = start(failed_share=0.5, not_known_share=0.5)
    world.questions = (GATE, replace(SIZE, ask_if="NOT uses_crm"))
    world.write_list(domains(60))
    result = world.run(GATE, world.questions[1])
    totals = outcomes(result)
    assert set(totals) <= {Outcome.ANSWERED, Outcome.FAILED, Outcome.NOT_KNOWN, Outcome.HELD_BACK}
    asked = [subject for subject, question in world.bought() if question == SIZE.text]
    assert sorted(asked) == [d for (d,) in world.published("SELECT domain FROM accounts WHERE NOT uses_crm ORDER BY 1")]
    assert totals[Outcome.HELD_BACK] == 60 - len(asked)


@pytest.mark.slow
def test_contacts(world: World) -> None:
    """A question about people reads the columns of contacts."""
    buys = Question("buys", "Do they decide what is bought?", AnswerType.BOOLEAN, about=SubjectType.CONTACT)
    likes = Question("likes", "What do they like?", about=SubjectType.CONTACT, ask_if="NOT buys")
    world.questions = (buys, likes)
    world.write_list(people(40), kind=CONTACTS)
    result = world.run()
    ((count,),) = world.published("SELECT count(*) FROM contacts WHERE NOT buys")
    assert 0 < count < 40
    assert outcomes(result) == {Outcome.ANSWERED: 40 + count, Outcome.HELD_BACK: 40 - count}


@pytest.mark.slow
def test_what_the_lists_say(world: World) -> None:
    """A condition may read the lists of a company, also those that the run does not select."""
    world.questions = (replace(SIZE, ask_if="list_contains(lists, 'key')"),)
    world.write_list(domains(3), "key")
    world.write_list(domains(5))
    world.run(lists=("key",))
    assert outcomes(world.run()) == {Outcome.OWNED: 3, Outcome.HELD_BACK: 2}
    world.write_list(domains(4), "key")
    assert outcomes(world.run(lists=("accounts", "key"))) == {
        Outcome.OWNED: 3,
        Outcome.ANSWERED: 1,
        Outcome.HELD_BACK: 1,
    }


def test_a_row_that_cannot_be_computed(world: World) -> None:
    """A condition that fails for one company is unknown for that one, and decides about the others."""
    world.questions = (replace(SIZE, ask_if="replace(domain, '.com', '')::INTEGER > 1"),)
    world.write_list(["1.com", "2.com", "acme.com"])
    result = world.run()
    assert list(world.bought()) == [("2.com", SIZE.text)]
    assert result.plan.held_reasons == {"its ask_if is false": 1, "its ask_if is unknown": 1}


def test_a_column_that_is_not_there(world: World) -> None:
    """A condition over a question that is not configured buys nothing and says so."""
    world.questions = (SIZE,)
    world.write_list(domains(3))
    with pytest.raises(QuestionsError, match=r"size\. DuckDB says: .*uses_crm.* Nothing was spent"):
        world.run()
    assert not world.bought()
