"""The published tables as Parquet in the object store: whole, only what is new, and never half of anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from saber_pipeline.config.questions.catalog import load_questions
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.runs.parquet_tables import export_newest
from saber_pipeline.runs.publication import rebuild_answers
from saber_pipeline.store import export_manifest
from saber_pipeline.store.export_manifest import MANIFEST, read_manifest
from saber_pipeline.store.object_store import ObjectStore
from saber_pipeline.warehouse.exported_tables import BY_DAY, LISTS, ExportedVersion
from saber_pipeline.warehouse.shared_exports import KEPT, ExportSummary, export_tables
from saber_pipeline.warehouse.sql import identifier, literal
from saber_pipeline_tests.testbed.world import CLOUD, DAY_SECONDS, SIZE, World, domains

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saber_pipeline.config.secrets import LedgerAddress, StoreAddress
    from saber_pipeline.store.export_manifest import Manifest
    from saber_pipeline_tests.testbed.fixtures import StartWorld

DUCKDB_14 = Path(__file__).parents[2] / ".duckdb14"
needs_duckdb_14 = pytest.mark.skipif(
    not DUCKDB_14.is_dir(), reason="DuckDB 1.4 is not in .duckdb14; make test puts it there"
)
QUESTIONS = Path(__file__).parents[2] / "data" / "questions.yaml"
TABLES = f"""
    SELECT table_name FROM duckdb_tables() WHERE database_name = 'answers' AND schema_name = 'main'
    UNION ALL SELECT unnest({list(LISTS)!r})
"""  # noqa: S608 - names of ours


@pytest.fixture
def world_ledger(new_address: LedgerAddress) -> LedgerAddress:
    """Every world here has its ledger in the database."""
    return new_address


@pytest.fixture
def world(start: StartWorld, store_address: StoreAddress) -> World:
    """A machine that exports after each publication."""
    world = start(not_known_share=0.1)
    world.store_address = store_address
    world.settings_changed = {"store_exports": "parquet"}
    return world


def store_of(world: World) -> ObjectStore:
    assert world.store_address is not None
    return ObjectStore(world.store_address)


def manifest_of(world: World) -> Manifest:
    return read_manifest(store_of(world))


def files_of(world: World) -> set[str]:
    """The Parquet files that are in the store, named or not."""
    return {each.name for each in store_of(world).list("exports") if each.name.endswith(".parquet")}


def fetched(world: World, folder: Path, manifest: Manifest | None = None) -> dict[str, list[str]]:
    """By table, copies of the files that the manifest names."""
    found: dict[str, list[str]] = {}
    for name, table in (manifest or manifest_of(world)).tables.items():
        for each in table.files:
            target = folder / each.file
            assert store_of(world).fetch(each.file, target)
            assert target.stat().st_size == each.bytes
            found.setdefault(name, []).append(str(target))
    return found


def check_equal(world: World, folder: Path, version: Path | None = None) -> None:
    """Every table's files together are the table of the published version, both ways, and no table is missing."""
    files = fetched(world, folder)
    manifest = manifest_of(world)
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"ATTACH {literal(str(version or world.paths.answers_file.resolve()))} AS answers (READ_ONLY)")
        assert {name for (name,) in con.execute(TABLES).fetchall()} == files.keys()
        for name, paths in files.items():
            told, table = f"read_parquet({paths!r}, hive_partitioning = false)", f"answers.main.{identifier(name)}"
            columns = [column for column, *_ in con.execute(f"DESCRIBE {table}").fetchall()]
            assert [column for column, *_ in con.execute(f"DESCRIBE FROM {told}").fetchall()] == columns
            assert [column.name for column in manifest.tables[name].columns] == columns
            for one, other in ((told, table), (table, told)):
                differing = con.execute(
                    f"SELECT count(*) FROM (SELECT * FROM {one} EXCEPT ALL SELECT * FROM {other})"  # noqa: S608 - quoted
                ).fetchall()
                assert differing == [(0,)], name
            ((rows,),) = con.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608 - quoted
            assert sum(each.rows for each in manifest.tables[name].files) == rows, name


def changed(before: Manifest, after: Manifest) -> dict[str, set[str | None]]:
    """By table, the days whose files are others than before."""
    old = {each.file for each in before.files()}
    found = {name: {each.day for each in table.files if each.file not in old} for name, table in after.tables.items()}
    return {name: days for name, days in found.items() if days}


@pytest.mark.slow
def test_files_are_the_tables(world: World, tmp_path: Path) -> None:
    """Of every answer type: all files of the manifest together are the published tables, with names and comments."""
    world.questions = load_questions(QUESTIONS).questions
    asked = tuple(question for question in world.questions if question.about is COMPANIES.about and not question.ask_if)
    world.write_list([*domains(5), "no domain at all"])
    world.run(*asked)
    check_equal(world, tmp_path)
    manifest = manifest_of(world)
    by_day = {name for name, table in manifest.tables.items() if any(each.day for each in table.files)}
    assert {"signals", "sources", "answers_currency", "answers_json_schema", "answers_contacts"} <= by_day
    assert {each.comment for each in manifest.tables["signals"].columns} >= {"The API's id of the signal."}
    assert manifest.answers == int(world.paths.answers_file.resolve().stem)


@pytest.mark.slow
def test_types_for_other_readers(world: World, tmp_path: Path) -> None:
    """pyarrow and pandas read decimals, structs, lists and times as such, and JSON as text."""
    world.questions = load_questions(QUESTIONS).questions
    kept = {"annual_revenue", "funding", "decision_makers", "main_products"}
    world.write_list(domains(4))
    world.run(*(question for question in world.questions if question.key in kept))
    files = fetched(world, tmp_path)
    amounts = pq.read_table(files["answers_currency"], partitioning=None)
    assert str(amounts.schema.field("value").type) == "decimal128(38, 4)"
    assert str(amounts.schema.field("completed_at").type) == "timestamp[us]"
    assert str(pq.read_table(files["answers_json_schema"], partitioning=None).schema.field("value").type) == "string"
    people = pq.read_table(files["answers_contacts"], partitioning=None)
    assert str(people.schema.field("positions").type).startswith("list<element: struct<")
    frame = pd.concat(pd.read_parquet(file, partitioning=None) for file in files["answers_json_schema"])
    assert all(isinstance(json.loads(text), dict) for text in frame["value"])


@pytest.mark.slow
@needs_duckdb_14
def test_with_the_oldest_duckdb(world: World, tmp_path: Path) -> None:
    """DuckDB 1.4 exports the same files, and reads them as the tables that they are."""
    world.write_list(domains(4))
    world.settings_changed = {}
    world.run(SIZE, CLOUD)
    assert world.store_address is not None
    version = world.paths.answers_file.resolve()
    code = f"""
import datetime, duckdb, pathlib
from saber_pipeline.config.secrets import StoreAddress
from saber_pipeline.warehouse.shared_exports import export_tables
assert duckdb.__version__.startswith("1.4"), duckdb.__version__
address = StoreAddress({world.store_address.reveal()!r}, {world.store_address.options!r})
now = datetime.datetime.now(datetime.timezone.utc)
print(export_tables(address, pathlib.Path({str(version)!r}), {int(version.stem)}, now=now).written)
"""
    environment = os.environ | {"PYTHONPATH": str(DUCKDB_14)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len(list(manifest_of(world).files()))
    check_equal(world, tmp_path)
    files = fetched(world, tmp_path)["signals"]
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; print(duckdb.read_parquet(sys.argv[1:]).count('*').fetchall())",
            *files,
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "[(8,)]\n"


def test_only_the_days_that_changed(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run reads and writes its own day alone, and no other day's files."""
    looked_at: list[Sequence[str]] = []
    choose = ExportedVersion.choose

    def noted(version: ExportedVersion, days: Sequence[str]) -> None:
        looked_at.append(days)
        choose(version, days)

    monkeypatch.setattr(ExportedVersion, "choose", noted)
    world.write_list(domains(4))
    world.run(SIZE)
    first = manifest_of(world)
    (first_day,) = {each.day for each in first.tables["signals"].files}
    world.clock.advance(2 * DAY_SECONDS)
    world.write_list(domains(6))
    world.run(SIZE)
    second = manifest_of(world)
    assert second.number == first.number + 1
    days = changed(first, second)
    assert first_day not in {day for each in days.values() for day in each}
    assert [set(days) for days in looked_at] == [{first_day}, days["signals"]]
    assert {each.day for each in second.tables["signals"].files} == {first_day, *days["signals"]}
    assert not {"answers_boolean", "truth", "reviews", "companies", "templates"} & days.keys()
    assert {"domains", "list_rows"} <= days.keys()
    check_equal(world, tmp_path)


@pytest.mark.slow
def test_answers_that_are_asked_again(world: World, tmp_path: Path) -> None:
    """Newer answers get files of their own day; a question that is renamed gets new files of all of its days."""
    world.write_list(domains(3))
    world.run(SIZE)
    first = manifest_of(world)
    world.purchases_allowed = 2
    world.clock.advance(DAY_SECONDS)
    world.run(SIZE, force=True)
    check_equal(world, tmp_path)
    second = manifest_of(world)
    assert len(changed(first, second)["signals"]) == 1
    renamed = tuple(replace(question, key=f"{question.key}_now") for question in world.questions)
    replace(world, questions=renamed, _runs=50).run(renamed[0])
    check_equal(world, tmp_path / "renamed")
    assert changed(second, manifest_of(world))["signals"] == {each.day for each in second.tables["signals"].files}


@pytest.mark.slow
def test_rows_that_are_replaced_or_deleted(world: World, tmp_path: Path) -> None:
    """Files follow a signal that one of another day replaces, one that goes, and one that is changed in place."""
    world.write_list(domains(4))
    world.run(SIZE)
    world.clock.advance(DAY_SECONDS)
    world.run(CLOUD)
    before = manifest_of(world)
    first_day, second_day = sorted(each.day or "" for each in before.tables["signals"].files)
    ours = "(SELECT signal_id FROM signals WHERE completed_at < $second"
    moved = f"UPDATE signals SET completed_at = $second, landed_file = 'other' WHERE signal_id IN {ours} LIMIT 1)"  # noqa: S608 - ours
    gone = [f"DELETE FROM {table} WHERE signal_id IN {ours})" for table in (*BY_DAY[1:], "signals")]  # noqa: S608 - ours
    changes = {
        moved: {first_day, second_day},
        "; ".join(gone): {first_day},
        "UPDATE signals SET force_refreshed = true": {second_day},
        "UPDATE signals SET company = '{}' WHERE signal_id = (SELECT min(signal_id) FROM signals)": {second_day},
    }
    version = world.paths.answers_file.resolve().read_bytes()
    assert world.store_address is not None
    for number, (sql, days) in enumerate(changes.items(), before.answers + 1):
        file = tmp_path / f"{number}.duckdb"
        file.write_bytes(version)
        with duckdb.connect(str(file)) as con:
            con.execute(sql.replace("$second", literal(second_day)))
        version = file.read_bytes()
        export_tables(world.store_address, file, number, now=datetime.now(UTC))
        after = manifest_of(world)
        check_equal(world, tmp_path / str(number), file)
        old, new = (set(each.tables["signals"].files) for each in (before, after))
        assert {each.day for each in old ^ new} == days, sql
        before = after


@pytest.mark.slow
def test_lists_that_go(world: World, tmp_path: Path) -> None:
    """Rows that are gone from a table are gone from its files; an empty table has one file, without rows."""
    world.write_list(domains(3))
    world.write_list([*domains(2), "nobody"], name="others")
    world.run(SIZE, lists=("accounts", "others"))
    assert sum(each.rows for each in manifest_of(world).tables["rejected_inputs"].files) == 1
    (world.paths.lists(COMPANIES) / "others.csv").write_text("domain\nacme.com\n", "utf-8")
    world.run(SIZE, lists=("accounts", "others"))
    (empty,) = manifest_of(world).tables["rejected_inputs"].files
    assert empty.rows == 0
    check_equal(world, tmp_path)


@pytest.mark.slow
def test_nothing_new(world: World) -> None:
    """The same version is not exported again, and one that is rebuilt writes no file whose rows are the same."""
    world.write_list(domains(3))
    world.run(SIZE, CLOUD)
    before, objects = manifest_of(world), files_of(world)
    assert export_newest(world.settings) == ExportSummary(before.answers, kept=len(list(before.files())))
    rebuild_answers(world.settings, world.questions)
    after = manifest_of(world)
    assert after.answers > before.answers
    assert list(after.files()) == list(before.files())
    assert files_of(world) == objects


@pytest.mark.slow
def test_a_writer_that_is_killed(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between files and manifest it leaves the old version whole; the next one goes on, and tidies up later."""
    world.write_list(domains(3))
    world.run(SIZE)
    before, version = manifest_of(world), world.paths.answers_file.resolve()
    kept = tmp_path / "kept.duckdb"
    kept.write_bytes(version.read_bytes())
    write = ObjectStore.replace

    def die_at_the_manifest(store: ObjectStore, name: str, content: bytes, tag: Any) -> Any:
        if name == MANIFEST:
            raise KeyboardInterrupt
        return write(store, name, content, tag)

    monkeypatch.setattr(ObjectStore, "replace", die_at_the_manifest)
    with suppress(KeyboardInterrupt):
        world.run(CLOUD)
    monkeypatch.undo()
    assert manifest_of(world) == before
    check_equal(world, tmp_path / "old", kept)
    left = files_of(world) - {each.file for each in before.files()}
    assert left
    assert export_newest(world.settings).written > 0
    check_equal(world, tmp_path / "new")
    assert left <= files_of(world)
    later = datetime.now(UTC) + KEPT + timedelta(hours=1)
    export_again(world, later, checks_files=True)
    assert files_of(world) == {each.file for each in manifest_of(world).files()}
    check_equal(world, tmp_path / "later")


def export_again(world: World, now: datetime, *, checks_files: bool = False) -> ExportSummary:
    """Export the version that analysts have here, at some time."""
    assert world.store_address is not None
    version = world.paths.answers_file.resolve()
    return export_tables(world.store_address, version, int(version.stem), now=now, checks_files=checks_files)


@pytest.mark.slow
def test_readers_of_the_old_manifest(world: World, tmp_path: Path) -> None:
    """What is replaced stays readable for a day; an export after that removes it."""
    world.write_list(domains(3))
    world.run(SIZE)
    before = manifest_of(world)
    world.run(CLOUD)
    fetched(world, tmp_path, before)
    gone = {each.file for each in before.files()} - {each.file for each in manifest_of(world).files()}
    assert gone == manifest_of(world).replaced.keys()
    export_again(world, datetime.now(UTC) + KEPT + timedelta(hours=1), checks_files=True)
    assert not gone & files_of(world)
    assert not manifest_of(world).replaced
    check_equal(world, tmp_path / "now")


@pytest.mark.slow
def test_a_file_that_somebody_removed(world: World, tmp_path: Path) -> None:
    """The command finds that it is not there, and writes it again."""
    world.write_list(domains(3))
    world.run(SIZE)
    files = [table.files[0].file for name, table in manifest_of(world).tables.items() if name in {"signals", "domains"}]
    store_of(world).delete(files)
    assert export_newest(world.settings).written == 2
    check_equal(world, tmp_path)


@pytest.mark.slow
def test_another_one_is_first(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two export at once: who comes second goes on from the other's manifest, or leaves it if that is newer."""
    world.write_list(domains(3))
    world.run(SIZE)
    write, first = export_manifest.write_manifest, manifest_of(world)

    def meanwhile(answers: int) -> Any:
        def written(store: ObjectStore, manifest: Manifest, *, now: datetime) -> bool:
            monkeypatch.undo()
            assert write(store, replace(first, number=first.number + 1, answers=answers), now=now)
            return write(store, manifest, now=now)

        return written

    place = "saber_pipeline.warehouse.shared_exports.write_manifest"
    monkeypatch.setattr(place, meanwhile(first.answers))
    world.run(CLOUD)
    second = manifest_of(world)
    assert second.number == first.number + 2
    check_equal(world, tmp_path)
    named = {each.file for each in second.files()} | second.replaced.keys()
    assert files_of(world) == named
    first = second
    monkeypatch.setattr(place, meanwhile(first.answers + 5))
    world.clock.advance(DAY_SECONDS)
    world.write_list(domains(5))
    world.run(SIZE)
    assert manifest_of(world).answers == first.answers + 5
    assert files_of(world) == named


@pytest.mark.slow
def test_the_store_is_away_at_the_export(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """The run has published and ends well, with a warning; the command writes what is missing."""
    world.write_list(domains(2))

    def away(_store: ObjectStore) -> Manifest:
        raise store_of(world).failure("away")

    monkeypatch.setattr("saber_pipeline.warehouse.shared_exports.read_manifest", away)
    assert world.run(SIZE).outcomes.adds_up
    monkeypatch.undo()
    assert "`saber-pipeline answers export`" in caplog.text
    assert manifest_of(world).number == 0
    export_newest(world.settings)
    check_equal(world, tmp_path)


def test_not_asked_for(world: World) -> None:
    """Without the setting no table is exported."""
    world.settings_changed = {}
    world.write_list(domains(2))
    world.run(SIZE)
    assert not files_of(world)
