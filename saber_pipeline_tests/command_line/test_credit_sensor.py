"""The sensor ``credits``, one tick at a time, with a real ledger, a real sandbox and a Dagster instance."""

from __future__ import annotations

import json
import time

import dagster as dg
import pytest

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.settings import load_settings
from saber_pipeline.ledger.deferrals import defer
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.command_line.project import Project
from saber_pipeline_tests.command_line.sensor_ticks import record, refused, requested, run, tick, why

HOUR = 3600.0


def test_credits_without_a_key_or_an_api(
    here: Project, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the balance cannot be read the tick is skipped with the reason, within seconds and without an error."""
    monkeypatch.setenv("SABER_BASE_URL", "http://127.0.0.1:9")
    began = time.monotonic()
    assert "127.0.0.1:9" in why(tick("credits", instance))
    assert time.monotonic() - began < 30
    monkeypatch.delenv("SABER_API_KEY")
    assert "SABER_API_KEY is not set" in why(tick("credits", instance))


def test_credits_of_another_api_are_not_recorded(
    here: Project, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A data directory keeps the balances of its own API alone."""
    run("accounts", keys=("crm",))
    with RunningSandbox(SandboxSettings()) as other:
        monkeypatch.setenv("SABER_BASE_URL", other.base_url)
        assert "belongs to" in why(tick("credits", instance))


def test_a_balance_is_recorded_when_it_changes(
    here: Project, slow_sandbox: RunningSandbox, instance: dg.DagsterInstance
) -> None:
    """Each balance is kept once however often it is looked at, again after an hour, and a look takes under a second."""
    seconds, cursor = [], None
    for balance in (3, 3, 3, 2, 2):
        slow_sandbox.set_credits(balance)
        began = time.monotonic()
        result = tick("credits", instance, cursor)
        seconds.append(time.monotonic() - began)
        assert isinstance(result, dg.SensorResult)
        cursor = result.cursor
    assert min(seconds) < 1
    assert "1 credits spent" in why(result)
    kept = json.loads(cursor or "")
    old = json.dumps({**kept, "recorded_at": kept["recorded_at"] - HOUR})
    tick("credits", instance, old)
    assert balances(here) == [3, 2, 2]


def test_low_credits_are_said(here: Project, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below SABER_LOW_CREDITS the tick says so; at it, or without it, it does not."""
    assert "below" not in why(tick("credits", instance))
    monkeypatch.setenv("SABER_LOW_CREDITS", "3")
    assert "below" not in why(tick("credits", instance))
    monkeypatch.setenv("SABER_LOW_CREDITS", "4")
    assert "The balance is 3 credits, below SABER_LOW_CREDITS = 4" in why(tick("credits", instance))


def test_what_was_refused_starts_once_it_can_be_paid(
    here: Project, slow_sandbox: RunningSandbox, instance: dg.DagsterInstance
) -> None:
    """Nothing starts below what is needed; at it each list does, forced as it was asked; and only once."""
    refused("accounts", "prospects", force=True)
    slow_sandbox.set_credits(5)
    short = tick("credits", instance)
    assert requested(short) == []
    assert "accounts, prospects waits for 6 credits" in why(short)

    slow_sandbox.set_credits(6)
    enough = tick("credits", instance)
    (first, keys, tags), (second, _, _) = requested(enough)
    assert (first, second, keys) == ("accounts", "prospects", ["crm", "uses_salesforce"])
    assert tags["saber/force_refresh"] == "true"
    assert isinstance(enough, dg.SensorResult)
    assert len({request.run_key for request in enough.run_requests or ()}) == 2

    for list_name in ("accounts", "prospects"):
        record(instance, list_name, dg.DagsterRunStatus.FAILURE, **{"saber/deferred": tags["saber/deferred"]})
    assert requested(tick("credits", instance)) == []
    assert "waits" not in why(tick("credits", instance))


def test_a_deferred_run_keeps_its_limit(here: Project, instance: dg.DagsterInstance) -> None:
    """The run that is started later may spend what the refused one might have spent, and no more."""
    here_deferred("accounts", max_credits=2)
    result = tick("credits", instance)
    assert isinstance(result, dg.SensorResult)
    assert [r.run_config for r in result.run_requests or ()] == [{"ops": {"answers": {"config": {"max_credits": 2}}}}]


def test_lists_and_questions_that_are_gone_start_nothing(here: Project, instance: dg.DagsterInstance) -> None:
    """A deferral of a list or a question that is no more does not break the sensor."""
    here_deferred("vanished")
    here_deferred("accounts", keys=["gone", "crm"])
    assert requested(tick("credits", instance))[0][:2] == ("accounts", ["crm"])


def here_deferred(list_name: str, keys: tuple[str, ...] | list[str] = ("crm",), max_credits: int | None = None) -> None:
    ledger = Ledger.open(DataPaths(load_settings().data_dir).ledger_file)
    with ledger.transaction() as connection:
        defer(
            connection,
            f"run of {list_name}",
            [list_name],
            keys,
            force_refresh=False,
            credits_needed=2,
            max_credits=max_credits,
        )
    ledger.close()


def balances(project: Project) -> list[int]:
    ledger = Ledger.open(DataPaths(project.data).ledger_file)
    with ledger.reading() as connection:
        rows = connection.exec_driver_sql("SELECT remaining_credits FROM credit_balances ORDER BY id").scalars().all()
    ledger.close()
    return [int(row) for row in rows]
