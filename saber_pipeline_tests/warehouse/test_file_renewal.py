"""A publication writes what changed: over the version that goes, byte for byte, and never where somebody sees it."""

from __future__ import annotations

import fcntl
import filecmp
import mmap
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.warehouse import file_copy, file_renewal
from saber_pipeline.warehouse.file_copy import copy_file
from saber_pipeline.warehouse.file_renewal import COMPARED_BYTES, renew
from saber_pipeline_tests.warehouse.test_publish import VERSIONS, count_signals, holder, publish_signals

CHANGES = (
    "INSERT INTO t SELECT range + {n}, 'text ' || range, random() FROM range({some})",
    "UPDATE t SET b = b || 'x' WHERE a % 97 = {n} % 97",
    "DELETE FROM t WHERE a % 13 = {n} % 13",
    "CREATE OR REPLACE TABLE u{few} AS FROM t ORDER BY random()",
    "DROP TABLE IF EXISTS u{few}",
    "VACUUM",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every publication copies the whole file")


def _change(source: Path, draw: random.Random, orders: int, attach: str = "") -> None:
    with duckdb.connect() as con:
        con.execute("SET force_mbedtls_unsafe = 'true'")  # for the encrypted one, without an extension to download
        con.execute(f"ATTACH '{source}' AS w (STORAGE_VERSION 'v1.4.0'{attach})")
        con.execute("USE w")
        con.execute("CREATE TABLE IF NOT EXISTS t (a BIGINT, b VARCHAR, c DOUBLE)")
        for _ in range(orders):
            order = draw.choice(CHANGES)
            con.execute(order.format(n=draw.randrange(10**6), some=draw.randrange(30_000), few=draw.randrange(3)))
        con.execute("CHECKPOINT")


@pytest.mark.parametrize("attach", ["", ", ENCRYPTION_KEY 'a key of a test'"], ids=["plain", "encrypted"])
def test_the_copy_is_the_source_after_any_changes(tmp_path: Path, attach: str) -> None:
    """Loads, updates, deletes, rewritten tables, vacuums: what two publications changed is all that is written."""
    draw = random.Random(5)  # noqa: S311 - the same changes every time
    source, copies = tmp_path / "source", [tmp_path / "even", tmp_path / "odd"]
    for number in range(8):
        _change(source, draw, 3, attach)
        copy = copies[number % 2]
        if copy.exists():
            assert renew(copy, source) is not None
        else:
            shutil.copyfile(source, copy)
        assert filecmp.cmp(copy, source, shallow=False), number


def test_a_few_rows_more_write_a_few_blocks(tmp_path: Path) -> None:
    """Of a file that hardly changed, hardly anything is written."""
    source, copy = tmp_path / "source", tmp_path / "copy"
    with duckdb.connect(str(source)) as con:
        con.execute("CREATE TABLE t AS SELECT range AS a, md5(range::VARCHAR) AS b FROM range(400000)")
    shutil.copyfile(source, copy)
    with duckdb.connect(str(source)) as con:
        con.execute("INSERT INTO t SELECT range, 'new' FROM range(100)")
    written = renew(copy, source)
    assert written is not None
    assert 0 < written < source.stat().st_size / 4
    assert filecmp.cmp(copy, source, shallow=False)


def test_a_block_whose_parts_change_places_is_written(tmp_path: Path) -> None:
    """DuckDB's checksum of a block cannot tell it from what it was, and that it cannot is why bytes are compared."""
    source, copy = tmp_path / "source", tmp_path / "copy"
    with duckdb.connect(str(source)) as con:
        con.execute("SET force_compression = 'uncompressed'")
        con.execute("CREATE TABLE t AS SELECT 10_000_000_000 + range AS a FROM range(50000)")
    shutil.copyfile(source, copy)
    values = [(10_000_000_000 + number).to_bytes(8, "little") for number in (70, 71)]
    source.write_bytes(source.read_bytes().replace(values[0] + values[1], values[1] + values[0], 1))
    with duckdb.connect(str(source), read_only=True) as con:  # it checks the checksum of every block that it reads
        changed = con.execute("SELECT rowid, a FROM t WHERE a <> 10_000_000_000 + rowid ORDER BY 1").fetchall()
    assert changed == [(70, 10_000_000_071), (71, 10_000_000_070)]
    assert renew(copy, source) == file_renewal.WRITTEN_BYTES
    assert filecmp.cmp(copy, source, shallow=False)


@pytest.mark.parametrize("size", [0, 1, COMPARED_BYTES - 1, COMPARED_BYTES, 2 * COMPARED_BYTES + 5])
@pytest.mark.parametrize("before", [0, 1, COMPARED_BYTES, 3 * COMPARED_BYTES])
def test_sizes_may_differ(tmp_path: Path, size: int, before: int) -> None:
    """A file that grew or shrank, to whatever length, is the source afterwards."""
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(os.urandom(size))
    copy.write_bytes(os.urandom(before))
    assert renew(copy, source) == size
    assert copy.read_bytes() == source.read_bytes()


@pytest.mark.parametrize("how", ["opened", "mapped", "by another process", "under another name"])
def test_a_copy_that_somebody_has_is_left_alone(tmp_path: Path, how: str) -> None:
    """Whoever has it, this process too, and whether or not they lock it: not a byte changes under them."""
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(b"new")
    copy.write_bytes(b"old")
    process = None
    with copy.open("rb") as opened:
        if how == "by another process":
            process = subprocess.Popen(["sleep", "60"], stdin=opened)
        mapped = mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) if how == "mapped" else None
        if how == "under another name":
            os.link(copy, tmp_path / "kept")
        if how != "opened":
            opened.close()
        assert renew(copy, source) is None
    assert copy.read_bytes() == b"old"
    if mapped is not None:
        mapped.close()
    if process is not None:
        process.kill()
        process.wait()
    (tmp_path / "kept").unlink(missing_ok=True)
    assert renew(copy, source) == len(b"new")


@pytest.fixture
def _no_shared_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a file system that cannot share them: where it can, nothing needs renewing."""
    monkeypatch.setattr(file_copy, "_shared_blocks", lambda *_: False)


@pytest.mark.usefixtures("_no_shared_blocks")
def test_a_publication_writes_over_the_version_that_goes(paths: DataPaths) -> None:
    """From the third on its file is that of the version before the last, and it equals the warehouse."""
    for number in ("1", "2"):
        publish_signals(paths, number)
    going = (paths.versions / "1.duckdb").stat().st_ino
    assert publish_signals(paths, "3").changed
    assert (paths.versions / "3.duckdb").stat().st_ino == going
    assert filecmp.cmp(paths.versions / "3.duckdb", paths.warehouse_file, shallow=False)
    assert sorted(path.name for path in paths.versions.iterdir()) == ["2.duckdb", "3.duckdb", "published.json"]
    assert count_signals(paths) == 3


@pytest.mark.usefixtures("_no_shared_blocks")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.slow
def test_a_version_that_is_read_is_copied_instead(paths: DataPaths, version: str) -> None:
    """Somebody with the oldest version open keeps it as it was, and the new one is a file of its own."""
    publish_signals(paths, "1")
    with holder(paths, version, "read") as ask:
        held = paths.answers_file.resolve().stat().st_ino
        for number in ("2", "3", "4"):
            publish_signals(paths, number)
            assert paths.answers_file.resolve().stat().st_ino != held
        assert ask("rows") == "rows 1"
    assert count_signals(paths) == 4


@pytest.mark.usefixtures("_no_shared_blocks")
def test_what_the_link_leads_to_is_never_written_over(paths: DataPaths) -> None:
    """After a crash between copy and switch the version that analysts see is the oldest but one, and stays."""
    for number in ("1", "2"):
        publish_signals(paths, number)
    shutil.copyfile(paths.versions / "2.duckdb", paths.versions / "3.duckdb")  # made, and not switched to
    (paths.versions / "1.duckdb").unlink()
    seen = paths.answers_file.resolve().stat().st_ino
    assert publish_signals(paths, "3").number == 4
    assert (paths.versions / "4.duckdb").stat().st_ino != seen
    assert count_signals(paths) == 3


KILLED = """
import os, signal, sys
from pathlib import Path
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.warehouse import file_copy, file_renewal
from saber_pipeline_tests.warehouse.test_publish import publish_signals
file_copy._shared_blocks = lambda *_: False
write, left = file_renewal._write, int(sys.argv[2])
def dying(*arguments):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    write(*arguments)
file_renewal._write = dying
publish_signals(DataPaths(Path(sys.argv[1])), "3")
"""


@pytest.mark.usefixtures("_no_shared_blocks")
def test_a_kill_in_the_middle_publishes_nothing(paths: DataPaths) -> None:
    """Analysts keep the version they had, whole; the next publication makes the new one."""
    for number in ("1", "2"):
        publish_signals(paths, number)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(paths.data_dir), "1"], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert sorted(path.name for path in paths.versions.glob("*.duckdb")) == ["2.duckdb"]
    assert count_signals(paths) == 2
    assert publish_signals(paths, "3").changed
    assert filecmp.cmp(paths.answers_file.resolve(), paths.warehouse_file, shallow=False)
    assert count_signals(paths) == 3


@pytest.mark.usefixtures("_no_shared_blocks")
def test_without_leases_everything_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system cannot tell whether somebody has a file open, an older copy is nobody's to change."""
    source, spare, target = tmp_path / "source", tmp_path / "spare", tmp_path / "target"
    source.write_bytes(b"new")
    spare.write_bytes(b"old")
    inode = spare.stat().st_ino
    monkeypatch.delattr(fcntl, "F_SETLEASE")
    with spare.open("rb") as held:
        copy_file(source, target, spare=spare)
        assert held.read() == b"old"
    assert target.read_bytes() == b"new"
    assert target.stat().st_ino != inode
