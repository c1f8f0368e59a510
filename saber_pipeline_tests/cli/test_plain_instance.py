"""Which dagster.yaml ``doctor`` judges without Dagster, whose import takes a second."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance
from ruamel.yaml import YAML

from saber_pipeline.cli.run_history import is_plain

OURS: dict[str, Any] = YAML(typ="safe").load(files("saber_pipeline.cli.starter").joinpath("dagster.yaml").read_text())

PLAIN = """
storage: {{sqlite: {{base_dir: {folder}/elsewhere}}}}
local_artifact_storage:
  {{module: dagster._core.storage.root, class: LocalArtifactStorage, config: {{base_dir: {folder}/files}}}}
run_retries: {{}}
sensors: {{use_threads: false}}
run_monitoring: {{enabled: false, max_runtime_seconds: 17}}
telemetry: {{enabled: true}}
nux: {{enabled: true}}
"""


def test_what_is_called_plain_dagster_takes(tmp_path: Path) -> None:
    """Other folders, numbers and switches, and left out what may be: Dagster opens such an instance."""
    (tmp_path / "dagster.yaml").write_text(PLAIN.format(folder=tmp_path))
    assert is_plain(YAML(typ="safe").load(tmp_path / "dagster.yaml"), OURS)
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.get_runs_count() == 0


@pytest.mark.parametrize(
    "text",
    [
        "storage: {sqlite: {base_dir: {env: SOMEWHERE}}}",
        "storage: {sqlite: {base_dir: 7}}",
        "storage: {sqlite: {base_dir: ''}}",
        "storage: {sqlite: {}}",
        "storage: {}",
        "storage: []",
        "local_artifact_storage: {module: dagster._core.storage.root, class: LocalArtifactStorage}",
        "compute_logs: {module: somewhere, class: LocalComputeLogManager, config: {base_dir: logs}}",
        "run_retries: {enabled: 'off'}",
        "run_retries: {enabled: 1}",
        "run_retries: {enabled: null}",
        "run_monitoring: {max_runtime_seconds: true}",
        "run_monitoring: {max_runtime_seconds: 0}",
        "run_monitoring: {max_runtime_seconds: 1.5}",
        "run_monitoring: {poll_interval_seconds: 5}",
        "sensors: null",
        "concurrency: {}",
    ],
)
def test_everything_else_is_left_to_dagster(text: str) -> None:
    """A value of another kind, one that only Dagster resolves, a key of its own, or one that is missing."""
    assert not is_plain(YAML(typ="safe").load(text), OURS)


def test_a_file_that_is_no_mapping_is_not_plain() -> None:
    """What could not be read at all is Dagster's to refuse."""
    assert not is_plain(None, OURS)
    assert not is_plain([], OURS)
