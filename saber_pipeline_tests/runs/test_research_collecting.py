"""Contact research between runs: collecting without buying, what lacked credits, and what is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saber_pipeline.errors import BudgetError, ListError, NotEnoughCreditsError, OutOfCreditsError, StorageError
from saber_pipeline.ledger.deferrals import Deferral, deferrals
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.runs.in_flight import read_researches_in_flight
from saber_pipeline.runs.research import research_rounds, research_run
from saber_pipeline.runs.research.research_run_request import ResearchOutcome
from saber_pipeline.runs.status import read_ledger_status
from saber_pipeline.sandbox.sandbox_settings import OutOfCreditsWay
from saber_pipeline_tests.testbed.research_runs import (
    RESEARCH,
    end_credits_after,
    outcomes,
    people,
    purchases,
    research,
    write_people,
)
from saber_pipeline_tests.testbed.world import World

if TYPE_CHECKING:
    from saber_pipeline_tests.testbed.fixtures import StartWorld


def waiting(world: World) -> list[Deferral]:
    ledger = Ledger.open(world.paths.ledger)
    with ledger.reading() as connection:
        found = deferrals(connection)
    ledger.close()
    return found


def test_collecting_buys_nobody(world: World) -> None:
    """With ``collect_only`` what is in flight comes in, of lists that are gone too, and nobody else is bought."""
    assert outcomes(research(world, collect_only=True)) == {}
    write_people(world, people(4))
    research(world, max_wait_minutes=0)
    (world.paths.research_lists / "leads.csv").unlink()
    write_people(world, people(6, start=2), name="more")
    research(world, max_credits=4, max_wait_minutes=0, lists=("more",))
    write_people(world, people(2, start=100), name="later")
    status = read_researches_in_flight(world.settings)
    assert (status.orphaned, status.tracked, status.unknown) == ({"more": 6, "": 2}, {}, ())
    result = research(world, collect_only=True, force_refresh=True, retry_unknown=True)
    assert outcomes(result) == {ResearchOutcome.RESEARCHED: 8}
    assert (len(result.sent.bought), sum(purchases(world).values())) == (0, 8)
    assert read_researches_in_flight(world.settings).in_flight == 0
    assert world.published("SELECT status, count(*) FROM contact_research GROUP BY 1") == [("completed", 8)]
    with pytest.raises(ListError, match="later was never read"):
        research(world, collect_only=True, lists=("later",))


def test_an_older_version_that_is_gone_from_landing_is_read_again(world: World) -> None:
    """Every version that was paid for comes back from the API, not only the newest."""
    write_people(world, people(2))
    research(world)
    research(world, allowed=2, force_refresh=True)
    for file in [*(world.paths.landing / "contact_research").iterdir(), world.paths.warehouse_file]:
        file.unlink()
    research(world, allowed=2)
    assert world.published("SELECT count(*) FROM contact_research_profiles") == [(4,)]
    assert read_researches_in_flight(world.settings).in_flight == 0


def test_a_run_that_the_balance_does_not_cover_leaves_a_note(start: StartWorld) -> None:
    """It names the lists, what is needed, force and limit; a run that can pay takes it away, a limit leaves none."""
    world = start(credits=2)
    write_people(world, people(3))
    with pytest.raises(NotEnoughCreditsError):
        research(world, max_credits=7, force_refresh=True)
    (note,) = waiting(world)
    assert note.is_research
    assert note.waiting == ("leads",)
    assert (note.credits_needed, note.max_credits, note.force_refresh) == (3, 7, True)
    assert read_ledger_status(world.settings).deferrals == (note,)
    world.sandbox.set_credits(3)
    with pytest.raises(BudgetError):
        research(world, max_credits=1)
    assert waiting(world) == [note]
    research(world)
    assert waiting(world) == []


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("way", OutOfCreditsWay)
def test_credits_that_end_midway_leave_a_note(start: StartWorld, way: OutOfCreditsWay) -> None:
    """In whatever way they end: the note is for those who were refused, within what the limit leaves."""
    world = start(credits=10, out_of_credits_way=way)
    world.settings_changed = {"concurrency": 1}
    write_people(world, people(10))
    end_credits_after(world, 4)
    stopped = research(world, max_credits=11)
    world.transport = None
    assert isinstance(stopped.stopped_by, OutOfCreditsError)
    (note,) = waiting(world)
    assert (note.credits_needed, note.max_credits, note.force_refresh) == (6, 7, False)
    world.sandbox.set_credits(6)
    allowed = 2 if way is OutOfCreditsWay.FAIL_LATER else 1
    research(world, allowed=allowed, lists=note.waiting, max_credits=note.max_credits)
    assert waiting(world) == []


def test_credits_end_and_the_publication_fails(start: StartWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a top-up is to start is noted before the run publishes: that may fail, and the note stays."""
    world = start(credits=10)
    world.settings_changed = {"concurrency": 1}
    write_people(world, people(10))
    end_credits_after(world, 4)

    def fail(*_: object) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(research_run, "publish_pending", fail)
    with pytest.raises(StorageError):
        research(world)
    assert [note.credits_needed for note in waiting(world)] == [6]


def test_progress_leaves_out_who_is_given_back(start: StartWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Claimed people whose research was not purchased are not done, and no part of the total."""
    world = start(credits=10)
    world.settings_changed = {"concurrency": 1}
    write_people(world, people(10))
    end_credits_after(world, 4)
    monkeypatch.setattr(research_rounds, "SENT_BETWEEN_READS", 2)
    research(world)
    last = world.progress[-1]
    assert (last.done, last.total, last.noun) == (4, 4, "people")


def test_collecting_what_failed_for_want_of_credits(start: StartWorld) -> None:
    """A run that only collects leaves a note for those alone, at no more than they cost."""
    world = start(credits=3, out_of_credits_way=OutOfCreditsWay.FAIL_LATER, processing_seconds=(600.0, 600.0))
    world.settings_changed = {"concurrency": 1}
    write_people(world, people(3))
    world.sandbox.set_credits(3)
    end_credits_after(world, 1)
    research(world, max_wait_minutes=0)
    world.transport = None
    stopped = research(world, collect_only=True)
    assert isinstance(stopped.stopped_by, OutOfCreditsError)
    (note,) = waiting(world)
    assert len(stopped.refused) == 2
    assert (note.waiting, note.max_credits) == (("leads",), 2)


def test_what_is_unknown_is_told_with_its_cost(world: World) -> None:
    """Lost replies and purchases of a run that died are both unknown, by person, until a retry is known."""
    write_people(world, people(3))
    world.fault("reset_after", RESEARCH, method="POST", times=1)
    research(world)
    world.heal()
    world.change_ledger("UPDATE researches SET state = 'intended', run_id = 'dead.1' WHERE number = 3")
    status = read_ledger_status(world.settings).researches
    assert (len(status.unknown), status.credits_unknown, status.in_flight) == (2, 2.0, 0)
    assert {each.lists for each in status.unknown} == {("leads",)}
    assert any("the run ended before the reply" in each.reason for each in status.unknown)
    research(world, allowed=2, retry_unknown=True)
    assert read_ledger_status(world.settings).researches.unknown == ()
