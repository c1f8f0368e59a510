"""What must not be touched: anything by a dry run, and a data directory by the wrong API."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.errors import ListError, OtherAddressError
from saber_pipeline.planning.plan import Status
from saber_pipeline.runs.dry_run import DryRun, plan_only
from saber_pipeline_tests.testbed.world import CLOUD, SIZE, World, domains

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline_tests.testbed.fixtures import StartWorld


def tree_of(folder: Path) -> dict[str, str]:
    """Every file with a hash of its content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in sorted(folder.rglob("*"))
    }


def dry_run(world: World, *questions: object, force: bool = False) -> DryRun:
    selection = world.selection(questions or None, force=force)  # type: ignore[arg-type]  # they are questions
    return plan_only(selection, world.settings, new_client=world.new_client, clock=world.clock)


def test_touches_nothing(world: World) -> None:
    """A dry run writes no byte and sends no purchase, and its plan is what the run then does."""
    world.write_list(domains(10))
    world.run(SIZE)
    before, posts = tree_of(world.data_dir), world.posts()
    planned = dry_run(world)
    assert tree_of(world.data_dir) == before
    assert world.posts() == posts
    assert planned.plan.totals == {Status.OWNED: 10, Status.DUE: 10}
    assert planned.cost == 10
    assert planned.balance == 99_990
    assert world.run().spending.signals_bought == 10


def test_of_a_new_directory(world: World) -> None:
    """Where nothing was ever bought, a dry run plans everything and creates no file."""
    world.write_list(domains(10))
    before = tree_of(world.data_dir)
    assert dry_run(world).plan.totals == {Status.DUE: 20}
    assert tree_of(world.data_dir) == before


def test_shows_what_is_in_flight(world: World) -> None:
    """Pairs in flight are shown as such, also where force would buy everything else."""
    world.write_list(domains(10))
    world.run(SIZE, max_wait_minutes=0)
    assert dry_run(world, SIZE, CLOUD, force=True).plan.totals == {Status.IN_FLIGHT: 10, Status.DUE: 10}


@pytest.mark.slow
def test_other_address(world: World, start: StartWorld) -> None:
    """A data directory that was filled from one API refuses another one before anything is spent."""
    world.write_list(domains(5))
    world.run(SIZE)
    other = start()
    world.base_url = other.sandbox.base_url
    with pytest.raises(OtherAddressError, match="belongs to"):
        world.run(CLOUD)
    with pytest.raises(OtherAddressError, match="belongs to"):
        dry_run(world)
    assert other.posts() == 0
    world.base_url = ""
    assert world.run(CLOUD).spending.signals_bought == 5


@pytest.mark.parametrize("rows", [[], ["linkedin.com/company/x", "10.0.0.1"]], ids=["empty", "unusable"])
def test_list_without_a_usable_row(world: World, rows: list[str]) -> None:
    """A list without a usable row stops the run, unspent, with the name of the list."""
    world.write_list(rows)
    with pytest.raises(ListError, match="accounts"):
        world.run(SIZE)
    assert world.posts() == 0


def test_list_that_is_gone(world: World) -> None:
    """A list whose file is gone stops the run, and its answers stay."""
    world.write_list(domains(5))
    world.run(SIZE)
    (world.paths.lists(COMPANIES) / "accounts.csv").unlink()
    with pytest.raises(ListError, match="no file any more"):
        world.run(SIZE)
    assert world.published("SELECT count(*) FROM questions.size") == [(5,)]
