"""A run of Dagster's whose ledger is in a database that goes away for good."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from saber_pipeline.definitions import build_definitions
from saber_pipeline.ledger import store
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.command_line.project import new_project

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from saber_pipeline.config.secrets import LedgerAddress
    from saber_pipeline_tests.testbed.postgres import PostgresServer

ASSET = dg.AssetKey(["answers", "crm"])


def materialize(instance: dg.DagsterInstance) -> tuple[dg.ExecuteInProcessResult, list[str]]:
    """A run about the list, and what it logged as errors."""
    job = build_definitions().get_repository_def().get_implicit_job_def_for_assets([ASSET])
    assert job is not None
    done = job.execute_in_process(
        instance=instance, asset_selection=[ASSET], partition_key="accounts", raise_on_error=False
    )
    logged = instance.all_logs(done.run_id)
    return done, [each.user_message for each in logged if not each.is_dagster_event and int(each.level) >= 40]


@pytest.mark.slow
def test_one_failure(
    tmp_path: Path, new_address: LedgerAddress, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that crashes after the purchase and stays away is one Failure with one sentence.

    Once it is back, the same run collects what was bought and buys nothing.
    """
    monkeypatch.setattr(store, "BUSY_TIMEOUT_SECONDS", 1)  # for which a database that was there is waited for
    slow = SandboxSettings(processing_seconds=(1.0, 2.0), creation_spread_seconds=0.0)
    with RunningSandbox(slow) as sandbox, dg.DagsterInstance.ephemeral() as instance:
        project = new_project(tmp_path / "project", sandbox.base_url, has_instance=False)
        project.write_list("accounts", ["acme.com", "globex.com"])
        monkeypatch.chdir(project.folder)
        for name, value in (project.environment | {"SABER_LEDGER_URL": new_address.reveal()}).items():
            monkeypatch.setenv(name, value)
        instance.add_dynamic_partitions("domain_lists", ["accounts"])

        def crash_after_the_purchase() -> None:
            while not sandbox.books()["signals"]:
                if ended.wait(0.02):
                    return
            postgres_server.stop()

        ended = threading.Event()
        crasher = threading.Thread(target=crash_after_the_purchase)
        crasher.start()
        try:
            done, errors = materialize(instance)
        finally:
            ended.set()
            crasher.join()
            postgres_server.start_again()
        assert sandbox.books()["signals"] == 2
        failed = [event for event in done.all_events if event.is_step_failure]
        assert [event.step_key for event in failed] == ["answers"]
        told = failed[0].step_failure_data.user_failure_data
        assert told is not None
        assert told.description is not None
        assert told.description.startswith(f"The ledger {new_address} does not respond as it should (")
        assert "run the same again." in told.description
        assert errors == [told.description]
        assert "\n" not in told.description

        again, errors = materialize(instance)
        assert again.success
        assert errors == []
        assert sandbox.books()["signals"] == 2
        assert project.query("SELECT count(*) FROM latest_answers") == [(2,)]
