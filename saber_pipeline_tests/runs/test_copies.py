"""A ledger that does not know what was bought buys nothing."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from saber_pipeline.errors import OtherLedgerError
from saber_pipeline.runs.directory_marks import accept_ledger
from saber_pipeline.runs.publication import rebuild_answers
from saber_pipeline_tests.testbed.world import DAY_SECONDS, SIZE, InterceptingTransport, World, domains, start_world

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


@pytest.mark.sweep(keep=1)
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


@pytest.mark.slow
def test_a_ledger_without_identity_is_adopted(bought: World) -> None:
    """A data directory of a version without marks goes on, and a lost warehouse is no lost ledger."""
    lose(bought, "older")
    for file in (bought.paths.landing / "ledger.json", bought.paths.warehouse_folder / "ledger.json"):
        file.unlink()
    shutil.rmtree(bought.paths.warehouse_folder)
    assert bought.run().spending.signals_bought == 1


@pytest.mark.slow
def test_the_file_alone_is_the_ledger(bought: World, tmp_path: Path) -> None:
    """The ledger's file without its log still knows the last run."""
    (bought.paths.ledger_file.with_name("ledger.sqlite-wal")).unlink(missing_ok=True)
    assert bought.run().spending.signals_bought == 1


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("days", [0, 20])
@pytest.mark.slow
def test_lost_landing_is_read_again(bought: World, days: int) -> None:
    """Landed files that are lost, the warehouse with them, are read from the API again, and nothing is bought twice."""
    shutil.rmtree(bought.paths.landing)
    shutil.rmtree(bought.paths.warehouse_folder)
    bought.clock.advance(days * DAY_SECONDS)
    assert bought.run().spending.signals_bought == 1  # the one of the four that nobody had bought
    assert bought.published("SELECT count(DISTINCT subject) FROM latest_answers") == [(4,)]
    assert bought.run().spending.signals_bought == 0


@pytest.mark.parametrize("is_gone_at_the_api", [False, True])
@pytest.mark.slow
def test_lost_history_is_read_again(bought: World, is_gone_at_the_api: bool) -> None:
    """Older answers that are lost are read again too, one that the API has no more is not, and nothing is bought."""
    bought.clock.advance(3 * DAY_SECONDS)
    bought.write_list(domains(3))
    bought.purchases_allowed = 2
    bought.run(force=True)
    signals = "SELECT signal_id, question_id, subject, force_refreshed FROM signals ORDER BY ALL"
    before, newest = bought.published(signals), bought.published("SELECT signal_id FROM latest_answers")
    assert len(before) == 6
    shutil.rmtree(bought.paths.landing)
    shutil.rmtree(bought.paths.warehouse_folder)
    older = [signal_id for signal_id, *_ in before if (signal_id,) not in newest]
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response | None:
        asked.append(f"{request.method} {request.url.path}")
        is_it = request.url.path.endswith(older[0])
        return httpx.Response(404, json={"message": "no such signal"}) if is_gone_at_the_api and is_it else None

    bought.transport = lambda: InterceptingTransport(before=answer)
    assert bought.run().spending.signals_bought == 0
    left = [row for row in before if not is_gone_at_the_api or row[0] != older[0]]
    assert bought.published(signals) == left
    asked.clear()
    assert bought.run().spending.signals_bought == 0
    assert not any(signal_id in request for request in asked for signal_id in older)


@pytest.mark.slow
def test_lost_landing_is_noticed_after_a_rebuild(bought: World) -> None:
    """A rebuild from landing that has lost files forgets no purchase."""
    shutil.rmtree(bought.paths.landed_signals)
    rebuild_answers(bought.settings, bought.questions)
    bought.clock.advance(3 * DAY_SECONDS)
    assert bought.run().spending.signals_bought == 1
    assert bought.published("SELECT count(DISTINCT subject) FROM latest_answers") == [(4,)]


@pytest.mark.slow
def test_the_file_alone_knows_each_intent(bought: World, tmp_path: Path) -> None:
    """What a run leaves that dies as a batch is being sent, the ledger's log lost with it, knows the purchase."""
    left = tmp_path / "left"

    def die_at_a_purchase(request: httpx.Request) -> None:
        if request.method == "POST":
            shutil.copytree(bought.data_dir, left)

    bought.transport = lambda: InterceptingTransport(before=die_at_a_purchase)
    assert bought.run().spending.signals_bought == 1
    shutil.rmtree(bought.data_dir)
    left.rename(bought.data_dir)
    for end in ("-wal", "-shm"):
        bought.paths.ledger_file.with_name(f"ledger.sqlite{end}").unlink(missing_ok=True)
    with closing(sqlite3.connect(bought.paths.ledger_file)) as ledger, ledger:
        ledger.execute("UPDATE runs SET heartbeat_at = 0 WHERE ended_at IS NULL")  # its process lives on here
    bought.clock.advance(3 * DAY_SECONDS)
    assert bought.run().spending.signals_bought == 0
    assert bought.published("SELECT count(DISTINCT subject) FROM latest_answers") == [(4,)]


@pytest.mark.parametrize("purchase", [1, 2, 3])
@pytest.mark.slow
def test_a_copy_from_within_the_same_run(bought: World, tmp_path: Path, purchase: int) -> None:
    """A ledger copied as a run was buying, and put back after that run, is an older copy: it buys nothing."""
    file, copy = bought.paths.ledger_file, tmp_path / "copies"
    bought.settings_changed = {"max_batch_domains": 1}  # a purchase for each domain
    bought.write_list(domains(6))
    posts = 0

    def copy_at_the_purchase(request: httpx.Request) -> None:
        nonlocal posts
        posts += request.method == "POST"
        if request.method == "POST" and posts == purchase:
            shutil.copytree(file.parent, copy)

    bought.transport = lambda: InterceptingTransport(before=copy_at_the_purchase)
    assert bought.run().spending.signals_bought == 3
    posts = bought.posts()
    shutil.rmtree(file.parent)
    shutil.copytree(copy, file.parent)
    with pytest.raises(OtherLedgerError, match="older copy"):
        bought.run()
    assert bought.posts() == posts


@pytest.mark.slow
def test_the_file_deleted_beside_its_log(bought: World) -> None:
    """A ledger whose file is gone and whose log was left is lost, not a new one."""
    file, posts = bought.paths.ledger_file, bought.posts()
    file.unlink()
    for end in ("-wal", "-shm"):
        file.with_name(file.name + end).write_bytes(b"x" * 4_128)
    with pytest.raises(OtherLedgerError, match="was lost"):
        bought.run()
    assert bought.posts() == posts


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("part", ["ledger", "landing"])
@pytest.mark.slow
def test_a_part_of_another_project_buys_nothing(bought: World, tmp_path: Path, part: str) -> None:
    """A ledger or a landing copied in from another data directory is refused, and goes on once it is accepted."""
    elsewhere = replace(bought, data_dir=tmp_path / "elsewhere", purchases_allowed=2)
    elsewhere.write_list(domains(1, start=50))
    elsewhere.run()
    folder = {"ledger": bought.paths.ledger_file.parent, "landing": bought.paths.landing}[part]
    shutil.rmtree(folder)
    shutil.copytree(elsewhere.data_dir / folder.name, folder)
    posts = bought.posts()
    with pytest.raises(OtherLedgerError, match="not the one"):
        bought.run()
    assert bought.posts() == posts
    accept_ledger(bought.paths)
    assert bought.run().spending.signals_bought == 1


@pytest.mark.slow
def test_an_older_landing_is_read_up_to_date(bought: World, tmp_path: Path) -> None:
    """An older landing put back, without a warehouse, is filled from the API, and nothing is bought twice."""
    shutil.copytree(bought.paths.landing, tmp_path / "landing")
    bought.run()
    shutil.rmtree(bought.paths.landing)
    shutil.rmtree(bought.paths.warehouse_folder)
    shutil.copytree(tmp_path / "landing", bought.paths.landing)
    bought.clock.advance(3 * DAY_SECONDS)
    assert bought.run().spending.signals_bought == 0
    assert bought.published("SELECT count(DISTINCT subject) FROM latest_answers") == [(4,)]
