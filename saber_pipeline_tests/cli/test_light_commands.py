"""Commands that look import no library that they do not need; past runs are read as Dagster reads them."""

from __future__ import annotations

import importlib
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from saber_pipeline.cli.run_history import counted, last_runs, registered_lists
from saber_pipeline.config.instance_place import InstancePlace, instance_place
from saber_pipeline.config.questions.subject_kinds import KINDS
from saber_pipeline.definitions.dagster_instance import current_instance, note_interrupted
from saber_pipeline.definitions.dagster_instance import last_runs as told_by_dagster
from saber_pipeline.definitions.partitions import registered
from saber_pipeline.errors import StorageError
from saber_pipeline.runs.past_runs import History, NotAsKnownError, history_at
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.conftest import QUICK, enter
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import Project

HEAVY = (
    *("aiohttp", "alembic", "dagster", "httpx", "matplotlib", "numpy", "pandas", "pyarrow", "rich.console"),
    *("sqlalchemy", "sqlalchemy.dialects.postgresql", "sqlglot"),
)
ALWAYS = {"saber_pipeline.cli.sandbox_command"}  # whose key is public
ANSWERS = {f"saber_pipeline.cli.{part}_command" for part in ("pull", "export_tables")}  # its parts
PYARROW = {"numpy", "pandas", "pyarrow"}  # which imports the others with the first value it is given
TELLING = f"""
import sys
from saber_pipeline.cli import main
try:
    main()
finally:
    found = {set(HEAVY)!r} & sys.modules.keys()
    found |= {{name for name in sys.modules if name.startswith("saber_pipeline.cli.") and name.endswith("_command")}}
    ask_if = sys.modules.get("saber_pipeline.warehouse.ask_if")
    if ask_if and ask_if._connection.cache_info().currsize:
        found.add("parser")
    print("imported:", *sorted(found), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project after runs of several kinds; its API is gone, and nothing here changes it."""
    with pytest.MonkeyPatch.context() as patch, RunningSandbox(QUICK) as sandbox:
        made = enter(tmp_path_factory.mktemp("asked") / "a project", sandbox.base_url, patch)
        assert saber_pipeline("run", "--yes").exit_code == 0
        assert saber_pipeline("run", "accounts", "-q", "crm", "--yes").exit_code == 0
        with current_instance() as instance:
            note_interrupted(instance, told_by_dagster(instance, 1)[0].run_id)
    return made


@pytest.fixture(autouse=True)
def _here(asked: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(asked.folder)


@pytest.mark.parametrize(
    ("command", "imported"),
    [
        ("status", {"sqlalchemy"}),
        ("plan", {"aiohttp", "sqlalchemy"}),
        ("answers accounts", ANSWERS),
        ("doctor", {"aiohttp", "sqlalchemy"}),
        ("answers accounts --json", ANSWERS),
        ("export accounts -o exported.csv", set()),
        ("report", {"matplotlib", "numpy"}),
        ("lists", PYARROW),
        ("schemas", set()),
    ],
)
@pytest.mark.sweep(keep=1)
def test_a_command_that_looks_imports_little(asked: Project, command: str, imported: set[str]) -> None:
    """No Dagster, no pandas, one HTTP client where the API is asked, nothing of Postgres, no parser of conditions
    where there is none, no drawing on terminals where there is none, no other command: each costs time."""
    words = [sys.executable, "-c", TELLING, *command.split()]
    done = subprocess.run(words, cwd=asked.folder, env=asked.variables(), capture_output=True, text=True, check=False)
    told = done.stderr.splitlines()[-1]
    assert told.startswith("imported:"), done.stderr
    itself = f"saber_pipeline.cli.{command.split(maxsplit=1)[0]}_command"
    assert set(told.split()[1:]) == {itself, *ALWAYS, *imported}


def test_past_runs_are_those_that_dagster_tells() -> None:
    """Order, status, times, lists and questions: of runs that succeeded, of ranges, of lists, of one interrupted."""
    with current_instance() as instance:
        told = told_by_dagster(instance, 10)
        lists = [registered(instance, kind) for kind in KINDS]
    history = history_at(instance_place(Path.cwd()), Path.cwd())
    assert history is not None
    assert history.last_runs(10) == told
    assert {run.status for run in told} >= {"success", "interrupted"}
    assert {run.lists for run in told} >= {None, "accounts", "accounts...prospects"}
    assert [history.lists(kind.lists) for kind in KINDS] == lists
    assert history.last_runs(2) == told[:2]
    assert counted(instance_place(Path.cwd()), Path.cwd()) == (len(told), sum(map(len, lists)))


@pytest.fixture
def copied(asked: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its instance and dagster.yaml in a folder that is the current one."""
    shutil.copytree(asked.folder / ".dagster", tmp_path / ".dagster")
    shutil.copy(asked.folder / "dagster.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _history(folder: Path) -> History:
    found = history_at(instance_place(folder), folder)
    assert found is not None
    return found


def test_other_tables_are_left_to_dagster(copied: Path) -> None:
    """A schema of another number, a file that is damaged or gone: nothing is guessed, whoever asks falls back."""
    history = _history(copied)
    with closing(sqlite3.connect(history.runs_file)) as con, con:
        con.execute("UPDATE alembic_version SET version_num = 'newer'")
    with pytest.raises(NotAsKnownError):
        history.last_runs(1)
    history.index_file.write_bytes(b"damaged" * 1_000)
    with pytest.raises(NotAsKnownError):
        history.lists("domain_lists")
    history.schedules_file.unlink()
    with pytest.raises(NotAsKnownError):
        history.count_runs()


def test_what_is_not_as_known_dagster_reads(copied: Path) -> None:
    """A run whose record says something unknown is told by Dagster itself, the same as before."""
    told = last_runs(5)
    with closing(sqlite3.connect(_history(copied).runs_file)) as con, con:
        con.execute("""UPDATE runs SET run_body = replace(run_body, '"__frozenset__"', '"__set__"')""")
    with pytest.raises(NotAsKnownError):
        _history(copied).last_runs(5)
    assert [run.run_id for run in last_runs(5)] == [run.run_id for run in told]


@pytest.mark.parametrize(
    "text",
    [
        "storage: {sqlite: {base_dir: {env: SOMEWHERE}}}",
        "storage: {postgres: {postgres_url: 'postgresql://nowhere'}}",
        "run_storage: {module: dagster._core.storage.runs, class: SqliteRunStorage, config: {base_dir: x}}",
        "storage: [",
        "telemetry: {enabled: false}",
    ],
)
def test_an_instance_elsewhere_is_left_to_dagster(tmp_path: Path, text: str) -> None:
    """Where dagster.yaml does not name the folder of SQLite files plainly, only Dagster knows where they are."""
    (tmp_path / "dagster.yaml").write_text(text)
    assert history_at(InstancePlace(tmp_path, None), tmp_path) is None


def test_the_home_is_where_its_files_are(asked: Project, copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DAGSTER_HOME with a dagster.yaml of its own, and one without: there its storage is the folder itself."""
    home = copied / "home"
    shutil.copytree(asked.folder / ".dagster" / "storage", home)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    assert history_at(instance_place(copied), copied) == History(
        home / "history" / "runs.db", home / "history" / "runs" / "index.db", home / "schedules" / "schedules.db"
    )
    assert last_runs(3) == _history(copied).last_runs(3)
    assert registered_lists(KINDS)[0] == ["accounts", "prospects"]


def test_nothing_is_made_where_nobody_has_used_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at an instance that is new tells of no run and leaves no file behind."""
    (tmp_path / "dagster.yaml").write_text("storage: {sqlite: {base_dir: .dagster/storage}}")
    monkeypatch.chdir(tmp_path)
    assert last_runs(5) == []
    assert registered_lists(KINDS) == [[], []]
    assert [path.name for path in tmp_path.iterdir()] == ["dagster.yaml"]


def test_an_instance_that_was_moved_is_read_without_dagster(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """doctor counts its runs and lists where dagster.yaml names another folder and another limit."""
    before = counted(instance_place(copied), copied)
    (copied / ".dagster").rename(copied / "moved")
    text = (copied / "dagster.yaml").read_text()
    moved = text.replace("base_dir: .dagster", f"base_dir: {copied}/moved").replace("86400", "3600")
    (copied / "dagster.yaml").write_text(moved)

    def opened() -> None:
        raise AssertionError("Dagster was asked")

    monkeypatch.setattr("saber_pipeline.definitions.dagster_instance.current_instance", opened)
    assert counted(instance_place(copied), copied) == before
    assert before[0] >= 2


def test_doctor_reads_each_file_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """questions.yaml and the ledger's state, which several checks ask for."""
    looks: list[str] = []

    def counting(name: str, place: str) -> None:
        module, _, attribute = place.rpartition(".")
        look = getattr(importlib.import_module(module), attribute)

        def looked(*given: Any, **named: Any) -> Any:
            looks.append(name)
            return look(*given, **named)

        monkeypatch.setattr(place, looked)

    counting("questions", "saber_pipeline.runs.configuration.load_questions")
    counting("ledger", "saber_pipeline.runs.status.balances_since")
    counting("list", "saber_pipeline.cli.checks.inputs_check.current_lists")
    assert saber_pipeline("doctor").exit_code == 1  # its API is gone
    assert sorted(looks) == ["ledger", "list", "list", "questions"]


def test_status_opens_the_answers_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One DuckDB for what was refused, what waits for LinkedIn and the totals: each more costs 20 ms."""
    opened: list[Any] = []
    connect = duckdb.connect

    def counting(*given: Any, **named: Any) -> Any:
        opened.append((given, named))
        return connect(*given, **named)

    monkeypatch.setattr(duckdb, "connect", counting)
    shown = saber_pipeline("status", "--json")
    assert shown.exit_code == 0
    assert [total["list"] for total in json.loads(shown.stdout)["lists"]] == ["accounts", "prospects"]
    assert len(opened) == 1


def test_status_says_what_to_do_about_damaged_answers(copied: Path, asked: Project) -> None:
    """The published file itself is named, with the command that makes it anew."""
    shutil.copytree(asked.folder / "data", copied / "data", symlinks=True)
    (copied / "data" / "answers.duckdb").resolve().write_bytes(b"damaged" * 10_000)
    shown = saber_pipeline("status")
    assert shown.exit_code == 1
    assert "answers.duckdb cannot be opened" in shown.stderr
    assert "`saber-pipeline rebuild` rebuilds it" in shown.stderr


def test_a_changed_configuration_is_judged_by_dagster(copied: Path) -> None:
    """doctor does not call an instance fine whose dagster.yaml Dagster refuses."""
    text = (copied / "dagster.yaml").read_text()
    (copied / "dagster.yaml").write_text(f"{text}\nrun_queueing: {{}}\n")
    with pytest.raises(StorageError, match="Errors whilst loading dagster instance config"):
        counted(instance_place(copied), copied)
