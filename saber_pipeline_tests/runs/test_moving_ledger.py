"""The ledger moved from its file into a database, and back."""

from __future__ import annotations

import signal
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from saber_pipeline.errors import OtherLedgerError, StorageError
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.balances import record_balance
from saber_pipeline.ledger.ledger_copy import NOT_COPIED, TABLES
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.steps import COUNTER, IDENTITY
from saber_pipeline.ledger.store import Ledger, set_value
from saber_pipeline.runs import ledger_move
from saber_pipeline_tests.testbed.processes import end_of, start_process
from saber_pipeline_tests.testbed.world import SIZE, World, domains

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.secrets import LedgerAddress

pytest.importorskip("psycopg")
from saber_pipeline.ledger.postgres import PostgresLedger

LEASE_SECONDS = 60.0


@pytest.fixture
def world_ledger() -> None:
    """Every world here begins with a file."""
    return


@pytest.fixture
def moving(world: World, new_address: LedgerAddress) -> World:
    """A world with a place in a database, and whose ledger is still in the file."""
    world.questions = (SIZE,)
    world.write_list(domains(3))
    world.run()
    world.ledger_address = new_address
    return world


def move(paths: DataPaths, *, into_file: bool = False) -> ledger_move.LedgerMove:
    target = paths.ledger_file if into_file else paths.ledger
    return ledger_move.move_ledger(paths, target, lease_seconds=LEASE_SECONDS)


def rows_of(place: Path | LedgerAddress) -> dict[str, list[str]]:
    """All rows of a ledger, but for what each has for itself and the counter, which a move raises."""
    with closing(Ledger.open(place)) as ledger, ledger.reading() as connection:
        own = (*NOT_COPIED, COUNTER)
        return {
            table.name: sorted(
                repr(tuple(row)).replace("\\x00", "")
                for row in connection.execute(sa.select(table))
                if row[0] not in own
            )
            for table in TABLES
        }


def some_value(column: sa.Column[Any], number: int) -> Any:
    if number == 2 and column.nullable:
        return None
    kind = column.type.python_type
    if kind is str:
        return f"{column.name} {number} é 🏢" + ("" if column.primary_key else " no\0thing 'quoted' \\ %s")
    return {bool: number % 2 == 0, float: 1_790_000_000.1 + number, int: number + (5 if column.primary_key else 2**40)}[
        kind
    ]


def test_every_row_of_every_table(tmp_path: Path, world: World, new_address: LedgerAddress) -> None:
    """Each row of each table is the same there and back again, in any letters; the numbers of new rows go on."""
    world.ledger_address = new_address
    paths = world.paths
    with closing(Ledger.open(paths.ledger_file)) as ledger, ledger.transaction() as connection:
        for table in TABLES:
            rows = [{column.name: some_value(column, number) for column in table.c} for number in range(3)]
            connection.execute(sa.insert(table), rows)
        connection.execute(t.runs.update().values(ended_at=1.0))
        set_value(connection, IDENTITY, "one")
        set_value(connection, COUNTER, "7")
    there = rows_of(paths.ledger_file)
    assert all(there.values())
    assert move(paths).rows == {name: len(rows) + (name == "facts") for name, rows in there.items()}
    assert rows_of(new_address) == there
    with closing(Ledger.open(new_address)) as ledger, ledger.transaction() as connection:
        record_balance(connection, 1, run_id=None)  # Postgres would begin to count at 1 again
        assert connection.execute(sa.select(sa.func.max(t.credit_balances.c.id))).scalar_one() == 8
    there = rows_of(new_address)
    move(paths, into_file=True)
    assert rows_of(paths.ledger_file) == there
    with closing(Ledger.open(paths.ledger_file)) as ledger, ledger.reading() as connection:
        facts = {str(row.name): str(row.value) for row in connection.execute(sa.select(t.key_values))}
    assert facts[COUNTER] == "9"
    assert not facts.keys() & set(NOT_COPIED)


@pytest.mark.slow
def test_what_was_on_its_way_goes_on(world: World, new_address: LedgerAddress) -> None:
    """Purchases of a killed run are collected after the move, and after the move back: none is bought twice."""
    world.write_list(domains(75))
    process = start_process("run_in_a_process", world, die_at="after POST 2")
    assert end_of(process)[0] == -signal.SIGKILL
    with closing(Ledger.open(world.paths.ledger_file)) as ledger, ledger.transaction() as connection:
        connection.execute(t.runs.update().values(heartbeat_at=t.runs.c.heartbeat_at - 3_600))  # its lease is over
    world.ledger_address = new_address
    move(world.paths)
    world.run()
    assert len(world.bought()) == sum(world.bought().values()) == 150
    assert world.published("SELECT count(*) FROM latest_answers") == [(150,)]
    move(world.paths, into_file=True)
    world.write_list(domains(76))
    with pytest.raises(OtherLedgerError, match=r"was moved to .*ledger\.sqlite.*SABER_LEDGER_URL"):
        world.run()
    world.ledger_address = None
    world.run()
    assert len(world.bought()) == sum(world.bought().values()) == 152


def test_the_one_that_was_left_buys_nothing(moving: World) -> None:
    """Who still has the old setting is refused, and so is a run that had opened the file before and begins after."""
    with closing(Ledger.open(moving.paths.ledger_file)) as opened_before:
        move(moving.paths)
        old = replace(moving, ledger_address=None)
        old.write_list(domains(5))
        posts = old.posts()
        with pytest.raises(OtherLedgerError, match=r"was moved to postgresql://.*Set SABER_LEDGER_URL"):
            old.run()
        with pytest.raises(OtherLedgerError, match="was moved"), lease(opened_before, "late", lease_seconds=60):
            pass
        assert old.posts() == posts


def test_a_run_is_alive(moving: World) -> None:
    """While a run is alive nothing is moved, and nothing was made at the other place."""
    before = rows_of(moving.paths.ledger_file)
    with closing(Ledger.open(moving.paths.ledger_file)) as ledger, lease(ledger, "alive", lease_seconds=60):
        for attempt in (move, plan):
            with pytest.raises(StorageError, match="1 runs are at work"):
                attempt(moving.paths)
        assert not any(rows_of(moving.paths.ledger).values())
    move(moving.paths)
    assert rows_of(moving.paths.ledger)["spending"] == before["spending"] != []


def plan(paths: DataPaths) -> ledger_move.LedgerMove:
    return ledger_move.plan_move(paths, paths.ledger, lease_seconds=LEASE_SECONDS)


def broken_off(world: World, at: int) -> None:
    """A move that dies before its ``at``-th fact is written."""
    facts = 0

    def dying(connection: sa.Connection, name: str, value: str) -> None:
        nonlocal facts
        facts += 1
        if facts == at:
            raise KeyboardInterrupt
        set_value(connection, name, value)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ledger_move, "set_value", dying)
        with pytest.raises(KeyboardInterrupt):
            move(world.paths)


@pytest.mark.parametrize("at", [1, 2, 3], ids=["while it is written", "before the old one is left", "after that"])
@pytest.mark.sweep(keep=1)
def test_a_move_that_breaks_off(moving: World, at: int) -> None:
    """Wherever a move breaks off, at most one ledger can be bought with, and the same command makes it whole."""
    before = rows_of(moving.paths.ledger_file)
    broken_off(moving, at)
    assert rows_of(moving.paths.ledger_file) == before
    assert any(rows_of(moving.paths.ledger).values()) == (at > 1)
    old = replace(moving, ledger_address=None)
    posts = old.posts()
    with pytest.raises(OtherLedgerError):  # nothing is there yet, or it is not whole
        moving.run()
    if at == 3:
        with pytest.raises(OtherLedgerError, match="was moved to"):
            old.run()
    assert old.posts() == posts
    assert move(moving.paths).rows == {name: len(rows) + (name == "facts") for name, rows in before.items()}
    assert rows_of(moving.paths.ledger) == before
    moving.write_list(domains(4))
    moving.run()
    assert sum(moving.bought().values()) == 4


@pytest.mark.slow
def test_the_old_one_goes_on_after_a_move_that_broke_off(moving: World) -> None:
    """Who goes on with the old ledger instead moves all that it holds by then."""
    broken_off(moving, 2)
    old = replace(moving, ledger_address=None)
    old.write_list(domains(5))
    old.run()
    there = rows_of(old.paths.ledger_file)
    move(moving.paths)
    assert rows_of(moving.paths.ledger) == there
    moving.run()
    assert sum(moving.bought().values()) == 5


def test_what_is_not_moved(moving: World, new_address: LedgerAddress) -> None:
    """Nothing to move, another ledger at the other place, and an older copy are refused; nothing is written."""
    nothing = replace(moving, data_dir=moving.data_dir.with_name("nothing"))
    for attempt in (move, plan):
        with pytest.raises(OtherLedgerError, match="There is nothing in the ledger"):
            attempt(nothing.paths)
    assert not nothing.paths.ledger_file.exists()
    with closing(Ledger.open(new_address)) as ledger, ledger.transaction() as connection:
        record_balance(connection, 1, run_id=None)
    there = rows_of(new_address)
    for attempt in (move, plan):
        with pytest.raises(OtherLedgerError, match="holds 1 rows already"):
            attempt(moving.paths)
    assert rows_of(new_address) == there
    with closing(Ledger.open(new_address)) as ledger, ledger.transaction() as connection:
        connection.execute(t.credit_balances.delete())
    with closing(Ledger.open(moving.paths.ledger_file)) as ledger, ledger.transaction() as connection:
        set_value(connection, COUNTER, "1")
    for attempt in (move, plan):
        with pytest.raises(OtherLedgerError, match="is an older copy"):
            attempt(moving.paths)
    assert not any(rows_of(new_address).values())


@pytest.mark.slow
def test_a_place_that_keeps_something_else(moving: World, new_address: LedgerAddress) -> None:
    """A database that does not hold what was written into it is told by its tables, and stays empty."""
    before = rows_of(moving.paths.ledger_file)
    with closing(Ledger.open(new_address)) as ledger, ledger.transaction() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.price := '2'; RETURN NEW; END $$"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER other BEFORE INSERT ON spending FOR EACH ROW EXECUTE FUNCTION other()"
        )
    with pytest.raises(StorageError, match="does not hold what was written into it, in the tables spending"):
        move(moving.paths)
    assert not any(rows_of(new_address).values())
    assert rows_of(moving.paths.ledger_file) == before
    replace(moving, ledger_address=None).run()


@pytest.mark.slow
def test_a_look_changes_nothing(moving: World, new_address: LedgerAddress) -> None:
    """A dry run tells the rows of each table, and makes no table there."""
    told = plan(moving.paths)
    assert (told.rows["spending"], told.rows["questions"]) == (1, 1)
    with closing(PostgresLedger(new_address)) as ledger, ledger.reading() as connection:
        assert sa.inspect(connection).get_table_names() == []
    assert not moving.paths.ledger_file.with_name("ledger.sqlite-wal").exists()
    replace(moving, ledger_address=None).run()
