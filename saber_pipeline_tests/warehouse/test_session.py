"""The private warehouse: one process at a time, and a sentence when that cannot be."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.errors import DamagedLandingError, StorageError
from saber_pipeline.warehouse.file_copy import log_of
from saber_pipeline.warehouse.ledger_tables import replace_rows
from saber_pipeline.warehouse.list_rows import load_lists
from saber_pipeline.warehouse.load import load_landed
from saber_pipeline.warehouse.rebuild import rebuild
from saber_pipeline.warehouse.session import open_warehouse, read_warehouse, state_of_warehouse, warehouse_session
from saber_pipeline.warehouse.views import apply_questions
from saber_pipeline_tests.testbed.prepared import connect_to_nothing
from saber_pipeline_tests.warehouse.signals import boolean, land, raw_signal
from saber_pipeline_tests.warehouse.test_views import snapshot

if TYPE_CHECKING:
    from typing import Any

    import duckdb

    from saber_pipeline.config.paths import DataPaths

QUESTION = Question("q", "?", AnswerType.BOOLEAN)
BATCH = ("b", "async", "accepted", datetime(2026, 1, 31), 2, False, "run")  # noqa: DTZ001 - the tables hold naive UTC
HOLD = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


def test_reading_creates_nothing(paths: DataPaths) -> None:
    """Without a warehouse a reader gets None, and no file or folder appears."""
    with read_warehouse(paths) as con:
        assert con is None
    assert not paths.data_dir.exists()


def test_the_file_stands_for_what_is_in_it(paths: DataPaths) -> None:
    """Its state is the same until somebody writes, and none where a log beside it holds part of the contents."""
    assert state_of_warehouse(paths) is None
    with warehouse_session(paths) as session:
        assert session.found is None
    made = state_of_warehouse(paths)
    with warehouse_session(paths) as session:
        assert session.found == made is not None
    assert state_of_warehouse(paths) == made
    with open_warehouse(paths) as con:
        con.execute("CREATE TABLE something AS SELECT 1")
    written = state_of_warehouse(paths)
    assert written is not None
    assert written != made
    log_of(paths.warehouse_file).touch()
    assert state_of_warehouse(paths) is None


def test_a_reader_cannot_write(paths: DataPaths) -> None:
    """Once there is a warehouse a reader gets it, read-only."""
    with open_warehouse(paths):
        pass
    with read_warehouse(paths) as con:
        assert con is not None
        with pytest.raises(Exception, match="read-only"):
            con.execute("DELETE FROM signals")


def test_writers_queue(paths: DataPaths) -> None:
    """Four writers at once all get their turn, and no write is lost."""

    def write(number: int) -> None:
        with open_warehouse(paths) as con:
            con.execute("INSERT INTO credit_balances VALUES (NULL, ?)", [number])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open_warehouse(paths) as con:
        assert con.execute("SELECT count(*) FROM credit_balances").fetchall() == [(4,)]


def test_a_foreign_holder_is_named(paths: DataPaths) -> None:
    """Somebody who opened the private file is told by program and process number."""
    with open_warehouse(paths):
        pass
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(paths.warehouse_file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with (
            pytest.raises(StorageError, match=rf"(?s)held by another program.*PID {holder.pid}"),
            open_warehouse(paths),
        ):
            pass
        holder.communicate()


def test_an_unwritable_folder_is_one_sentence(paths: DataPaths) -> None:
    """A file where the warehouse's folder should be gives a StorageError that names it and what to do."""
    paths.data_dir.mkdir()
    paths.warehouse_folder.write_text("")
    with pytest.raises(StorageError, match=r"warehouse cannot be written.*SABER_DATA_DIR"), open_warehouse(paths):
        pass


def test_the_ledgers_tables_are_replaced(paths: DataPaths) -> None:
    """Batches and balances are what the ledger says now; unchanged rows are not written again."""
    with open_warehouse(paths) as con:
        assert replace_rows(con, "batches", [BATCH, (*BATCH[:2], "lost", *BATCH[3:])])
        assert replace_rows(con, "batches", [BATCH])
        assert not replace_rows(con, "batches", [BATCH])
        assert replace_rows(con, "credit_balances", [(datetime(2026, 1, 31), 5)])  # noqa: DTZ001 - naive UTC
        assert con.execute("SELECT * FROM batches").fetchall() == [BATCH]
        assert con.execute("SELECT remaining_credits FROM credit_balances").fetchall() == [(5,)]


def content(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables but the times of loading."""
    names = con.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT temporary").fetchall()
    tables = {}
    for (name,) in names:
        columns = "* EXCLUDE (loaded_at)" if name == "internal.landed_files" else "*"
        tables[name] = con.execute(f"SELECT {columns} FROM {name} ORDER BY ALL").fetchall()  # noqa: S608 - from the catalog
    return tables


def fill(paths: DataPaths) -> None:
    """A warehouse with a bit of everything, loaded in several steps."""
    snapshot(paths.landed_lists(COMPANIES), "one", "a.com")
    with open_warehouse(paths) as con:
        apply_questions(con, [Question("old", "Old?", AnswerType.NUMBER), QUESTION])
        land(paths, "a", [raw_signal("1", None, status="processing")], QUESTION)
        load_landed(con, paths)
        land(paths, "b", [raw_signal("1", boolean(value=True)), b"{"], QUESTION, forced=True)
        apply_questions(con, [QUESTION])
        load_landed(con, paths)
        load_lists(con, paths)
        replace_rows(con, "batches", [BATCH])


def test_what_the_ledger_holds_no_more_leaves_its_table(paths: DataPaths) -> None:
    """Nothing in place of rows empties the table, and is a change once."""
    with open_warehouse(paths) as con:
        assert not replace_rows(con, "batches", [])
        assert replace_rows(con, "batches", [BATCH])
        assert replace_rows(con, "batches", [])
        assert con.execute("SELECT count(*) FROM batches").fetchall() == [(0,)]
        assert not replace_rows(con, "batches", [])


def test_a_rebuild_equals_what_was_there(paths: DataPaths) -> None:
    """From landing and ledger alone every table comes out the same."""
    fill(paths)
    with open_warehouse(paths) as con:
        before = content(con)
    rebuild(paths, [QUESTION], batches=[BATCH])
    with open_warehouse(paths) as con:
        assert content(con) == before
        assert con.execute("SELECT value FROM questions.q").fetchall() == [(True,)]


def test_a_damaged_warehouse_can_be_rebuilt(paths: DataPaths) -> None:
    """A warehouse file that DuckDB cannot open gives a sentence, and a rebuild brings the answers back."""
    fill(paths)
    paths.warehouse_file.write_bytes(b"x" * 8192)
    with pytest.raises(StorageError, match="is damaged"), open_warehouse(paths):
        pass
    rebuild(paths, [QUESTION])
    with open_warehouse(paths) as con:
        assert con.execute("SELECT value FROM questions.q").fetchall() == [(True,)]


def test_a_failed_rebuild_leaves_the_old_warehouse(paths: DataPaths) -> None:
    """With a damaged landed file nothing is swapped in, and no half-built file stays."""
    fill(paths)
    (paths.landed_signals / "b.ndjson.zst").write_bytes(b"damaged")
    with pytest.raises(DamagedLandingError):
        rebuild(paths, [QUESTION])
    with open_warehouse(paths) as con:
        assert con.execute("SELECT value FROM questions.q").fetchall() == [(True,)]
    assert not list(paths.warehouse_folder.glob("rebuilt*"))


def test_a_warehouse_whose_own_tables_stand_in_main_is_made_anew(paths: DataPaths) -> None:
    """A file of before the schema internal is replaced; what it knows of earlier questions is kept."""
    land(paths, "one", [raw_signal("s1", boolean(True))], QUESTION)
    paths.warehouse_folder.mkdir(parents=True, exist_ok=True)
    with connect_to_nothing(paths.warehouse_file) as con:
        con.execute("CREATE TABLE schema_state (signature VARCHAR); INSERT INTO schema_state VALUES ('before')")
        con.execute("CREATE TABLE question_catalog (question_id VARCHAR, answer_type VARCHAR)")
        con.execute("INSERT INTO question_catalog VALUES ('gone', 'list')")
    with open_warehouse(paths) as con:
        told = con.execute("SELECT question_id, answer_type FROM internal.question_catalog").fetchall()
        assert told == [("gone", "list")]
        apply_questions(con, [QUESTION])
        assert load_landed(con, paths).signals_new == 1


def test_nobody_but_the_pipeline_sees_its_own_tables(paths: DataPaths) -> None:
    """What stands in main is for analysts; the rest is in the schema internal."""
    own = {
        *("landed_files", "question_catalog", "list_snapshots", "schema_state", "view_state", "company_sightings"),
        *("companies_to_join", "list_entries", "other_rejected_inputs", "pairs_in_flight"),
    }
    with open_warehouse(paths) as con:
        apply_questions(con, [QUESTION])
        tables = "SELECT table_name FROM duckdb_tables() WHERE schema_name = '{}'"
        assert own <= {name for (name,) in con.execute(tables.format("internal")).fetchall()}
        assert not own & {name for (name,) in con.execute(tables.format("main")).fetchall()}


def test_a_warehouse_with_other_tables_is_made_anew(paths: DataPaths) -> None:
    """A file of another version is replaced by one that the next load fills from landing, without a request."""
    land(paths, "one", [raw_signal("s1", boolean(True))], QUESTION)
    with open_warehouse(paths) as con:
        apply_questions(con, [QUESTION])
        load_landed(con, paths)
        con.execute("UPDATE internal.schema_state SET signature = 'older'")
    with pytest.raises(StorageError, match="another version"), read_warehouse(paths):
        pass
    with open_warehouse(paths) as con:
        assert con.execute("SELECT count(*) FROM signals").fetchall() == [(0,)]
        apply_questions(con, [QUESTION])
        assert load_landed(con, paths).signals_new == 1
    with read_warehouse(paths) as again:
        assert again is not None
        assert again.execute("SELECT signal_id FROM signals").fetchall() == [("s1",)]
