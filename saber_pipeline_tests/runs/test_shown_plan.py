"""A plan that was shown before its run: where it leaves nothing to do and nothing has changed, it is not made again."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.ledger.claims import Candidate, claim
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.runs.dry_run import DryRun, plan_only
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.shown_plan import shown_before
from saber_pipeline_tests.testbed.world import CLOUD, SIZE, World, domains, outcomes

if TYPE_CHECKING:
    from saber_pipeline.runs.requests import RunResult

PAIRS = 20


@pytest.fixture
def owned(world: World) -> World:
    """Ten companies with answers to two questions."""
    world.write_list(domains(10))
    world.run()
    return world


def shown(world: World, *, force: bool = False) -> DryRun:
    """The plan as the command line shows it."""
    return plan_only(world.selection(force=force), world.settings, new_client=None, clock=world.clock)


def run_after(world: World, dry: DryRun, *, force: bool = False, max_wait_minutes: float = 240) -> RunResult:
    with shown_before(dry):
        return world.run(force=force, max_wait_minutes=max_wait_minutes)


def is_made_again(result: RunResult, dry: DryRun) -> bool:
    return result.plan.rows is not dry.plan.rows


def test_is_the_plan_of_the_run(owned: World) -> None:
    """The run counts what was shown, publishes, and asks the API for nothing."""
    dry, requests = shown(owned), owned.posts()
    result = run_after(owned, dry)
    assert not is_made_again(result, dry)
    assert outcomes(result) == {Outcome.OWNED: PAIRS}
    assert result.publication.number
    assert (result.requests.total(), owned.posts()) == (0, requests)
    assert is_made_again(owned.run(), dry)  # only inside the block


def test_something_is_due(world: World) -> None:
    """A plan that buys is made under the warehouse's lock."""
    world.write_list(domains(10))
    world.run(SIZE)
    dry = shown(world)
    result = run_after(world, dry)
    assert is_made_again(result, dry)
    assert outcomes(result) == {Outcome.OWNED: 10, Outcome.ANSWERED: 10}


def test_the_list_grew(owned: World) -> None:
    """Companies that came into the list since are asked about."""
    dry = shown(owned)
    owned.write_list(domains(12))
    result = run_after(owned, dry)
    assert is_made_again(result, dry)
    assert outcomes(result) == {Outcome.OWNED: PAIRS, Outcome.ANSWERED: 4}


def test_other_questions(owned: World) -> None:
    """A run about other questions than were shown plans for itself."""
    dry = plan_only(owned.selection((CLOUD,)), owned.settings, new_client=None, clock=owned.clock)
    result = run_after(owned, dry)
    assert is_made_again(result, dry)
    assert outcomes(result) == {Outcome.OWNED: PAIRS}


def test_another_run_came_between(owned: World) -> None:
    """Where another run has written into the warehouse since, what was shown is no proof any more."""
    owned.write_list(domains(3, start=40), "others")
    dry = shown(owned)
    owned.run(lists=("others",))
    result = run_after(owned, dry)
    assert is_made_again(result, dry)


def test_answers_are_gone(owned: World) -> None:
    """Where the answers are not in the warehouse any more, they are not counted as owned because that was shown."""
    dry = shown(owned)
    shutil.rmtree(owned.paths.warehouse_folder)
    result = run_after(owned, dry)
    assert is_made_again(result, dry)


def test_something_has_landed(owned: World) -> None:
    """Landed files that the warehouse lacks are loaded by the run, and may hold other answers than were shown."""
    landed = next(owned.paths.landed_signals.rglob("*.zst"))
    copy = landed.with_name("00000000T000000Z-elsewhere-0.ndjson.zst")
    shutil.copy(landed, copy)
    dry = shown(owned)
    result = run_after(owned, dry)
    assert is_made_again(result, dry)


def test_bought_again_meanwhile(owned: World) -> None:
    """A pair that another run buys again is in flight, as the ledger says, and this run waits for it."""
    owned.purchases_allowed = 2
    dry = shown(owned)
    waiting = owned.run(force=True, max_wait_minutes=0)
    assert outcomes(waiting) == {Outcome.NOT_FINISHED: PAIRS}
    dry_as_found = shown(owned)
    result = run_after(owned, DryRun(**{**vars(dry), "warehouse": dry_as_found.warehouse}))
    assert is_made_again(result, dry)
    assert outcomes(result) == {Outcome.ANSWERED: PAIRS}


def test_forced(owned: World) -> None:
    """Force buys, whatever was shown of the same lists without it."""
    owned.purchases_allowed = 2
    dry = shown(owned)
    result = run_after(owned, dry, force=True)
    assert is_made_again(result, dry)
    assert outcomes(result) == {Outcome.ANSWERED: PAIRS}


def test_a_sample(owned: World) -> None:
    """What was shown of a sample is the run's plan too, with the same page about the sample."""
    made = owned.run(sample=3)
    selection = owned.selection(sample=3)
    dry = plan_only(selection, owned.settings, new_client=None, clock=owned.clock)
    with shown_before(dry):
        result = owned.run(sample=3)
    assert not is_made_again(result, dry)
    assert outcomes(result) == {Outcome.OWNED: 6}
    assert result.sample_page == made.sample_page is not None
    assert is_made_again(run_after(owned, dry), dry)  # the run without a sample


def test_claims_of_dead_runs_are_given_back(owned: World) -> None:
    """As by a run that plans: a run that was killed with claims holds them no longer than until the next one."""
    dry = shown(owned)
    with closing(Ledger.open(owned.paths.ledger)) as ledger, ledger.transaction() as connection:
        claim(connection, "dead", [Candidate(SIZE.question_id, "company00001.com", is_cached=False)])
    result = run_after(owned, dry)
    assert not is_made_again(result, dry)
    assert owned.ledger_rows("SELECT count(*) FROM pairs WHERE run_id = 'dead'") == [(0,)]
