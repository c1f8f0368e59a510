"""What DuckDB says that it wrote is all in which a version can differ, and where that is not known, all is compared."""

from __future__ import annotations

import filecmp
import json
import os
import random
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.warehouse import file_copy, file_renewal
from saber_pipeline.warehouse.file_renewal import renew
from saber_pipeline.warehouse.publish import publish
from saber_pipeline.warehouse.session import open_warehouse, warehouse_session
from saber_pipeline.warehouse.write_journal import WriteJournal, merged
from saber_pipeline_tests.warehouse.test_publish import DUCKDB_14, VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saber_pipeline.warehouse.write_journal import Ranges

ROOT = Path(__file__).parents[2]
CHANGES = (
    "INSERT INTO t SELECT range + {n}, 'text ' || range, random() FROM range({some})",
    "UPDATE t SET b = b || 'x' WHERE a % 97 = {n} % 97",
    "UPDATE t SET a = -a WHERE a % 2 = 0",
    "DELETE FROM t WHERE a % 13 = {n} % 13",
    "CREATE OR REPLACE TABLE u{few} AS FROM t ORDER BY random()",
    "DROP TABLE IF EXISTS u{few}",
    "CHECKPOINT",
)
PUBLISH = "import sys; from saber_pipeline_tests.warehouse.test_write_journal import main; main(sys.argv[1])"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every publication copies the whole file")


def changed(paths: DataPaths, draw: random.Random, *, publishes: bool = True) -> None:
    """A session with some changes, which publishes."""
    with warehouse_session(paths) as session:
        session.con.execute("CREATE TABLE IF NOT EXISTS t (a BIGINT, b VARCHAR, c DOUBLE)")
        session.con.execute("INSERT INTO t VALUES (0, 'always something', 0)")
        for change in draw.choices(CHANGES, k=3):
            session.con.execute(
                change.format(n=draw.randrange(10**6), some=draw.randrange(30_000), few=draw.choice("01"))
            )
        if publishes:
            publish(session)


@contextmanager
def recorded_ranges(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Ranges | None]]:
    """What each publication was told that was written, where blocks cannot be shared."""
    found: list[Ranges | None] = []

    def noted(copy: Path, source: Path, written: Ranges | None) -> int | None:
        found.append(written)
        return renew(copy, source, written)

    with monkeypatch.context() as patch:
        patch.setattr(file_copy, "_shared_blocks", lambda *_: False)
        patch.setattr(file_copy, "renew", noted)
        yield found


def main(folder: str) -> None:
    """Publish after many changes, some of them in sessions that do not publish, and compare each time."""
    paths, draw = DataPaths(Path(folder)), random.Random(3)  # noqa: S311 - the same changes every time
    with recorded_ranges(pytest.MonkeyPatch()) as ranges:
        for number in range(9):
            if number % 2:
                changed(paths, draw, publishes=False)
            changed(paths, draw)
            assert filecmp.cmp(paths.answers_file.resolve(), paths.warehouse_file, shallow=False), number
        assert len(ranges) == 7
        assert all(ranges)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.slow
def test_every_version_is_the_warehouse(paths: DataPaths, version: str) -> None:
    """After loads, updates, deletes and rewritten tables what DuckDB named is enough, in 1.4 and 2.x."""
    path = os.pathsep.join([str(DUCKDB_14), str(ROOT)] if version == "1.4" else [str(ROOT)])
    script = "import duckdb; print(duckdb.__version__);" + PUBLISH
    ran = subprocess.run(
        [sys.executable, "-c", script, str(paths.data_dir)],
        env={**os.environ, "PYTHONPATH": path},
        check=True,
        capture_output=True,
        text=True,
    )
    assert ran.stdout.startswith(version)
    assert "did not report" not in ran.stderr


@pytest.mark.parametrize(
    "how", ["another program", "a session that fails", "somebody in the version", "a lost journal"]
)
def test_what_nobody_noted_is_looked_for(paths: DataPaths, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever else wrote into either file, the next publication compares all of it and is the warehouse."""
    draw = random.Random(3)  # noqa: S311 - likewise
    for _ in range(3):
        changed(paths, draw)
    if how == "another program":
        with duckdb.connect(str(paths.warehouse_file)) as con:
            con.execute("UPDATE t SET a = 1 - a")
            con.execute("FORCE CHECKPOINT")
    elif how == "a session that fails":
        with suppress(ZeroDivisionError), open_warehouse(paths) as con:
            con.execute("CREATE TABLE more AS FROM range(9)")
            raise ZeroDivisionError
    elif how == "somebody in the version":
        with (paths.versions / "2.duckdb").open("r+b") as file:
            file.seek(paths.warehouse_file.stat().st_size // 2)
            file.write(b"x")
    else:
        (paths.warehouse_folder / "warehouse.written.json").write_text("{")
    with recorded_ranges(monkeypatch) as ranges:
        changed(paths, draw)
        assert ranges == [None]
        assert filecmp.cmp(paths.answers_file.resolve(), paths.warehouse_file, shallow=False)
        changed(paths, draw)
        changed(paths, draw)
        assert ranges[2]  # of the version that was made after it


def test_a_write_that_was_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Parts are compared although nothing was written there; where one differs, all is compared, and a line says so."""
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(b"new" * 100_000)
    copy.write_bytes(b"old" * 100_000)
    monkeypatch.setattr(file_renewal, "TRIED_EVERY", 2)
    assert renew(copy, source, [(0, 5), (9, 12)]) is not None
    assert copy.read_bytes() == source.read_bytes()
    assert "did not report all its writes" in caplog.text


def test_only_what_was_written_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges, and what the source is longer by; of a source that is shorter, nothing beyond its end."""
    monkeypatch.setattr(file_renewal, "_some_parts", lambda _size: [])
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(b"0123456789")
    copy.write_bytes(b"abcdef")
    assert renew(copy, source, [(1, 3)]) == 6
    assert copy.read_bytes() == b"a12def6789"
    source.write_bytes(b"XYZ")
    assert renew(copy, source, [(2, 9)]) == 1
    assert copy.read_bytes() == b"a1Z"


def test_a_session_that_writes_nothing_changes_nothing(paths: DataPaths) -> None:
    """Looking into the warehouse leaves file and journal as they were, so that nothing new is published."""
    draw = random.Random(3)  # noqa: S311 - likewise
    changed(paths, draw)
    before = WriteJournal.of(paths.warehouse_file)
    noted = (paths.warehouse_folder / "warehouse.written.json").read_text()
    with open_warehouse(paths) as con:
        con.execute("FROM t").fetchall()
    assert json.loads((paths.warehouse_folder / "warehouse.written.json").read_text()) == json.loads(noted)
    assert before.written_since(paths.versions / "1.duckdb") == [(0, 12_288)]
    with warehouse_session(paths) as session:
        assert not publish(session).changed


def test_ranges_are_merged() -> None:
    """Parts that meet or overlap are one, in order."""
    assert merged([(8, 9), (0, 3), (3, 5), (4, 6), (1, 2)]) == [(0, 6), (8, 9)]
