"""What commands write below the data directory is its owner's alone, also where the umask is a wide one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.typed_commands import saber_pipeline

OTHERS = 0o077


@pytest.fixture
def wide() -> Iterator[None]:
    """The umask that most systems have."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("wide")
@pytest.mark.slow
def test_everything_that_commands_write(
    tmp_path: Path, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists by add, a run, exports of every kind and a rebuild leave nothing that others can read."""
    monkeypatch.chdir(tmp_path)
    assert saber_pipeline("init").exit_code == 0
    monkeypatch.setenv("SABER_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("SABER_API_KEY", "sk_test_command_line")
    monkeypatch.setenv("SABER_COLLECT_LAG_SECONDS", "1")
    (tmp_path / "mine.csv").write_text("domain\nacme.com\n", "utf-8")
    data = tmp_path / "data"
    commands = [
        ["add", "mine.csv", "--as", "accounts"],
        ["run", "accounts", "--yes"],
        *(["answers", "accounts", "--output", str(data / f"answers.{end}")] for end in ("csv", "xlsx", "parquet")),
        *(["export", "accounts", "--to", str(data / f"export.{end}")] for end in ("csv", "xlsx", "parquet")),
        ["rebuild"],
    ]
    for command in commands:
        typed = saber_pipeline(*command)
        assert typed.exit_code == 0, (command, typed)
    written = [path for path in data.rglob("*") if not path.is_symlink()]
    assert {f"answers.{end}" for end in ("csv", "xlsx", "parquet")} <= {path.name for path in written}
    assert data.stat().st_mode & OTHERS == 0
    assert [str(path) for path in written if path.stat().st_mode & OTHERS] == []
