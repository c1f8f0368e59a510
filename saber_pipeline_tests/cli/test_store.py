"""``saber-pipeline share`` and ``answers pull``, and what other commands do where machines share an object store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import pytest

from saber_pipeline_tests.cli.typed_commands import saber_pipeline

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.secrets import LedgerAddress, StoreAddress
    from saber_pipeline.sandbox.sandbox_server import RunningSandbox
    from saber_pipeline_tests.command_line.project import Project


@pytest.fixture
def shared(
    project: Project, new_address: LedgerAddress, store_address: StoreAddress, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """The project, whose machines share a ledger and a store."""
    monkeypatch.setenv("SABER_LEDGER_URL", new_address.reveal())
    monkeypatch.setenv("SABER_STORE_URL", store_address.reveal())
    for name, value in store_address.options.items():
        monkeypatch.setenv(name, value)
    return project


@pytest.fixture
def elsewhere(shared: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data directory of another machine; ``shared`` has been shared from the first one's."""
    assert saber_pipeline("share").exit_code == 0
    folder = shared.folder / "elsewhere"
    monkeypatch.setenv("SABER_DATA_DIR", str(folder))
    return folder


@pytest.mark.slow
def test_the_second_machine_needs_nothing_but_addresses(
    shared: Project, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Questions and lists that were shared are there, what the first machine owns is shown, and bought no more."""
    told = saber_pipeline("share")
    assert (told.exit_code, "put      domain_lists/accounts.csv" in told.stdout) == (0, True)
    assert saber_pipeline("share").stdout == "Nothing new.\n"
    assert saber_pipeline("run", "accounts", "--yes").exit_code == 0
    bought = sandbox.books()["signals"]
    first = saber_pipeline("answers", "accounts", "--json").json
    monkeypatch.setenv("SABER_DATA_DIR", str(shared.folder / "elsewhere"))
    assert saber_pipeline("answers", "accounts", "--json").json == first
    assert saber_pipeline("plan", "accounts", "--json").exit_code == 0
    assert saber_pipeline("run", "accounts", "--yes").exit_code == 0
    assert sandbox.books()["signals"] == bought > 0
    assert not (shared.folder / "elsewhere" / "ledger").exists()


def test_a_file_that_was_changed_here(shared: Project, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays until it is shared; where the store has a newer one too, that one is used and this one is kept."""
    assert saber_pipeline("lists").exit_code == 0
    mine = elsewhere / "domain_lists" / "accounts.csv"
    mine.write_text("domain\nacme.com\nhooli.com\n", "utf-8")
    saber_pipeline("lists")
    assert "hooli.com" in mine.read_text("utf-8")
    monkeypatch.setenv("SABER_DATA_DIR", str(shared.data))
    (shared.data / "domain_lists" / "accounts.csv").write_text("domain\nglobex.com\n", "utf-8")
    (shared.data / "domain_lists" / "prospects.csv").unlink()
    told = saber_pipeline("share").stdout
    assert "1 files were put" in told
    assert "removed  domain_lists/prospects.csv" in told
    monkeypatch.setenv("SABER_DATA_DIR", str(elsewhere))
    saber_pipeline("lists")
    assert mine.read_text("utf-8") == "domain\nglobex.com\n"
    assert "hooli.com" in (elsewhere / "replaced_inputs" / "domain_lists" / "accounts.csv").read_text("utf-8")
    assert not (elsewhere / "domain_lists" / "prospects.csv").exists()


@pytest.mark.slow
def test_tables_as_parquet(shared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command writes what changed and says how much; with the setting a run has done so before."""
    nothing = saber_pipeline("answers", "export")
    assert (nothing.exit_code, "no tables to export" in nothing.stderr) == (1, True)
    assert saber_pipeline("run", "accounts", "--yes").exit_code == 0
    first, second = (saber_pipeline("answers", "export").stdout for _ in range(2))
    assert "files (" in first
    assert " 0 files (0.0 MB) were written" in second
    monkeypatch.setenv("SABER_STORE_EXPORTS", "parquet")
    shared.write_list("accounts", ["umbrella.com"])
    assert saber_pipeline("run", "accounts", "--yes").exit_code == 0
    assert " 0 files (0.0 MB) were written" in saber_pipeline("answers", "export").stdout


@pytest.mark.slow
def test_an_analyst_pulls(shared: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest answers come from the store alone, without ledger or project; whoever has the old file keeps it."""
    nothing = saber_pipeline("answers", "pull", "--to", str(tmp_path / "answers.duckdb"))
    assert (nothing.exit_code, "Nothing was published in s3://" in nothing.stderr) == (1, True)
    assert saber_pipeline("run", "accounts", "--yes").exit_code == 0
    analyst = tmp_path / "analyst"
    analyst.mkdir()
    monkeypatch.chdir(analyst)
    monkeypatch.delenv("SABER_LEDGER_URL")
    told = saber_pipeline("answers", "pull")
    assert told.exit_code == 0, told.stderr
    assert [path.name for path in analyst.iterdir()] == ["answers.duckdb"]
    with duckdb.connect("answers.duckdb", read_only=True) as con:
        assert con.execute("SELECT count(*) FROM accounts").fetchall() == [(4,)]
        assert saber_pipeline("answers", "pull").exit_code == 0
        assert con.execute("SELECT count(*) FROM latest_answers").fetchall() == [(6,)]
    monkeypatch.delenv("SABER_STORE_URL")
    assert "SABER_STORE_URL is not set" in saber_pipeline("answers", "pull").stderr


def test_doctor_looks_at_the_store(shared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """It writes and removes an object of its own; a login that is refused is a problem."""
    found = {each["subject"]: each for each in json.loads(saber_pipeline("doctor", "--json").stdout)["findings"]}
    assert found["store"]["verdict"] == "ok", found["store"]
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    monkeypatch.setenv("SABER_STORE_URL", "s3://bucket/with_another_login")
    found = {each["subject"]: each for each in json.loads(saber_pipeline("doctor", "--json").stdout)["findings"]}
    assert found["store"]["verdict"] == "problem"
    assert "wrong" not in found["store"]["found"]
