"""What is different on Postgres: other machines, other clocks, a server that is away."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from saber_pipeline.advisory_lock import warehouse_held
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.secrets import LedgerAddress
from saber_pipeline.errors import StorageError, StorageLockedError
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.alerts import note_seen_changes, unseen_changes
from saber_pipeline.ledger.balances import balance_rows, record_balance, refusal_rows
from saber_pipeline.ledger.claims import Pair, claim, skip_pairs
from saber_pipeline.ledger.published import published_pairs
from saber_pipeline.ledger.runs import heartbeat_age, lease, live_runs, seconds_silent
from saber_pipeline.ledger.steps import count_step, position
from saber_pipeline.ledger.store import Ledger, check_free, get_value, set_value
from saber_pipeline.ledger.tables import SkipKind
from saber_pipeline.warehouse.session import warehouse_session
from saber_pipeline_tests.testbed.ledger_steps import CANDIDATES, states

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from saber_pipeline_tests.testbed.postgres import PostgresServer

on_postgres = pytest.mark.parametrize("ledger_place", ["postgres"], indirect=True)

WITHOUT_IT = """
import sys
from pathlib import Path
from saber_pipeline.ledger.store import Ledger
import saber_pipeline.runs.answers
Ledger.open(Path(sys.argv[1])).close()
print([name for name in sys.modules if name.startswith("psycopg") or name.endswith("ledger.postgres")])
"""


def test_a_file_needs_no_driver(tmp_path: Path) -> None:
    """With the ledger in a file, nothing of Postgres is imported."""
    command = [sys.executable, "-c", WITHOUT_IT, str(tmp_path / "ledger.sqlite")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


@on_postgres
def test_the_index_of_what_is_in_flight(ledger: Ledger) -> None:
    """Also on Postgres it holds the pairs in flight alone, not all that a large ledger has settled."""
    query = sa.text("SELECT indexdef FROM pg_indexes WHERE indexname = :name AND schemaname = current_schema()")
    with ledger.reading() as connection:
        ((told,),) = connection.execute(query, {"name": t.PAIRS_BY_SIGNAL.name}).fetchall()
    assert "WHERE" in told
    assert "'sent'" in told
    assert "signal_id IS NOT NULL" in told


@on_postgres
def test_a_machine_of_the_same_name(ledger: Ledger) -> None:
    """A live run of another machine is alive, though that has this one's name and no such process is here."""
    with lease(ledger, "there", lease_seconds=60):
        with ledger.transaction() as connection:
            here = connection.execute(sa.select(t.runs.c.host)).scalar_one()
            assert here.startswith(f"{socket.gethostname()} ")
            connection.execute(
                t.runs.update().values(host=f"{socket.gethostname()} another boot", process_id=2**22 + 1)
            )
        with ledger.reading() as connection:
            assert live_runs(connection, lease_seconds=60) == {"there"}
        with ledger.transaction() as connection:
            connection.execute(t.runs.update().values(host=here))
        with ledger.reading() as connection:
            assert live_runs(connection, lease_seconds=60) == frozenset()


@on_postgres
@pytest.mark.parametrize("ahead_seconds", [-3_600.0, 3_600.0])
def test_a_clock_that_is_wrong(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, ahead_seconds: float) -> None:
    """Whether a run is alive says the database's clock, however wrong that of a machine is."""
    with lease(ledger, "right", lease_seconds=60):
        right = time.time
        with monkeypatch.context() as changed, ledger.reading() as connection:
            changed.setattr(time, "time", lambda: right() + ahead_seconds)
            assert live_runs(connection, lease_seconds=60) == {"right"}
            age = heartbeat_age(connection, "right", now=time.time())
            assert age is not None
            assert 0 <= age < 60
            assert seconds_silent(connection, "right", lease_seconds=60) == 0
            assert abs(ledger.now() - right()) < 60


@on_postgres
def test_a_heartbeat_waits_for_no_writer(ledger: Ledger) -> None:
    """While somebody else writes, a heartbeat is written."""
    with lease(ledger, "run", lease_seconds=60), ledger.transaction() as connection:
        claim(connection, "run", CANDIDATES)
        with ledger.single_row() as beating:
            beating.execute(t.runs.update().values(heartbeat_at=1.0))
        assert connection.execute(sa.select(t.runs.c.heartbeat_at)).scalar_one() == 1.0


def test_texts_and_numbers(ledger: Ledger) -> None:
    """A NUL in a reason, more credits than 32 bits count, and a name in any letters are kept."""
    with ledger.transaction() as connection:
        skip_pairs(connection, "run.1", [Pair("q", "é.example")], SkipKind.INVALID, "no\0thing")
        set_value(connection, "fact", "a\0b")
        record_balance(connection, 9_000_000_000, run_id=None)
    with ledger.reading() as connection:
        assert [row[1:4:2] for row in balance_rows(connection)] == [(9_000_000_000,)]
        assert (get_value(connection, "fact") or "").replace("\0", "") == "ab"
        (refusal,) = refusal_rows(connection)
        assert refusal[:2] == ("q", "é.example")


def test_the_newest_counts(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several refusals and several publications of a pair, the newest one is told."""
    for number in (1, 3, 2):
        monkeypatch.setattr(time, "time", lambda at=float(number): at)
        with ledger.transaction() as connection:
            skip_pairs(connection, f"run{number}.1", [Pair("q", "a.com")], SkipKind.INVALID, f"reason {number}")
    with ledger.transaction() as connection:
        pair = {"question_id": "q", "subject": "a.com", "submission_id": "s"}
        rows = [pair | {"signal_id": f"signal {n}", "published_at": float(n)} for n in (1, 2)]
        connection.execute(t.published.insert(), rows)
    with ledger.reading() as connection:
        assert [(row[2], row[-1]) for row in refusal_rows(connection)] == [("reason 3", "run3")]
        assert [pair.signal_id for some in published_pairs(connection) for pair in some] == ["signal 2"]


def test_steps_and_looks(ledger: Ledger) -> None:
    """A step counts once for each transaction; a change that was looked at is not new."""
    for _ in range(3):
        with ledger.transaction() as connection:
            count_step(connection)
            count_step(connection)
    with ledger.transaction() as connection:
        assert position(connection)[1] == 3
        note_seen_changes(connection, ["one", "two"], now=1.0)
        assert list(unseen_changes(connection, ["one", "three", "two"])) == ["three"]


def test_a_reader_has_a_snapshot(ledger: Ledger) -> None:
    """What is committed while somebody reads is not in what they read, and nobody waits."""
    with ledger.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(t.pairs)).scalar_one() == 0
        with ledger.transaction() as writing:
            claim(writing, "run", CANDIDATES)
        assert connection.execute(sa.select(sa.func.count()).select_from(t.pairs)).scalar_one() == 0
    assert states(ledger) == {"claimed": 50}


def test_nothing_of_a_broken_transaction_stays(ledger: Ledger) -> None:
    """A transaction that breaks off leaves nothing, and the next one can begin."""

    def break_off() -> None:
        with ledger.transaction() as connection:
            claim(connection, "run", CANDIDATES)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert states(ledger) == {}
    with ledger.transaction() as connection:
        claim(connection, "run", CANDIDATES)
    assert states(ledger) == {"claimed": 50}


@on_postgres
def test_one_writes_at_a_time(ledger: Ledger, ledger_place: LedgerAddress, caplog: pytest.LogCaptureFixture) -> None:
    """A second writer waits, is told for whom, and gives up after its patience; other schemas do not concern it."""
    second = Ledger.open(ledger_place, busy_timeout_seconds=2)
    holder = f"process {os.getpid()} of {socket.gethostname()}"
    with ledger.transaction():
        with pytest.raises(StorageLockedError, match=f"is held by {holder}"), second.transaction():
            pass
        with pytest.raises(StorageLockedError, match=f"is held by {holder}"):
            check_free(ledger_place, patience_seconds=0.05)
    assert f"Waiting for {holder}" in caplog.text
    with second.transaction() as connection:
        claim(connection, "run", CANDIDATES)
    check_free(ledger_place)
    second.close()


def test_reading_makes_nothing(new_address: LedgerAddress) -> None:
    """A ledger that nobody has used is read as an empty one, and stays unmade."""
    read = Ledger.open_to_read(new_address)
    assert states(read) == {}
    read.close()
    made = Ledger.open(new_address)
    with made.reading() as connection:
        assert "pairs" in sa.inspect(connection).get_table_names()
    made.close()


def test_a_newer_version(new_address: LedgerAddress) -> None:
    """A ledger that a newer version made is refused."""
    ledger = Ledger.open(new_address)
    with ledger.transaction() as connection:
        set_value(connection, "version", "999")
    ledger.close()
    with pytest.raises(StorageError, match="newer version"):
        Ledger.open(new_address)


def test_no_server_there(tmp_path: Path) -> None:
    """An address where nothing answers is told at once, without its password."""
    pytest.importorskip("psycopg")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = LedgerAddress(f"postgresql://someone:hunter2x@127.0.0.1:{taken.getsockname()[1]}/saber")
        for open_it in (Ledger.open, Ledger.open_to_read, check_free):
            with pytest.raises(StorageError, match="does not respond as it should") as caught:
                open_it(address)
            assert "hunter2x" not in str(caught.value)
        with pytest.raises(StorageError, match="does not respond as it should"), warehouse_held(address):
            pass
    assert not list(tmp_path.iterdir())


@pytest.fixture
def stopped_again(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """A server that a test may stop: it runs again afterwards."""
    yield postgres_server
    postgres_server.start_again()


def test_a_server_that_is_away_for_a_while(
    new_address: LedgerAddress, stopped_again: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that begins waits for the server to come back; one in the middle ends as one sentence."""
    ledger = Ledger.open(new_address)

    def lose_it_midway() -> None:
        with ledger.transaction() as connection:
            claim(connection, "run", CANDIDATES)
            stopped_again.stop()
            claim(connection, "run", CANDIDATES)

    with pytest.raises(StorageError, match="does not respond as it should"):
        lose_it_midway()
    waits = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _seconds: stopped_again.start_again())
    monkeypatch.setattr("saber_pipeline.ledger.postgres.time", waits)
    assert states(ledger) == {}
    with ledger.transaction() as connection:
        claim(connection, "run", CANDIDATES)
    assert states(ledger) == {"claimed": 50}
    ledger.close()


def test_the_warehouse_on_all_machines(tmp_path: Path, new_address: LedgerAddress) -> None:
    """While one machine has the warehouse, another one waits, though it has a lock file of its own."""
    got: list[str] = []

    def enter() -> None:
        with warehouse_session(DataPaths(tmp_path / "two", new_address)):
            got.append("second")

    other = threading.Thread(target=enter)
    with warehouse_session(DataPaths(tmp_path / "one", new_address)):
        other.start()
        other.join(timeout=1.0)
        assert other.is_alive()
        got.append("first")
    other.join(timeout=60)
    assert got == ["first", "second"]


def test_what_a_connection_is_set_to(new_address: LedgerAddress) -> None:
    """A commit is on the disk before it counts, whatever the server is set to, and who has died is noticed."""
    careless = LedgerAddress(f"{new_address.reveal()}%20-csynchronous_commit%3Doff")
    ledger = Ledger.open(careless)
    with ledger.transaction() as connection:
        told = [
            connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("synchronous_commit", "tcp_keepalives_idle", "search_path")
        ]
    ledger.close()
    assert told[:2] == ["on", "30"]
    assert told[2].startswith("ledger_")
