"""What Dagster asks for again and again, made once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from saber_pipeline import definitions
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.definitions.event_log import INDEX, event_log_kept_open
from saber_pipeline.definitions.project import build_project_definitions
from saber_pipeline.definitions.run_launcher import RunListener, read_lists

if TYPE_CHECKING:
    import pytest

QUESTION = "questions:\n  {key}:\n    question: Does this company use {key}?\n    answer_type: boolean\n"


def test_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Definitions are built once, and anew when questions.yaml says something else."""
    monkeypatch.setenv("SABER_DATA_DIR", str(tmp_path))
    file = tmp_path / "questions.yaml"
    file.write_text(QUESTION.format(key="salesforce"))
    first = build_project_definitions()
    assert build_project_definitions() is first
    file.write_text(QUESTION.format(key="hubspot"))
    keys = {
        key
        for asset in build_project_definitions().assets or ()
        if isinstance(asset, dg.AssetsDefinition)
        for key in asset.keys
    }
    assert dg.AssetKey(["answers", "hubspot"]) in keys
    assert dg.AssetKey(["answers", "salesforce"]) not in keys


def test_the_event_log_stays_open(tmp_path: Path) -> None:
    """While a run writes events, SQLite's journal is not written back after each; afterwards nothing is left open."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        storage = instance.event_log_storage
        assert isinstance(storage, SqliteEventLogStorage)
        journal = Path(f"{storage.path_for_shard(INDEX)}-wal")
        with event_log_kept_open(instance, "some-run"):
            instance.report_runless_asset_event(dg.AssetMaterialization("something"))
            assert journal.exists()
        assert not journal.exists()
    with dg.DagsterInstance.ephemeral() as instance, event_log_kept_open(instance, "some-run"):
        instance.report_runless_asset_event(dg.AssetMaterialization("something"))


def test_the_event_log_makes_one_engine_for_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a run writes events, also two at once: SQLAlchemy prepares nothing again for a file that it knows."""
    made: list[str] = []
    make = vars(sqlite_event_log)["create_engine"]

    def counting(address: str, **options: Any) -> Any:
        made.append(address)
        return make(address, **options)

    def engines_of_three_events() -> int:
        made.clear()
        for _ in range(3):
            instance.report_runless_asset_event(dg.AssetMaterialization("something"))
        return len(made)

    monkeypatch.setattr(sqlite_event_log, "create_engine", counting)
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        usually = engines_of_three_events()
        with event_log_kept_open(instance, "some-run"):
            with event_log_kept_open(instance, "another-run"):
                assert engines_of_three_events() == len(set(made)) < usually
            assert engines_of_three_events() == 0
        assert engines_of_three_events() == usually
    assert vars(sqlite_event_log)["create_engine"] is counting


def test_garbage_is_looked_for_seldom_where_the_project_is_loaded_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster's commands over this project search seldom and not at their end; others' deployments are left alone."""
    monkeypatch.setenv("SABER_DATA_DIR", str(tmp_path))
    (tmp_path / "questions.yaml").write_text(QUESTION.format(key="salesforce"))
    done: list[str] = []
    for name in ("collect_seldom", "end_without_search"):
        monkeypatch.setattr(definitions, name, lambda name=name: done.append(name))
    definitions.build_definitions()
    assert done == []
    definitions.defs()
    assert done == ["collect_seldom", "end_without_search"]


def test_a_command_keeps_the_event_log_open_around_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what Dagster writes before the first step and behind the last prepares no file of the log twice."""
    monkeypatch.setenv("SABER_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data" / "domain_lists").mkdir(parents=True)
    (tmp_path / "data" / "questions.yaml").write_text(QUESTION.format(key="salesforce"))
    (tmp_path / "data" / "domain_lists" / "accounts.csv").write_text("domain\nacme.com\n")
    made: Counter[str] = Counter()
    make = vars(sqlite_event_log)["create_engine"]

    def counting(address: str, **options: Any) -> Any:
        made[address] += 1
        return make(address, **options)

    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        monkeypatch.setattr(sqlite_event_log, "create_engine", counting)
        end = read_lists(instance, COMPANIES, RunListener(lambda _level, _text: None, lambda _progress: None))
    assert end.failure is None
    assert len(made) >= 2
    assert max(made.values()) == 1
