"""Sensors and the schedule, one tick at a time, with a real ledger, a real sandbox and a Dagster instance."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.config.settings import load_settings
from saber_pipeline.definitions.active_runs import busy_lists, find_active_runs
from saber_pipeline.definitions.in_flight_sensor import Pause, choose
from saber_pipeline.definitions.partitions import register
from saber_pipeline.definitions.project import UnusableProjectError, build_project_definitions
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.definitions.schedules import refresh_schedule
from saber_pipeline.errors import NotEnoughCreditsError
from saber_pipeline.ledger.awaited_pairs import await_pairs
from saber_pipeline.ledger.claims import Pair
from saber_pipeline.ledger.deferrals import defer
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.planning.plan import Selection
from saber_pipeline.runs.answers import run_answers
from saber_pipeline.runs.in_flight import InFlight
from saber_pipeline.runs.lists import current_lists
from saber_pipeline.runs.requests import RunRequest, RunResult
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.command_line.project import Project, new_project
from saber_pipeline_tests.command_line.sensor_ticks import tick, why

MINUTE, HOUR = 60.0, 3600.0


@pytest.fixture
def slow_sandbox() -> Iterator[RunningSandbox]:
    """A sandbox with 3 credits, whose signals take ten minutes."""
    with RunningSandbox(SandboxSettings(credits=3, processing_seconds=(600.0, 600.0))) as running:
        yield running


@pytest.fixture
def here(tmp_path: Path, slow_sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project folder that is the current one, with its settings in the environment."""
    made = new_project(tmp_path / "project", slow_sandbox.base_url)
    monkeypatch.chdir(made.folder)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    made.write_list("accounts", ["acme.com", "globex.com"])
    made.write_list("prospects", ["globex.com", "hooli.com"])
    return made


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """A Dagster instance of its own, which knows both lists."""
    with dg.instance_for_test() as made:
        register(made, COMPANIES, ["accounts", "prospects"])
        yield made


def run(*lists: str, keys: tuple[str, ...] = ("crm", "uses_salesforce"), force: bool = False) -> RunResult:
    """Buy, and leave at once what was bought."""
    saber = SaberResource()
    questions = tuple(question for question in saber.questions() if question.key in keys)
    request = RunRequest(
        f"run-{time.monotonic_ns()}", Selection(lists, questions, force_refresh=force), max_wait_minutes=0
    )
    return run_answers(request, saber.settings(), saber.questions(), new_client=saber.new_client, report=lambda _: None)


def refused(*lists: str, force: bool = False) -> None:
    """A run that the balance does not cover."""
    with pytest.raises(NotEnoughCreditsError):
        run(*lists, force=force)


def requested(result: dg.SensorResult | dg.SkipReason) -> list[tuple[str | None, list[str], dict[str, str]]]:
    """List, questions and own tags of every request."""
    assert isinstance(result, dg.SensorResult), result
    return [
        (
            request.partition_key,
            [key.path[-1] for key in request.asset_selection or ()],
            {tag: value for tag, value in request.tags.items() if tag.startswith("saber/")},
        )
        for request in result.run_requests or ()
    ]


def record(instance: dg.DagsterInstance, partition: str, status: dg.DagsterRunStatus, **tags: str) -> str:
    """A run of the job as Dagster keeps it; its id."""
    run_id = dg.DagsterRun(job_name="").run_id
    instance.add_run(
        dg.DagsterRun("refresh_answers", run_id=run_id, status=status, tags={"dagster/partition": partition, **tags})
    )
    return run_id


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


def test_nothing_in_flight(here: Project, instance: dg.DagsterInstance) -> None:
    """Without a ledger, and with one that holds nothing in flight, the in-flight sensor has nothing to do."""
    assert "Nothing is in flight" in why(tick("in_flight", instance))
    refused("accounts")
    assert "Nothing is in flight" in why(tick("in_flight", instance))


def test_what_nobody_waits_for_is_collected_once(here: Project, instance: dg.DagsterInstance) -> None:
    """Pairs of a run that gave up get one run each list, for their questions alone, that buys nothing."""
    current_lists(DataPaths(here.data), COMPANIES, ["accounts"])
    run("prospects", keys=("crm",))
    first = tick("in_flight", instance)
    assert requested(first) == [
        ("accounts", ["crm"], {"saber/collect_only": "true"}),  # globex.com is in both lists: its first one has it
        ("prospects", ["crm"], {"saber/collect_only": "true"}),
    ]
    assert isinstance(first, dg.SensorResult)
    assert requested(tick("in_flight", instance, first.cursor)) == []
    for list_name in ("accounts", "prospects"):
        record(instance, list_name, dg.DagsterRunStatus.NOT_STARTED, **{"saber/collect_only": "true"})
    again = tick("in_flight", instance)
    assert requested(again) == []
    assert "a run collects accounts, prospects already" in why(again)


def test_what_a_living_run_waits_for_is_left_to_it(here: Project, instance: dg.DagsterInstance) -> None:
    """As long as a run with a heartbeat waits for the pairs nothing is started; without it, it is."""
    run("accounts", keys=("crm",))
    (crm,) = (question for question in SaberResource().questions() if question.key == "crm")
    ledger = Ledger.open(DataPaths(here.data).ledger_file)
    with lease(ledger, "living.1", lease_seconds=60):
        with ledger.transaction() as connection:
            await_pairs(connection, "living.1", [Pair(crm.question_id, each) for each in ("acme.com", "globex.com")])
        left = tick("in_flight", instance)
        assert requested(left) == []
        assert "no run waits for 0 pairs in flight" in why(left)
    ledger.close()
    assert [name for name, _, _ in requested(tick("in_flight", instance))] == ["accounts"]


def test_a_question_that_changed_is_out_of_reach(here: Project, instance: dg.DagsterInstance) -> None:
    """What questions.yaml no longer asks cannot be collected, and the sensor says so."""
    run("accounts", keys=("crm",))
    here.write_questions("questions: {crm: {question: Which CRM do they really use?}}")
    assert "2 pairs belong to a list or question that was removed" in why(tick("in_flight", instance))


def test_pauses_grow_and_end() -> None:
    """Each further request for a list waits twice as long, up to six hours, until nothing of it is in flight."""
    look = InFlight({"a": {"k": 1}}, frozenset({"a"}))
    pauses: dict[str, Pause] = {}
    requests: list[float] = []
    now = 0.0
    while len(requests) < 10:
        choice = choose(look, (), pauses, now=now)
        pauses = choice.pauses
        requests += [now] * len(choice.lists)
        now += MINUTE
    waits = [later - earlier for earlier, later in pairwise(requests)]
    assert waits == [5 * MINUTE * 2**n for n in range(7)] + [6 * HOUR] * 2
    assert choose(look, {"a"}, {}, now=now).lists == ()
    tracked = InFlight({}, frozenset({"a"}))
    assert choose(tracked, (), pauses, now=now).pauses == pauses
    assert choose(InFlight(), (), pauses, now=now).pauses == {}


def test_a_killed_run_does_not_hold_its_list(instance: dg.DagsterInstance) -> None:
    """A run that Dagster takes for started counts while it is young or has a heartbeat; a queued one always."""
    queued = dg.DagsterRunStatus.NOT_STARTED
    alive = record(instance, "alive", dg.DagsterRunStatus.STARTED, mine="yes")
    record(instance, "killed", dg.DagsterRunStatus.STARTED, mine="yes")
    record(instance, "queued", queued, mine="yes")
    record(instance, "ended", dg.DagsterRunStatus.SUCCESS, mine="yes")
    record(instance, "other", queued)
    look = partial(find_active_runs, instance, COMPANIES.job, {"mine": "yes"}, {alive})
    assert busy_lists(look()) == {"alive", "killed", "queued"}
    assert busy_lists(look(now=time.time() + HOUR)) == {"alive", "queued"}


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
