"""The sensor ``in_flight`` and the runs of machines that died, with a ledger in a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg
import pytest

from saber_pipeline.definitions.active_runs import DEAD
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.dialect import clock
from saber_pipeline.ledger.store import Ledger
from saber_pipeline_tests.command_line.project import new_project
from saber_pipeline_tests.command_line.sensor_ticks import tick, why

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.secrets import LedgerAddress

LEASE_SECONDS = 60.0


def record(instance: dg.DagsterInstance, status: dg.DagsterRunStatus = dg.DagsterRunStatus.STARTED) -> str:
    """A run as Dagster keeps it; its id."""
    run_id = dg.DagsterRun(job_name="").run_id
    instance.add_run(dg.DagsterRun("refresh_answers", run_id=run_id, status=status))
    return run_id


def test_runs_of_dead_machines_are_ended(
    tmp_path: Path, new_address: LedgerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A started run without a heartbeat for five leases is ended; one that is alive, late or over is left as it is."""
    project = new_project(tmp_path / "project", "http://127.0.0.1:9", has_instance=False)
    monkeypatch.chdir(project.folder)
    own = {"SABER_LEDGER_URL": new_address.reveal(), "SABER_LEASE_SECONDS": f"{LEASE_SECONDS:g}"}
    for name, value in (project.environment | own).items():
        monkeypatch.setenv(name, value)
    ledger = Ledger.open(new_address)
    with dg.DagsterInstance.ephemeral() as instance:
        dead, late, alive, over, again, foreign = (record(instance) for _ in range(6))
        rows = [  # id, seconds since the last heartbeat, whether it has ended
            (f"{dead}.1", 6 * LEASE_SECONDS, False),
            (f"{late}.1", 4 * LEASE_SECONDS, False),
            (f"{alive}.1", 0.0, False),
            (f"{over}.1", 6 * LEASE_SECONDS, True),
            (f"{again}.1", 6 * LEASE_SECONDS, False),
            (f"{again}.2", 0.0, False),
            ("not one of Dagster's", 6 * LEASE_SECONDS, False),
        ]
        with ledger.transaction() as connection:
            now = clock(connection)
            for run_id, seconds, has_ended in rows:
                connection.execute(
                    t.runs.insert().values(
                        run_id=run_id,
                        host="another machine",
                        process_id=1,
                        started_at=now - 3_600,
                        heartbeat_at=now - seconds,
                        ended_at=now - seconds if has_ended else None,
                    )
                )
        ledger.close()
        assert f"run {dead} was ended" in why(tick("in_flight", instance))
        assert {run.run_id for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))} == {
            dead
        }
        assert len(instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))) == 5
        (logged,) = instance.all_logs(dead)
        assert logged.dagster_event is not None
        assert logged.dagster_event.message == DEAD
        assert foreign not in why(tick("in_flight", instance))
