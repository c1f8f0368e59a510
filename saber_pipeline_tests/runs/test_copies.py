"""A ledger that does not know what was bought buys nothing."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.errors import OtherLedgerError
from saber_pipeline.runs.copies import accept_ledger
from saber_pipeline_tests.testbed.world import SIZE, World, domains, start_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def bought(tmp_path: Path) -> Iterator[World]:
    """A world in which three pairs were bought, with a copy of its ledger from before the last run."""
    with ExitStack() as stack:
        world = start_world(stack.enter_context, tmp_path)
        world.questions = (SIZE,)
        world.write_list(domains(2))
        world.run()
        shutil.copytree(world.paths.ledger_file.parent, tmp_path / "older")
        world.write_list(domains(3))
        world.run()
        world.write_list(domains(4))
        yield world


def lose(world: World, how: str) -> None:
    folder = world.paths.ledger_file.parent
    shutil.rmtree(folder)
    if how == "emptied":
        folder.mkdir()
        world.paths.ledger_file.touch()
    elif how == "older":
        shutil.copytree(folder.parent.parent / "older", folder)
    elif how == "without marks":
        for file in (world.paths.landing / "ledger.json", world.paths.warehouse_folder / "ledger.json"):
            file.unlink()


@pytest.mark.parametrize("how", ["deleted", "emptied", "older", "without marks"])
def test_a_lost_ledger_buys_nothing(bought: World, how: str) -> None:
    """A ledger that is gone, empty or older is refused before a purchase, and goes on once it is accepted."""
    posts = bought.posts()
    lose(bought, how)
    with pytest.raises(OtherLedgerError, match="accept-ledger"):
        bought.run()
    assert bought.posts() == posts
    accept_ledger(bought.paths)
    assert bought.run().spending.signals_bought == 1  # the one of the four that nobody had bought


def test_a_ledger_without_identity_is_adopted(bought: World) -> None:
    """A data directory of a version without marks goes on, and a lost warehouse is no lost ledger."""
    lose(bought, "older")
    for file in (bought.paths.landing / "ledger.json", bought.paths.warehouse_folder / "ledger.json"):
        file.unlink()
    shutil.rmtree(bought.paths.warehouse_folder)
    assert bought.run().spending.signals_bought == 1


def test_the_file_alone_is_the_ledger(bought: World, tmp_path: Path) -> None:
    """The ledger's file without its log still knows the last run."""
    (bought.paths.ledger_file.with_name("ledger.sqlite-wal")).unlink(missing_ok=True)
    assert bought.run().spending.signals_bought == 1
