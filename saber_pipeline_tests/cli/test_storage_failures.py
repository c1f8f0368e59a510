"""When the storage fails: one sentence with what, cost and cure, in runs, ``doctor`` and ``rebuild``; no traceback."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.errors import StorageError
from saber_pipeline.ledger import store
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.storage_failures import as_storage_failures
from saber_pipeline_tests.cli.conftest import enter
from saber_pipeline_tests.cli.test_doctor import findings
from saber_pipeline_tests.cli.typed_commands import PATIENCE_SECONDS, Typed, saber_pipeline
from saber_pipeline_tests.command_line.project import Project

KEPT = "Everything that was bought is recorded and is not bought again. Analysts keep the answers they had."
BLOCK_BYTES = 262_144
HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def paths_of(project: Project) -> DataPaths:
    return DataPaths(project.folder / "data")


@contextlib.contextmanager
def ledger_held(project: Project) -> Iterator[int]:
    """Another process is in the middle of writing the ledger; its id."""
    file = str(paths_of(project).ledger_file)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder.pid
        finally:
            holder.communicate(timeout=PATIENCE_SECONDS)


@contextlib.contextmanager
def small_disk(folder: Path, size: str = "400k") -> Iterator[None]:
    """``folder`` is a file system of so many bytes. Skips the test where nothing may be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "small", str(folder)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("nothing may be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """``folder`` cannot be written, by root neither. Skips the test where that cannot be had."""
    if os.geteuid():
        before = folder.stat().st_mode
        folder.chmod(0o500)
        try:
            yield
        finally:
            folder.chmod(before)
        return
    with contextlib.ExitStack() as stack:
        for command in (["mount", "--bind", folder, folder], ["mount", "-o", "remount,bind,ro", folder]):
            if subprocess.run(list(map(str, command)), check=False, capture_output=True).returncode:
                pytest.skip("nothing may be mounted here")
            if "--bind" in command:
                stack.callback(subprocess.run, ["umount", "-l", str(folder)], check=True)
        yield


def limited(project: Project, most_bytes: int, *arguments: str) -> tuple[int, str]:
    """A command whose files may have so many bytes: exit code, and stdout with stderr."""
    code = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({most_bytes}, {most_bytes})); "
        f"sys.argv = {['saber-pipeline', *arguments]}; from saber_pipeline.cli import main; main()"
    )
    ended = project.run("python", "-c", code)
    return ended.exit_code, ended.printed


def damage(file: Path) -> None:
    """Flip a byte in the middle of every block but the headers'."""
    content = bytearray(file.read_bytes())
    for place in range(12_288 + BLOCK_BYTES // 2, len(content), BLOCK_BYTES):
        for each in range(place, min(place + BLOCK_BYTES // 2, len(content)), 4096):
            content[each] ^= 0xFF
    file.write_bytes(content)


def one_sentence(ended: Typed, *words: str) -> None:
    """The command failed, and says these words once, on one line, without a traceback."""
    assert ended.exit_code == 1, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    line = next(line for line in ended.stderr.splitlines() if line.startswith("Error: "))
    for word in words:
        assert word in line, ended.stderr


@pytest.fixture
def answered(project: Project) -> Project:
    """A project whose lists are answered."""
    ended = saber_pipeline("run", "--yes")
    assert ended.exit_code == 0, ended.stderr
    return project


@pytest.mark.slow
def test_a_damaged_block_of_the_warehouse(answered: Project, sandbox: RunningSandbox) -> None:
    """A run says that the warehouse is damaged and buys nothing, so does doctor, and rebuild mends it unpaid."""
    damage(paths_of(answered).warehouse_file)
    answered.write_list("accounts", ["acme.com", "globex.com", "initech.com", "umbrella.com"])
    bought = sandbox.books()["signals"]
    one_sentence(saber_pipeline("run", "accounts", "--yes"), "warehouse", "saber-pipeline rebuild")
    assert sandbox.books()["signals"] == bought
    found = findings(1)["warehouse"]
    assert (found["verdict"], "saber-pipeline rebuild" in found["found"] + found["to_do"]) == ("problem", True)
    rebuilt = saber_pipeline("rebuild")
    assert rebuilt.exit_code == 0, rebuilt.stderr
    assert findings(0)["warehouse"]["verdict"] == "ok"
    assert answered.query("SELECT count(*) FROM latest_answers") == [(bought,)]


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("command", [("run", "accounts", "--yes"), ("rebuild",)], ids=["run", "rebuild"])
@pytest.mark.slow
def test_a_ledger_that_another_program_holds(
    answered: Project, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """After its patience a command says that the ledger is held, and by whom; nothing is bought."""
    monkeypatch.setattr(store, "BUSY_TIMEOUT_SECONDS", 0.3)
    answered.write_list("accounts", ["acme.com", "globex.com", "initech.com", "umbrella.com"])
    bought = sandbox.books()["signals"]
    with ledger_held(answered):
        one_sentence(saber_pipeline(*command), str(paths_of(answered).ledger_file), "is held by another program", KEPT)
    assert sandbox.books()["signals"] == bought
    assert saber_pipeline(*command).exit_code == 0


@pytest.mark.slow
def test_doctor_names_who_holds_the_ledger(answered: Project) -> None:
    """A ledger that is being written by another program for seconds is a problem, with the process's id."""
    with ledger_held(answered) as process_id:
        found = findings(1)["ledger"]
    assert found["verdict"] == "problem"
    assert f"process {process_id}" in found["found"]
    assert findings(0)["ledger"]["verdict"] == "ok"


@pytest.mark.slow
def test_a_ledger_that_is_no_database(answered: Project) -> None:
    """A damaged ledger is called that everywhere, and comes back from the backup: none is made anew in silence."""
    file = paths_of(answered).ledger_file
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(file.read_bytes())
    content[:4096] = b"x" * 4096
    file.write_bytes(content)
    for command in (("run", "accounts", "--yes"), ("rebuild",), ("status",)):
        one_sentence(saber_pipeline(*command), str(file), "backup")
    assert findings(1)["ledger"]["verdict"] == "problem"


@pytest.mark.slow
def test_a_full_disk(tmp_path: Path, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a disk without room a run, rebuild and doctor each say so; what was bought before is not bought again."""
    folder = tmp_path / "small"
    project = enter(folder, sandbox.base_url, monkeypatch)
    assert saber_pipeline("run", "accounts", "--yes").exit_code == 0
    bought = sandbox.books()["signals"]
    landing = paths_of(project).data_dir / "room"
    with small_disk(landing):
        # The data directory moves onto the small disk, and fills it.
        monkeypatch.setenv("SABER_DATA_DIR", str(landing / "data"))
        (landing / "data").mkdir()
        for each in ("domain_lists", "questions.yaml", "ledger"):
            subprocess.run(["cp", "-r", str(paths_of(project).data_dir / each), str(landing / "data")], check=True)
        with contextlib.suppress(OSError), (landing / "filling").open("wb", buffering=0) as filling:
            while True:
                filling.write(b"x" * 4096)
        with contextlib.suppress(OSError), (landing / "filling").open("ab", buffering=0) as filling:
            filling.write(b"x")
        for command in (("run", "accounts", "--yes"), ("rebuild",)):
            one_sentence(saber_pipeline(*command), " space")
        assert findings(1)["disk"]["verdict"] == "problem"
        assert sandbox.books()["signals"] == bought


@pytest.mark.sweep(keep=2)
@pytest.mark.parametrize("most_bytes", [40_000, 150_000, 400_000, 900_000])
@pytest.mark.slow
def test_files_that_may_not_grow(project: Project, sandbox: RunningSandbox, most_bytes: int) -> None:
    """Wherever a limit of file sizes strikes, in Dagster's history, ledger or warehouse, no traceback; never twice."""
    code, said = limited(project, most_bytes, "run", "accounts", "--yes")
    assert "Traceback" not in said
    if code:
        assert code == 1, said
        assert [line for line in said.splitlines() if line.startswith("Error: ")], said
    again = saber_pipeline("run", "accounts", "--yes")
    assert again.exit_code == 0, again.stderr
    assert sandbox.books()["signals"] == 6


@pytest.mark.slow
def test_a_folder_that_cannot_be_written(answered: Project, sandbox: RunningSandbox) -> None:
    """A read-only data directory stops a run before it buys, with the folder's name; doctor says it too."""
    bought = sandbox.books()["signals"]
    answered.write_list("accounts", ["acme.com", "globex.com", "initech.com", "umbrella.com"])
    with read_only(paths_of(answered).data_dir):
        one_sentence(saber_pipeline("run", "accounts", "--yes"), str(paths_of(answered).data_dir))
        one_sentence(saber_pipeline("rebuild"), str(paths_of(answered).data_dir))
        assert findings(1)["data directory"]["verdict"] == "problem"
    assert sandbox.books()["signals"] == bought


def test_what_duckdb_cannot_do_beside_an_open_ledger_is_not_said_of_the_ledger(tmp_path: Path) -> None:
    """A statement may read the ledger while DuckDB runs out of memory: the block around it names the warehouse."""
    file = DataPaths(tmp_path).ledger_file
    with contextlib.closing(store.Ledger.open(file)) as ledger, duckdb.connect() as con:
        con.execute("SET memory_limit = '1MB'; SET temp_directory = ''")
        for block in (ledger.reading, ledger.transaction):
            with (
                pytest.raises(StorageError, match=r"^The warehouse w .*memory"),
                as_storage_failures("The warehouse w"),
                block(),
            ):
                con.execute("CREATE TABLE t AS SELECT uuid() AS x FROM range(1000000)")
