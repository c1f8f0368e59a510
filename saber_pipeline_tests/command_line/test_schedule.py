"""The schedule, one tick at a time, with a real ledger, a real sandbox and a Dagster instance."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest

from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.config.settings import load_settings
from saber_pipeline.definitions.partitions import register
from saber_pipeline.definitions.project import UnusableProjectError, build_project_definitions
from saber_pipeline.definitions.schedules import refresh_schedule
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.command_line.project import Project
from saber_pipeline_tests.command_line.sensor_ticks import record, refused, requested, run, tick


def test_the_schedule_asks_every_list_that_is_free(here: Project, instance: dg.DagsterInstance) -> None:
    """A tick requests one run for each list, except where that of an earlier tick has not ended."""
    assert [key for key, _ in scheduled(instance)] == ["accounts", "prospects"]
    record(
        instance,
        "accounts",
        dg.DagsterRunStatus.NOT_STARTED,
        **{"dagster/schedule_name": "refresh_answers_schedule"},
    )
    assert [key for key, _ in scheduled(instance)] == ["prospects"]


def test_ticks_ask_only_for_lists_that_have_a_file(
    here: Project, slow_sandbox: RunningSandbox, instance: dg.DagsterInstance
) -> None:
    """A renamed list's old name keeps its partition and is asked for by no tick: schedule, in flight or credits."""
    run("accounts", keys=("crm",))
    refused("accounts", force=True)
    slow_sandbox.set_credits(100)
    (here.data / "domain_lists" / "accounts.csv").rename(here.data / "domain_lists" / "renamed.csv")
    assert [key for key, _ in scheduled(instance)] == ["prospects"]
    assert [requested(tick(sensor, instance)) for sensor in ("in_flight", "credits")] == [[], []]
    register(instance, COMPANIES, ["renamed"])
    assert [key for key, _ in scheduled(instance)] == ["prospects", "renamed"]
    assert "accounts" in instance.get_dynamic_partitions("domain_lists")


def test_without_any_file_the_schedule_says_which_lists_are_gone(here: Project, instance: dg.DagsterInstance) -> None:
    """A tick that can ask for nothing is skipped with the names, and fails nothing."""
    for name in ("accounts", "prospects"):
        (here.data / "domain_lists" / f"{name}.csv").unlink()
    assert "No registered list has a file: accounts, prospects." in why_not_scheduled(instance)


def test_a_forced_schedule_is_a_tag(here: Project, instance: dg.DagsterInstance) -> None:
    """A schedule made with the tag gives it to every run; the project's own does not force."""
    forced = refresh_schedule(load_settings(), name="forced", tags={"saber/force_refresh": "true"})
    assert {tags.get("saber/force_refresh") for _, tags in scheduled(instance, forced)} == {"true"}
    assert {tags.get("saber/force_refresh") for _, tags in scheduled(instance)} == {None}


def test_times_come_from_the_settings(here: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cron and time zone reach the schedule; an expression without meaning ends the command with a clear word."""
    monkeypatch.setenv("SABER_REFRESH_CRON", "30 5 * * mon-fri")
    monkeypatch.setenv("SABER_REFRESH_TIMEZONE", "Europe/Berlin")
    (schedule,) = build_project_definitions().get_repository_def().schedule_defs
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 5 * * mon-fri", "Europe/Berlin")
    monkeypatch.setenv("SABER_REFRESH_CRON", "99 5 * * 1")
    with pytest.raises(UnusableProjectError, match=r"SABER_REFRESH_CRON: '99 5 \* \* 1' is no cron expression"):
        build_project_definitions()


def scheduled(
    instance: dg.DagsterInstance, schedule: dg.ScheduleDefinition | None = None
) -> list[tuple[str | None, dict[str, str]]]:
    data = ticked(instance, schedule or refresh_schedule(load_settings()))
    return [(request.partition_key, dict(request.tags)) for request in data.run_requests or ()]


def why_not_scheduled(instance: dg.DagsterInstance) -> str:
    return str(ticked(instance, refresh_schedule(load_settings())).skip_message)


def ticked(instance: dg.DagsterInstance, schedule: dg.ScheduleDefinition) -> Any:
    definitions = build_project_definitions().get_repository_def()
    with dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=datetime(2026, 11, 23, 6, tzinfo=UTC),
        repository_def=definitions,
    ) as context:
        return schedule.evaluate_tick(context)
